/** What may run out, and where; and the problem that is planned meanwhile. */
import type {BufferInfo} from '../../../bindings/index.ts';
import {type Random, seeded} from '../../random.ts';

/**
 * `growth`: the core's memory stays below `most` pages, `js`: its ArrayBuffer number `most` is refused; `worker`: of the workers
 * that start, number `most` ends as `how` says; `many`: so many problems in one process.
 */
export interface MemoryCase {
  readonly kind: 'growth' | 'js' | 'worker' | 'many';
  readonly how: (typeof ENDS)[number];
  readonly most: number;
  readonly threads: number;
  /** Of the problem: buffers, ticks, and where the random numbers begin. */
  readonly count: number;
  readonly ticks: number;
  readonly seed: number;
  readonly nodeLimit: number;
}

/** How a worker ends: it does not start, ends at once, on the problem, on the first or second batch, or throws. */
export const ENDS = ['refused', 'at-once', 'problem', 'batch', 'second', 'throws'] as const;

const KINDS = ['growth', 'growth', 'growth', 'growth', 'js', 'worker', 'worker', 'many'] as const;

/** Pages; problems of a case need fewer. */
const MOST_PAGES = 200;

export function drawCase(random: Random, number: number): MemoryCase {
  const kind = KINDS[number % KINDS.length]!;
  // for workers a problem that no heuristic solves, so that they take part
  const count =
    kind === 'growth' ? 2 ** (3 + random(9)) : kind === 'worker' ? 1100 + random(100) : 40 + random(120);
  return {
    kind,
    how: ENDS[random(ENDS.length)]!,
    most:
      kind === 'growth' ? random(MOST_PAGES) : kind === 'many' ? 150 : kind === 'js' ? random(12) : random(3),
    threads: 1 + random(3),
    count,
    ticks: kind === 'worker' ? count : Math.ceil(count / (1 + random(8))),
    seed: random(2 ** 31),
    nodeLimit: kind === 'worker' ? 120_000 : kind === 'many' ? 3000 : 10_000,
  };
}

export function buffersOf({count, ticks, seed}: MemoryCase): BufferInfo[] {
  const random = seeded(seed);
  const longest = Math.ceil(ticks / 8);
  return Array.from({length: count}, (): BufferInfo => {
    const start = random(ticks);
    return {start, end: start + 1 + random(longest), size: 1 + random(9999), alignment: 2 ** random(4)};
  });
}

export function* smallerCases(drawn: MemoryCase): Generator<MemoryCase> {
  const {count, most, threads} = drawn;
  if (count > 1) yield {...drawn, count: count >> 1};
  if (count > 1) yield {...drawn, count: count - 1};
  if (most > 0) yield {...drawn, most: most - 1};
  if (threads > 1) yield {...drawn, threads: threads - 1};
}

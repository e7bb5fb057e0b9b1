/** Inferences in so many threads, by every allocator in turn. */
import {instantiate, PAGE} from '../runtime/subject.ts';
import {answerOf, startThread} from '../threads.ts';
import {type Pair, REGION, WEIGHTS} from './host.ts';

/** The input of a thread at its start. */
export interface Task {
  readonly pairs: readonly Pair[];
  readonly which: number;
  readonly index: number;
  readonly workers: number;
}

/** An order to a thread: inferences, and dry ones after them. */
export interface Order {
  readonly pair: number;
  readonly count: number;
  readonly dry: number;
}

export interface Answer {
  readonly latencies: Float64Array;
  readonly hash: number;
  /** Nanoseconds of a dry inference. */
  readonly dry: number;
  /** Bytes from the lowest to the highest that tensors have. */
  readonly span: number;
  /** For a plan: the share of allocations that it served. */
  readonly served: number | undefined;
}

/** Results of an allocator, all threads together. */
export interface Measured {
  readonly name: string;
  readonly latencies: number[];
  readonly dry: number[];
  readonly hashes: Set<string>;
  /** The largest span of a worker, bytes. */
  span: number;
  served: number | undefined;
}

/** An allocator as compiled; a memory is made for those that share one. */
export interface Allocator {
  readonly name: string;
  readonly allocator: Uint8Array<ArrayBuffer>;
  readonly network: Uint8Array<ArrayBuffer>;
  readonly isShared: boolean;
}

export async function measure(
  allocators: readonly Allocator[],
  which: number,
  workers: number,
  {rounds, count, dry}: {rounds: number; count: number; dry: number},
): Promise<Measured[]> {
  const pairs = allocators.map(allocator => pairOf(allocator, workers));
  const threads = Array.from({length: workers}, (_, index) => {
    const task: Task = {pairs, which, index, workers};
    return startThread(new URL('./thread.ts', import.meta.url), task);
  });
  const measured = allocators.map(
    ({name}): Measured => ({
      name,
      latencies: [],
      dry: [],
      hashes: new Set(),
      span: 0,
      served: undefined,
    }),
  );
  try {
    await Promise.all(threads.map(thread => answerOf(thread)));
    for (let round = 0; round < rounds; round++) {
      for (const [pair, into] of measured.entries()) {
        const order: Order = {pair, count, dry};
        const answers = threads.map(thread => answerOf<Answer>(thread));
        for (const thread of threads) thread.postMessage(order);
        gather(into, await Promise.all(answers), round);
      }
    }
  } finally {
    await Promise.all(threads.map(thread => thread.terminate()));
  }
  return measured;
}

function pairOf({name, allocator, network, isShared}: Allocator, workers: number): Pair {
  if (!isShared) return {name, allocator, network};
  const pages = 1 + (workers * (REGION + WEIGHTS)) / PAGE;
  const memory = new WebAssembly.Memory({initial: pages, maximum: 65536, shared: true});
  if (name === 'general') instantiate(allocator, memory).make!(PAGE, PAGE + workers * REGION);
  return {name, allocator, network, memory};
}

function gather(into: Measured, answers: readonly Answer[], round: number): void {
  for (const {latencies, dry, hash, span, served} of answers) {
    into.latencies.push(...latencies);
    into.dry.push(dry);
    into.hashes.add(`${round} ${hash}`);
    into.span = Math.max(into.span, span);
    if (served !== undefined) into.served = Math.min(into.served ?? 1, served);
  }
}

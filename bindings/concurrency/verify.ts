/**
 * Checks a plan of a problem with clocks by its definition (`model/clocks.ts`): of each two buffers that share a byte, each piece of
 * one must be before, or after, each piece of the other. Shares no code with the solver.
 */
import type {Bytes} from '../model/numbers.ts';
import type {Violation, ViolationKind} from '../model/plan.ts';
import {NO_ALIGNMENT, NO_OFFSET, type ProblemColumns} from '../model/problem.ts';

/** At most so many are reported. */
const MOST_VIOLATIONS = 100;
/** Pairs that share bytes, between two pauses. */
const MOST_COMPARED = 20_000;

/** What is wrong, none for a valid plan. `alignment` and `capacity` in bytes, in place of the problem's. */
export function violationsOfClocks(
  columns: ProblemColumns,
  offsets: ArrayLike<Bytes>,
  alignment?: Bytes,
  capacity?: Bytes,
): Violation[] {
  const steps = clockViolations(columns, offsets, alignment, capacity);
  let next = steps.next();
  while (!next.done) next = steps.next();
  return next.value;
}

/** The same, with a pause now and then. All pairs that share bytes are looked at, in order of offsets. */
export function* clockViolations(
  columns: ProblemColumns,
  offsets: ArrayLike<Bytes>,
  alignment: Bytes = columns.defaultAlignment ?? 1,
  capacity: Bytes = columns.capacity ?? Number.POSITIVE_INFINITY,
): Generator<undefined, Violation[]> {
  const found: Violation[] = [];
  const report = (kind: ViolationKind, a: number, b?: number): void => {
    if (found.length < MOST_VIOLATIONS) found.push(b === undefined ? {kind, a} : {kind, a, b});
  };
  const {size, start, end} = columns;
  const sound: number[] = [];
  for (let i = 0; i < columns.count; i++) {
    if (size[i] === 0 || start[i] === end[i]) continue;
    const [offset, top] = [offsets[i]!, offsets[i]! + size[i]!];
    if (!Number.isSafeInteger(offset) || offset < 0 || !Number.isSafeInteger(top)) {
      report('out-of-range', i);
      continue;
    }
    sound.push(i);
    const unit = columns.alignment[i] === NO_ALIGNMENT ? alignment : columns.alignment[i]!;
    if (offset % unit !== 0) report('misaligned', i);
    if (columns.offset[i] !== NO_OFFSET && columns.offset[i] !== offset) report('moved', i);
    if (top > capacity) report('over-capacity', i);
  }
  sound.sort((a, b) => offsets[a]! - offsets[b]! || a - b);
  const relation = new ClockRelation(columns);
  const below = new Uint32Array(sound.length);
  const tops = Float64Array.from(sound, i => offsets[i]! + size[i]!);
  let [count, compared] = [0, 0];
  for (const [k, b] of sound.entries()) {
    const offset = offsets[b]!;
    let kept = 0;
    for (let at = 0; at < count; at++) {
      const a = below[at]!;
      if (tops[a]! <= offset) continue;
      below[kept++] = a;
      if (!relation.mayShare(sound[a]!, b)) report('overlap', sound[a]!, b);
    }
    compared += count;
    below[kept] = k;
    count = kept + 1;
    if (found.length === MOST_VIOLATIONS) break;
    if (compared < MOST_COMPARED) continue;
    compared = 0;
    yield;
  }
  return found;
}

/** The definition, piece by piece; the row of a piece in the clocks counts its buffer and all gaps before it. */
class ClockRelation {
  readonly #columns: ProblemColumns;

  constructor(columns: ProblemColumns) {
    this.#columns = columns;
  }

  mayShare(a: number, b: number): boolean {
    const {gapIndex} = this.#columns;
    for (let x = gapIndex[a]!; x <= gapIndex[a + 1]!; x++) {
      for (let y = gapIndex[b]!; y <= gapIndex[b + 1]!; y++) {
        if (!this.#precedes(a, x, b, y) && !this.#precedes(b, y, a, x)) return false;
      }
    }
    return true;
  }

  /** Whether the piece of buffer a up to gap x is before that of buffer b up to gap y. */
  #precedes(a: number, x: number, b: number, y: number): boolean {
    const {start, end, gapIndex, gapStart, gapEnd, constraints} = this.#columns;
    const over = x === gapIndex[a + 1]! ? end[a]! : gapStart[x]!;
    const begun = y === gapIndex[b]! ? start[b]! : gapEnd[y - 1]!;
    if (over > begun) return false;
    const {streams, birth, death, next} = constraints!.clocks!;
    const width = streams.length;
    for (let s = 0; s < width; s++) {
      const [at, later] = [(a + x) * width + s, (b + y) * width + s];
      if (death[at]! > birth[later]!) return false;
      if (next !== undefined && death[later]! > next[at]!) return false;
    }
    return true;
  }
}

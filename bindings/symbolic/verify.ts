/**
 * Checks a symbolic plan for every value of the dimensions, by reasoning: no sizes are computed but the largest. It shares no code with
 * what made the plan.
 *
 * A buffer is placed on the highest end of the buffers in its list, aligned up. So where a path of lists leads from b down to a, b
 * begins at or behind the end of a, whatever the sizes are, as long as none is negative. The plan is valid for all values if
 * - each list holds earlier places of the order only,
 * - for each two buffers that are live together at some tick a path leads from one to the other,
 * - no coefficient of a size, as a sum of products of steps, is negative, and the peak at the maximum of each dimension, where each size is largest, is below 2^53.
 */
import {type Bytes, MAX_BYTES} from '../model/numbers.ts';
import {NO_ALIGNMENT, type ProblemColumns} from '../model/problem.ts';
import type {SymbolicColumns} from '../model/symbolic.ts';

/** An order of buffers and, for each, the places of the earlier ones that it is on. */
export interface OrderedPlan {
  readonly order: Uint32Array;
  readonly belowIndex: Uint32Array;
  readonly below: Uint32Array;
}

/**
 * - `missing`, `twice`: buffer `a`, which is live and has bytes at some value, is not in the order, or more than once.
 * - `unknown`: entry `a` of the order is no such buffer.
 * - `later`: the list of buffer `a` has an entry that is no earlier place.
 * - `unordered`: `a` and `b` are live together, and neither is above the other by a path.
 * - `negative`: a coefficient of the size of `a` is no integer from 0.
 * - `overflow`: the end of `a` is above 2^53 − 1 at the maximum of each dimension.
 * - `capacity`: the end of `a` is above the capacity there.
 */
export type SymbolicViolationKind =
  | 'missing'
  | 'twice'
  | 'unknown'
  | 'later'
  | 'unordered'
  | 'negative'
  | 'overflow'
  | 'capacity';

export interface SymbolicViolation {
  readonly kind: SymbolicViolationKind;
  readonly a: number;
  readonly b?: number;
}

const MOST_VIOLATIONS = 100;

/**
 * The violations of a plan, at most 100; none for a plan that is valid at every value.
 * @example
 * ```js
 * import {toSymbolicColumns, verifySymbolic} from 'stowage';
 *
 * const columns = toSymbolicColumns({
 *   dimensions: [{name: 'batch', min: 1, max: 64}],
 *   buffers: [
 *     {size: [[4096, 'batch']], start: 0, end: 2},
 *     {size: 1000, start: 1, end: 3},
 *   ],
 * });
 * // both at the bottom, though both are live at tick 1
 * const plan = {order: Uint32Array.of(0, 1), belowIndex: Uint32Array.of(0, 0, 0), below: new Uint32Array(0)};
 * console.log(verifySymbolic(columns, plan));
 * // prints [ { kind: 'unordered', a: 1, b: 0 } ]
 * ```
 */
export function verifySymbolic(columns: SymbolicColumns, plan: OrderedPlan): SymbolicViolation[] {
  const sizes = largestSizes(columns);
  const found = Array.isArray(sizes) ? sizes : violationsOf(columns, plan, sizes);
  return found.slice(0, MOST_VIOLATIONS);
}

function violationsOf(columns: SymbolicColumns, plan: OrderedPlan, sizes: Float64Array): SymbolicViolation[] {
  const structure = structureViolations(columns, plan, sizes);
  // without a sound order there are no paths
  return structure.length > 0 ? structure : [...unordered(columns, plan), ...tooHigh(columns, plan, sizes)];
}

/** Sizes at the maximum of each dimension, from the terms alone; violations where a coefficient or a sum is no integer in range. */
function largestSizes(columns: SymbolicColumns): Float64Array | SymbolicViolation[] {
  const {dimensions, monomials, termIndex, termMonomial, termCoefficient, largest} = columns;
  const steps = dimensions.map(({min, max, multipleOf}) => BigInt(Math.floor((max - min) / multipleOf)));
  const found: SymbolicViolation[] = [];
  const sizes = new Float64Array(largest.count);
  for (let i = 0; i < largest.count; i++) {
    let size = 0n;
    let isSound = true;
    for (let t = termIndex[i]!; t < termIndex[i + 1]!; t++) {
      const coefficient = termCoefficient[t]!;
      if (!Number.isSafeInteger(coefficient) || coefficient < 0) isSound = false;
      else size += monomials[termMonomial[t]!]!.reduce((n, k) => n * steps[k]!, BigInt(coefficient));
    }
    if (!isSound) found.push({kind: 'negative', a: i});
    else if (size > BigInt(MAX_BYTES)) found.push({kind: 'overflow', a: i});
    sizes[i] = Number(size);
  }
  return found.length > 0 ? found : sizes;
}

function structureViolations(
  {largest: {count, start, end}}: SymbolicColumns,
  {order, belowIndex, below}: OrderedPlan,
  sizes: Float64Array,
): SymbolicViolation[] {
  const found: SymbolicViolation[] = [];
  const times = new Uint32Array(count);
  const isNeeded = (i: number) => sizes[i]! > 0 && end[i]! > start[i]!;
  for (const [k, i] of order.entries()) {
    if (i >= count || !isNeeded(i)) found.push({kind: 'unknown', a: k});
    else times[i]!++;
  }
  for (let i = 0; i < count; i++) {
    if (times[i]! > 1) found.push({kind: 'twice', a: i});
    else if (times[i] === 0 && isNeeded(i)) found.push({kind: 'missing', a: i});
  }
  if (found.length > 0) return found;
  const isWhole =
    belowIndex.length === order.length + 1 &&
    belowIndex[0] === 0 &&
    belowIndex[order.length] === below.length;
  for (let k = 0; k < order.length; k++) {
    const list = below.subarray(belowIndex[k], belowIndex[k + 1]);
    if (!isWhole || belowIndex[k + 1]! < belowIndex[k]! || list.some(place => place >= k))
      found.push({kind: 'later', a: order[k]!});
  }
  return found;
}

/** Targets whose paths are followed at a time: their bits of 20,000 buffers are 10 MB. */
const BLOCK = 4096;

function unordered({largest}: SymbolicColumns, plan: OrderedPlan): SymbolicViolation[] {
  const found: SymbolicViolation[] = [];
  const {order, belowIndex, below} = plan;
  for (let first = 0; first < order.length && found.length < MOST_VIOLATIONS; first += BLOCK) {
    const words = (Math.min(BLOCK, order.length - first) + 31) >>> 5;
    // per place: the places of the block that a path leads down to
    const reached = new Uint32Array(order.length * words);
    for (let k = first; k < order.length; k++) {
      const row = reached.subarray(k * words, (k + 1) * words);
      for (let t = belowIndex[k]!; t < belowIndex[k + 1]!; t++) {
        const place = below[t]!;
        if (place < first) continue;
        for (let w = 0; w < words; w++) row[w]! |= reached[place * words + w]!;
        const bit = place - first;
        if (bit < BLOCK) row[bit >>> 5]! |= 1 << (bit & 31);
      }
      for (let bit = 0; bit < BLOCK && first + bit < k; bit++) {
        if ((row[bit >>> 5]! & (1 << (bit & 31))) !== 0) continue;
        const [a, b] = [order[k]!, order[first + bit]!];
        if (areTogether(largest, a, b)) found.push({kind: 'unordered', a, b});
      }
      if (found.length >= MOST_VIOLATIONS) return found;
    }
  }
  return found;
}

/** Whether two buffers are live at the same tick: they meet, and the ticks at which they do are not all in gaps. */
function areTogether(problem: ProblemColumns, a: number, b: number): boolean {
  const {start, end, gapIndex} = problem;
  const from = Math.max(start[a]!, start[b]!);
  const to = Math.min(end[a]!, end[b]!);
  if (from >= to) return false;
  if (gapIndex[a] === gapIndex[a + 1] && gapIndex[b] === gapIndex[b + 1]) return true;
  let tick = from;
  while (tick < to) {
    const next = Math.max(endOfGap(problem, a, tick), endOfGap(problem, b, tick));
    if (next === tick) return true;
    tick = next;
  }
  return false;
}

/** The end of the gap of a buffer that holds a tick; the tick itself where none does. */
function endOfGap({gapIndex, gapStart, gapEnd}: ProblemColumns, i: number, tick: number): number {
  for (let g = gapIndex[i]!; g < gapIndex[i + 1]!; g++) {
    if (gapStart[g]! <= tick && tick < gapEnd[g]!) return gapEnd[g]!;
  }
  return tick;
}

/** Ends never fall while sizes rise, so the highest are those of the largest sizes. */
function tooHigh({largest}: SymbolicColumns, plan: OrderedPlan, sizes: Float64Array): SymbolicViolation[] {
  const {order, belowIndex, below} = plan;
  const {alignment, defaultAlignment = 1, capacity = MAX_BYTES} = largest;
  const ends = new Float64Array(order.length);
  for (const [k, i] of order.entries()) {
    let offset: Bytes = 0;
    for (let t = belowIndex[k]!; t < belowIndex[k + 1]!; t++) offset = Math.max(offset, ends[below[t]!]!);
    const own = alignment[i] === NO_ALIGNMENT ? defaultAlignment : alignment[i]!;
    ends[k] = Math.ceil(offset / own) * own + sizes[i]!;
    if (ends[k]! > MAX_BYTES) return [{kind: 'overflow', a: i}];
    if (ends[k]! > capacity) return [{kind: 'capacity', a: i}];
  }
  return [];
}

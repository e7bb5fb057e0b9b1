/** Symbolic problems by brute force, from their statement alone: sizes, orders, loads and overlaps at every value. */
import type {SymbolicProblem, SymbolicSize} from '../../bindings/index.ts';

export type Values = Readonly<Record<string, number>>;

/** Every combination of values. */
export function allValues({dimensions}: SymbolicProblem): Values[] {
  let all: Values[] = [{}];
  for (const {name, min, max, multipleOf = 1} of dimensions) {
    const axis: number[] = [];
    for (let value = min; value <= max; value += multipleOf) axis.push(value);
    all = all.flatMap(values => axis.map(value => ({...values, [name]: value})));
  }
  return all;
}

export function bytesAt(size: SymbolicSize, values: Values): number {
  if (typeof size === 'number') return size;
  let sum = 0;
  for (const [coefficient, ...names] of size) {
    let product = coefficient;
    for (const name of names) {
      const [dimension, divisor = '1'] = name.split('/');
      product *= values[dimension!]! / Number(divisor);
    }
    sum += product;
  }
  return sum;
}

export function isLiveAt(buffer: SymbolicProblem['buffers'][number], tick: number): boolean {
  const {start, end, gaps = []} = buffer;
  return tick >= start && tick < end && !gaps.some(([from, to]) => tick >= from && tick < to);
}

const TICKS = 64;

export function meet(problem: SymbolicProblem, a: number, b: number): boolean {
  for (let tick = 0; tick < TICKS; tick++)
    if (isLiveAt(problem.buffers[a]!, tick) && isLiveAt(problem.buffers[b]!, tick)) return true;
  return false;
}

export function loadAt({buffers}: SymbolicProblem, values: Values): number {
  let most = 0;
  for (let tick = 0; tick < TICKS; tick++) {
    const live = buffers.filter(buffer => isLiveAt(buffer, tick));
    most = Math.max(
      most,
      live.reduce((sum, {size}) => sum + bytesAt(size, values), 0),
    );
  }
  return most;
}

export function peakOfOrder(problem: SymbolicProblem, order: readonly number[], values: Values): number {
  const ends = new Map<number, number>();
  let peak = 0;
  for (const i of order) {
    let offset = 0;
    for (const [other, end] of ends) if (meet(problem, i, other)) offset = Math.max(offset, end);
    const alignment = problem.buffers[i]!.alignment ?? problem.alignment ?? 1;
    const end = Math.ceil(offset / alignment) * alignment + bytesAt(problem.buffers[i]!.size, values);
    ends.set(i, end);
    peak = Math.max(peak, end);
  }
  return peak;
}

/** The least worst ratio of peak to bound, and the least sum of ratios among those orders; over all orders. */
export function bestScore(
  problem: SymbolicProblem,
  buffers: readonly number[],
  values: readonly Values[],
  bounds: readonly number[],
): {worst: number; sum: number} {
  let best = {worst: Number.POSITIVE_INFINITY, sum: Number.POSITIVE_INFINITY};
  const meets = problem.buffers.map((_, a) => problem.buffers.map((_, b) => meet(problem, a, b)));
  const sizes = values.map(value => problem.buffers.map(({size}) => bytesAt(size, value)));
  const peakAt = (order: readonly number[], v: number) => {
    const ends: number[] = [];
    let peak = 0;
    order.forEach((i, k) => {
      let offset = 0;
      for (let m = 0; m < k; m++) if (meets[i]![order[m]!]) offset = Math.max(offset, ends[m]!);
      const alignment = problem.buffers[i]!.alignment ?? problem.alignment ?? 1;
      ends.push(Math.ceil(offset / alignment) * alignment + sizes[v]![i]!);
      peak = Math.max(peak, ends[k]!);
    });
    return peak;
  };
  const visit = (order: number[]) => {
    if (order.length === buffers.length) {
      let [worst, sum] = [1, 0];
      values.forEach((_, v) => {
        const ratio = bounds[v] === 0 ? 1 : peakAt(order, v) / bounds[v]!;
        worst = Math.max(worst, ratio);
        sum += ratio;
      });
      if (worst < best.worst || (worst === best.worst && sum < best.sum)) best = {worst, sum};
      return;
    }
    for (const i of buffers) if (!order.includes(i)) visit([...order, i]);
  };
  visit([]);
  return best;
}

/** The first two buffers that share a byte at a tick; undefined for a valid plan. */
export function overlapAt(
  problem: SymbolicProblem,
  offsets: ArrayLike<number>,
  values: Values,
): readonly [number, number] | undefined {
  for (let a = 0; a < problem.buffers.length; a++) {
    for (let b = 0; b < a; b++) {
      const [sizeA, sizeB] = [
        bytesAt(problem.buffers[a]!.size, values),
        bytesAt(problem.buffers[b]!.size, values),
      ];
      const shares = offsets[a]! < offsets[b]! + sizeB && offsets[b]! < offsets[a]! + sizeA;
      if (shares && sizeA > 0 && sizeB > 0 && meet(problem, a, b)) return [a, b];
    }
  }
  return undefined;
}

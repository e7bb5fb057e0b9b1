/** References for the planner: brute force for up to seven buffers, and an O(n²) check of a plan. */
import type {BufferInfo, Problem} from '../bindings/index.ts';
import {liveTogether} from './random.ts';

/**
 * The smallest peak any plan has, and offsets that reach it. In order of their offsets, the buffers of an optimal
 * plan can be pushed down one by one; so some order, each at its lowest place, is optimal. Nothing is below the load.
 */
export function optimum(problem: Problem): {readonly peak: number; readonly offsets: number[]} {
  const {buffers, alignment = 1} = problem;
  const load = loadOf(problem);
  const offsets = buffers.map(buffer => buffer.offset ?? -1);
  let best = {peak: Number.POSITIVE_INFINITY, offsets};
  const place = (peak: number): void => {
    if (peak >= best.peak || best.peak === load) return;
    let isComplete = true;
    buffers.forEach((buffer, i) => {
      if (offsets[i] !== -1) return;
      isComplete = false;
      const offset = lowestPlace(buffers, offsets, buffer, alignment);
      offsets[i] = offset;
      place(Math.max(peak, offset + buffer.size));
      offsets[i] = -1;
    });
    if (isComplete) best = {peak, offsets: [...offsets]};
  };
  place(
    Math.max(0, ...buffers.map(buffer => (buffer.offset === undefined ? 0 : buffer.offset + buffer.size))),
  );
  return best;
}

function lowestPlace(
  buffers: readonly BufferInfo[],
  offsets: readonly number[],
  buffer: BufferInfo,
  alignment: number,
): number {
  const unit = buffer.alignment ?? alignment;
  const inTheWay = (offset: number) =>
    buffers.findIndex(
      (other, j) =>
        offsets[j] !== -1 &&
        liveTogether(buffer, other) &&
        offset < offsets[j]! + other.size &&
        offsets[j]! < offset + buffer.size,
    );
  let offset = 0;
  for (let j = inTheWay(offset); j !== -1; j = inTheWay(offset)) {
    offset = Math.ceil((offsets[j]! + buffers[j]!.size) / unit) * unit;
  }
  return offset;
}

/** The faults of a plan, in words; empty for a valid one. Pairwise, and no code of the library. */
export function faultsOf({buffers, alignment = 1}: Problem, offsets: ArrayLike<number>): string[] {
  const faults: string[] = [];
  if (offsets.length !== buffers.length)
    faults.push(`${offsets.length} offsets for ${buffers.length} buffers`);
  buffers.forEach((a, i) => {
    const offset = offsets[i]!;
    if (!Number.isSafeInteger(offset) || offset < 0) faults.push(`${i} at ${offset}`);
    if (offset % (a.alignment ?? alignment) !== 0) faults.push(`${i} at ${offset} is misaligned`);
    if (a.offset !== undefined && a.offset !== offset) faults.push(`${i} at ${offset}, not at ${a.offset}`);
    for (let j = 0; j < i; j++) {
      const b = buffers[j]!;
      if (offset < offsets[j]! + b.size && offsets[j]! < offset + a.size && liveTogether(a, b)) {
        faults.push(`${j} and ${i} overlap`);
      }
    }
  });
  return faults;
}

/** The load by definition: the largest Σ sizes live at a tick. */
export function loadOf({buffers}: Problem): number {
  const births = buffers.flatMap(buffer => [buffer.start, ...(buffer.gaps ?? []).map(gap => gap[1])]);
  const instant = (tick: number) => ({start: tick, end: tick + 1, size: 1});
  return Math.max(
    0,
    ...births.map(tick =>
      buffers.reduce((sum, buffer) => sum + (liveTogether(buffer, instant(tick)) ? buffer.size : 0), 0),
    ),
  );
}

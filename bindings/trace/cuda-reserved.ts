/** Bytes that an allocator had reserved over a recording, which shows them at its end. */
import {type CudaEntries, SEGMENT_ALLOC, SEGMENT_FREE, SEGMENT_MAP, SEGMENT_UNMAP} from './cuda.ts';

/**
 * Takes the segment events back from the end, one by one.
 * @param end bytes reserved at the end by what `isOwn` selects: the entries of a device, or of one of its pools.
 * @returns bytes at the beginning, and the most in between.
 */
export function reservedOver(
  {count, action, bytes}: CudaEntries,
  end: number,
  isOwn: (entry: number) => boolean,
): {readonly start: number; readonly most: number} {
  let reserved = end;
  let most = end;
  for (let i = count - 1; i >= 0; i--) {
    if (!isOwn(i)) continue;
    if (action[i] === SEGMENT_ALLOC || action[i] === SEGMENT_MAP) reserved -= bytes[i]!;
    else if (action[i] === SEGMENT_FREE || action[i] === SEGMENT_UNMAP) reserved += bytes[i]!;
    if (reserved > most) most = reserved;
  }
  return {start: Math.max(0, reserved), most};
}

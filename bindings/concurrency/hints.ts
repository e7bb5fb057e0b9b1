/** Hints as fixed offsets: those that are aligned and collide with nothing kept before, in order of birth. */
import {NO_OFFSET} from '../model/problem.ts';
import type {Packing} from './packing.ts';

export function hintsKept(packing: Packing, hint: Float64Array): Float64Array {
  const {count, size, alignment, fixed, start, conflicts} = packing;
  const kept = fixed.slice();
  const placed = Array.from({length: count}, (_, i) => i).filter(i => fixed[i] !== NO_OFFSET);
  const order = Uint32Array.from({length: count}, (_, i) => i).sort((a, b) => start[a]! - start[b]! || a - b);
  for (const i of order) {
    const offset = hint[i]!;
    const isSound = offset !== NO_OFFSET && offset % alignment[i]! === 0;
    if (fixed[i] !== NO_OFFSET || !isSound || !Number.isSafeInteger(offset + size[i]!)) continue;
    const collides = placed.some(
      j => offset < kept[j]! + size[j]! && kept[j]! < offset + size[i]! && conflicts.has(i, j),
    );
    if (collides) continue;
    kept[i] = offset;
    placed.push(i);
  }
  return kept;
}

/** For every section, the first of some buffers that is live there: maxima and minima over sections in O(n log n). */
import {mark, release} from '../memory/arena';
import {newU32, setU32, setU64, u32At, u64At, zeroedU64} from '../memory/column';
import {Sweep} from './sweep';

/**
 * u64 per section: `values` (u64, by buffer) of the first of the `count` buffers in `order` that is live there; 0 where
 * none is. Each section is painted once; `next` leads from a painted section to one that may not be.
 */
export function paint(s: Sweep, order: usize, count: u32, values: usize): usize {
  const painted = zeroedU64(s.numSections);
  const scratch = mark();
  const next = newU32(<u64>s.numSections + 1);
  for (let section: u32 = 0; section <= s.numSections; section++) setU32(next, section, section);
  for (let i: u32 = 0; i < count; i++) {
    const buffer = u32At(order, i);
    for (let k = u32At(s.pieceIndex, buffer); k < u32At(s.pieceIndex, buffer + 1); k++) {
      const last = u32At(s.last, k);
      for (
        let section = unpainted(next, u32At(s.first, k));
        section < last;
        section = unpainted(next, section)
      ) {
        setU64(painted, section, u64At(values, buffer));
        setU32(next, section, section + 1);
      }
    }
  }
  release(scratch);
  return painted;
}

/** First section from `section` on that is not painted; halves the path on its way. */
function unpainted(next: usize, section: u32): u32 {
  while (u32At(next, section) != section) {
    const onward = u32At(next, u32At(next, section));
    setU32(next, section, onward);
    section = onward;
  }
  return section;
}

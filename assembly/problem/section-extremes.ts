/**
 * Maxima and minima over sections in O(n log n): for every section, the first of some sorted buffers that is live
 * there.
 */
import {mark, release} from '../memory/arena';
import {newU32, setU32, setU64, u32At, u64At, zeroedU64} from '../memory/column';
import {Sweep} from './sweep';

/**
 * u64 per section: `values` (u64, by buffer) of the first of the `count` buffers in `order` that is live there; 0
 * where none is. Each section is set once; `next` leads from a section that is set to one that may not be.
 */
export function sectionExtremes(s: Sweep, order: usize, count: u32, values: usize): usize {
  const extremes = zeroedU64(s.numSections);
  const scratch = mark();
  const next = newU32(<u64>s.numSections + 1);
  for (let section: u32 = 0; section <= s.numSections; section++) setU32(next, section, section);
  for (let i: u32 = 0; i < count; i++) {
    const buffer = u32At(order, i);
    for (let k = u32At(s.pieceIndex, buffer); k < u32At(s.pieceIndex, buffer + 1); k++) {
      const last = u32At(s.last, k);
      for (
        let section = nextUnset(next, u32At(s.first, k));
        section < last;
        section = nextUnset(next, section)
      ) {
        setU64(extremes, section, u64At(values, buffer));
        setU32(next, section, section + 1);
      }
    }
  }
  release(scratch);
  return extremes;
}

/** First section from `section` on that is not set; halves the path on its way. */
function nextUnset(next: usize, section: u32): u32 {
  while (u32At(next, section) != section) {
    const onward = u32At(next, u32At(next, section));
    setU32(next, section, onward);
    section = onward;
  }
  return section;
}

/** Small problems inside the core, for the specs of its parts. */
import {alloc, mark} from '../../assembly/memory/arena';
import {setU32, setU64} from '../../assembly/memory/column';
import {NO_OFFSET, newProblem, Problem} from '../../assembly/memory/layout';
import {sweepProblem} from '../../assembly/problem/sweep';

// The first bytes of the heap belong to AssemblyScript's own allocator (see as-pect.config.js), not to the arena.
if (mark() < __heap_base + 0x10000) alloc(0x10000);

/** Buffers as rows of (start, end, size, alignment); swept. */
export function problemOf(rows: StaticArray<u64>): Problem {
  const n = <u32>rows.length / 4;
  const p = newProblem(n, 0);
  setU32(p.gapIndex, 0, 0);
  for (let i: u32 = 0; i < n; i++) {
    setU32(p.start, i, <u32>rows[4 * i]);
    setU32(p.end, i, <u32>rows[4 * i + 1]);
    setU64(p.size, i, rows[4 * i + 2]);
    setU64(p.alignment, i, rows[4 * i + 3]);
    setU64(p.offset, i, NO_OFFSET);
    setU32(p.gapIndex, i + 1, 0);
  }
  sweepProblem(p);
  return p;
}

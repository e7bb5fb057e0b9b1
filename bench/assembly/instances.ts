/** Seeded problems, made inside the module: sizes in bytes, multiples of 64. */

import {seal} from '../../assembly/index';
import {setU32, setU64} from '../../assembly/memory/column';
import {newProblem, Problem} from '../../assembly/memory/layout';
import {below, newRandom} from '../../assembly/search/random';

export const CHAIN: u32 = 0;
export const TRAINING: u32 = 1;
export const HEAP: u32 = 2;

export function nameOf(kind: u32): string {
  return kind == CHAIN ? 'chain' : kind == TRAINING ? 'training' : 'heap';
}

/** A problem of `n` buffers, sealed. */
export function make(kind: u32, n: u32, seed: u32): Problem {
  const p = newProblem(n, 0);
  const random = newRandom(seed);
  for (let i: u32 = 0; i < n; i++) {
    let start = i;
    let end = i + 2 + below(random, 3);
    if (kind == TRAINING && i < n / 2 && i % 3 != 0) end = n + n / 2 - i; // kept for the backward pass
    if (kind == HEAP) {
      start = below(random, 4 * n);
      end = start + 1 + below(random, 1 << (1 + below(random, 10)));
    }
    setBuffer(p, i, start, end, 64 * (1 + below(random, 1 << below(random, 9))));
  }
  memory.fill(p.gapIndex, 0, (<usize>(n + 1)) << 2);
  seal(changetype<usize>(p));
  return p;
}

/** Fills in a buffer before `seal`: byte counts cross as f64. */
export function setBuffer(p: Problem, i: u32, start: u32, end: u32, size: u32): void {
  setU32(p.start, i, start);
  setU32(p.end, i, end);
  setU64(p.size, i, reinterpret<u64>(<f64>size));
  setU64(p.alignment, i, reinterpret<u64>(<f64>64));
  setU64(p.offset, i, reinterpret<u64>(<f64>-1));
}

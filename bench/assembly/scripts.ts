/** Scripts for `replay`, made inside the module, and a plan for each. */

import {Portfolio} from '../../assembly/heuristics/portfolio';
import {lowerBound, portfolioBegin, portfolioStep, seal as sealProblem} from '../../assembly/index';
import {alloc, mark, release} from '../../assembly/memory/arena';
import {setU32, u32At} from '../../assembly/memory/column';
import {newProblem, Problem} from '../../assembly/memory/layout';
import {DONE} from '../../assembly/memory/status';
import {columns, create, newPlan, seal} from '../../assembly/runtime/index';
import {below, newRandom} from '../../assembly/search/random';
import {setBuffer} from './instances';

const FREE: u32 = 1 << 31;
/** The signature of the iterations of `planned.ts`. */
const SIGNATURE: u32 = 0x811c9dc5;
const STEP: u32 = 12;

@unmanaged
export class Placed {
  /** {row with FREE in the highest bit, key, size} ×numSteps. */
  steps: usize;
  numSteps: u32;
  numRows: u32;
  /** u32 ×2·numRows, zeros. */
  blocks: usize;
}

/**
 * Rows of up to 32 KiB, `live` of them live at a time; each allocation frees a random one. If `live` is 1, rows of
 * 256 bytes.
 */
export function newScript(numRows: u32, live: u32): Placed {
  const s = changetype<Placed>(alloc(offsetof<Placed>()));
  s.numRows = numRows;
  s.numSteps = 0;
  s.steps = alloc(<u64>(2 * numRows * STEP));
  s.blocks = alloc((<u64>numRows) << 3);
  memory.fill(s.blocks, 0, (<usize>numRows) << 3);
  const random = newRandom(1);
  const held = alloc((<u64>live) << 2);
  let numHeld: u32 = 0;
  for (let row: u32 = 0; row < numRows; row++) {
    if (numHeld == live) numHeld = dropOne(s, held, numHeld, below(random, live));
    addStep(s, row, live == 1 ? 256 : (1 << (6 + below(random, 10))) - below(random, 32));
    setU32(held, numHeld++, row);
  }
  while (numHeld > 0) numHeld = dropOne(s, held, numHeld, numHeld - 1);
  return s;
}

function dropOne(s: Placed, held: usize, numHeld: u32, index: u32): u32 {
  addStep(s, u32At(held, index) | FREE, 0);
  setU32(held, index, u32At(held, numHeld - 1));
  return numHeld - 1;
}

function addStep(s: Placed, tag: u32, size: u32): void {
  const at = s.steps + s.numSteps++ * STEP;
  store<u32>(at, tag);
  store<u32>(at, (tag & ~FREE) + 1, 4);
  store<u32>(at, size, 8);
}

/** A worker over a region, with the plan of a script. @returns the worker */
export function newWorker(s: Placed, base: usize, bytes: u32): usize {
  const worker = create(base, bytes, 6, 0);
  const before = mark();
  const p = problemOf(s);
  const search = portfolioBegin(changetype<usize>(p), lowerBound(changetype<usize>(p)), 0);
  while (portfolioStep(search, 1e6) != DONE) {}
  const best = changetype<Portfolio>(search);
  const n = s.numRows;
  const plan = newPlan(worker, SIGNATURE, n, 1, 0, <u32>best.peak);
  const column = columns(plan);
  for (let i: u32 = 0; i < n; i++) {
    setU32(column, i, i + 1);
    setU32(column, n + i, sizeOf(s, i));
    setU32(column, 2 * n + i, <u32>load<u64>(best.plan + ((<usize>i) << 3)));
  }
  if (!seal(worker, plan)) unreachable();
  release(before);
  return worker;
}

/** The clock ticks at every allocation. */
function problemOf(s: Placed): Problem {
  const p = newProblem(s.numRows, 0);
  let tick: u32 = 0;
  for (let at = s.steps; at < s.steps + s.numSteps * STEP; at += STEP) {
    const tag = load<u32>(at);
    if (tag & FREE) setU32(p.end, tag & ~FREE, tick);
    else setBuffer(p, tag, tick++, 0, load<u32>(at, 8));
  }
  memory.fill(p.gapIndex, 0, (<usize>(s.numRows + 1)) << 2);
  sealProblem(changetype<usize>(p));
  return p;
}

function sizeOf(s: Placed, row: u32): u32 {
  for (let at = s.steps; at < s.steps + s.numSteps * STEP; at += STEP) {
    if (load<u32>(at) == row) return load<u32>(at, 8);
  }
  return 0;
}

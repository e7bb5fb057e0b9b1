/**
 * A recording: the allocations of an iteration or several, in order, one row each. The clock ticks at every row, so a
 * lifetime is from the block's own row to the number of rows when its last owner freed it; the order of frees between
 * two allocations changes no load.
 */
import {setU32} from '../memory/column';
import {give, Heap, take} from './heap';
import {MAX_BORDERS, NONE, Plan, Worker} from './worker';

/** Bytes of a row {key, size, end}; `end` is NONE while the block is live. */
export const ROW_BYTES: u32 = 12;
const FIRST_ROWS: u32 = 1024;

/** Begins a recording in place of the last one, with the next iteration. */
export function startRecording(w: Worker): bool {
  if (w.rows == 0) {
    w.rows = take(changetype<Heap>(w.heap), FIRST_ROWS * ROW_BYTES);
    if (w.rows == 0) return false;
    w.maxRows = FIRST_ROWS;
  }
  w.recording++;
  w.numRows = 0;
  w.numBorders = 0;
  w.isRecording = true;
  for (let at = w.plans; at != 0; at = changetype<Plan>(at).next) forgetRows(changetype<Plan>(at));
  return true;
}

/** Blocks that are live now belong to no row of the recording that begins. */
function forgetRows(plan: Plan): void {
  memory.fill(plan.row, 0xff, (<usize>((plan.numSlots + 1) * plan.numPhases)) << 2);
}

/** Records the beginning of an iteration, or the end of the last one. */
export function border(w: Worker): void {
  if (w.isRecording && w.numBorders < MAX_BORDERS) setU32(w.borders, w.numBorders++, w.numRows);
}

/** Records an allocation. If memory is short, ends the recording and returns NONE. */
export function recordAllocation(w: Worker, key: u32, size: u32): u32 {
  if (w.numRows == w.maxRows && !grow(w)) {
    w.isRecording = false;
    w.numRows = 0;
    w.numBorders = 0;
    return NONE;
  }
  const row = w.rows + <usize>w.numRows * ROW_BYTES;
  store<u32>(row, key);
  store<u32>(row, size, 4);
  store<u32>(row, NONE, 8);
  return w.numRows++;
}

/** Records the end of a row's block. */
export function recordFree(w: Worker, row: u32): void {
  if (w.isRecording && row < w.numRows) store<u32>(w.rows + <usize>row * ROW_BYTES, w.numRows, 8);
}

function grow(w: Worker): bool {
  const h = changetype<Heap>(w.heap);
  const rows = take(h, w.maxRows * 2 * ROW_BYTES);
  if (rows == 0) return false;
  memory.copy(rows, w.rows, <usize>w.numRows * ROW_BYTES);
  give(h, w.rows);
  w.rows = rows;
  w.maxRows *= 2;
  return true;
}

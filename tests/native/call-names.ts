/** How a list of calls is written down for `replay.c`. */
import type {RuntimeExports} from '../../bindings/runtime/instance.ts';

/** Records of a log; what is above them is the number of a function in `NAMES`. */
export const RECORD = {NEW: 0, WRITE: 1, EXPECT: 2, HASH: 3, FIRST_CALL: 4} as const;
/** In the order in which the log numbers them. */
export const NAMES = [
  'create',
  'begin',
  'malloc',
  'free',
  'reclaim',
  'retain',
  'end',
  'servedNow',
  'misses',
  'interrupt',
  'resume',
  'collect',
  'record',
  'stopRecording',
  'died',
  'rows',
  'numRows',
  'borders',
  'numBorders',
  'newPlan',
  'columns',
  'wanted',
  'seal',
  'retire',
  'isHeld',
  'counters',
  'usedBytes',
  'highWater',
  'broken',
  'covers',
  'live',
] as const satisfies readonly (keyof RuntimeExports)[];

/** Files of every format by own writers: right in most places, with wrong values and wrong structure in some. */
import type {Random} from '../../random.ts';
import {onnx, pickle} from './grammar/binary.ts';
import {one, type Write} from './grammar/draw.ts';
import {eventLog, kineto, plan, problem, snapshot} from './grammar/json.ts';
import {csv, heaptrack, ltrace, mtrace, singa, xla} from './grammar/text.ts';

const WRITERS: Readonly<Record<string, Write>> = {
  csv,
  problem,
  plan,
  'event-log': eventLog,
  kineto,
  snapshot,
  pickle,
  mtrace,
  ltrace,
  singa,
  heaptrack,
  xla,
  onnx,
};
const FORMATS = Object.keys(WRITERS);

export function written(random: Random): {readonly format: string; readonly bytes: Uint8Array} {
  const format = one(random, FORMATS);
  const file = WRITERS[format]!(random);
  return {format, bytes: typeof file === 'string' ? new TextEncoder().encode(file) : file};
}

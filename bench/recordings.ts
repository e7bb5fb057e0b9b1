/** Recordings of any size for the benches, made by repeating a small one. */
import {existsSync, readFileSync, writeSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';
import {OP, OPCODE_BYTES} from '../bindings/trace/importers/pickle/opcodes.ts';
import {pickle} from '../tests/trace/pickle.ts';
import {BASE, entry, freed, snapshot} from '../tests/trace/snapshots.ts';

const REAL = new URL('../../shared/data/traces/cuda-snapshots/lm_train_step.pickle', import.meta.url);

/** A snapshot to repeat: a real one where the data beside the checkout is there. */
export function smallSnapshot(): {readonly what: string; readonly data: Uint8Array} {
  if (existsSync(REAL)) return {what: 'a real one repeated', data: readFileSync(REAL)};
  const events = Array.from({length: 2000}, (_, i) => [
    entry('alloc', BASE + i * 4096, 512 + i),
    ...freed(BASE + i * 4096, 512 + i),
  ]);
  return {what: 'a made-up one repeated', data: pickle(snapshot([events.flat()]))};
}

/** Writes a snapshot of about so many bytes: the entries of the small one's first device trace, again and again. */
export function writeSnapshot(file: number, small: Uint8Array, bytes: number): void {
  const {head, body, tail} = splitSnapshot(small);
  writeSync(file, head);
  for (let written = head.length; written < bytes; written += body.length) writeSync(file, body);
  writeSync(file, tail);
}

/** Writes a Chrome trace of about so many bytes: the example's events, again and again, each time later. */
export function writeKineto(file: number, bytes: number): void {
  const example = new URL('../examples/resnet50.training.json.gz', import.meta.url);
  const text = gunzipSync(readFileSync(example)).toString();
  const start = text.indexOf('[', text.indexOf('"traceEvents"')) + 1;
  const end = text.lastIndexOf(']');
  const [head, body, tail] = [text.slice(0, start), text.slice(start, end), text.slice(end)];
  writeSync(file, head);
  for (let written = 0, again = 0; written < bytes; written += body.length, again++) {
    const later = body.replace(
      /"ts": (\d+)/g,
      (_, ts: string) => `"ts": ${Number(ts) + again * 100_000_000}`,
    );
    writeSync(file, again === 0 ? later : `,${later}`);
  }
  writeSync(file, tail);
}

/**
 * Cuts a snapshot of protocol 4 around the batches of entries of its first device trace. Memo entries that the batches
 * set are set again by each repetition, and asked for by the numbers of the first: so any number of them is a pickle.
 */
function splitSnapshot(data: Uint8Array): {head: Uint8Array; body: Uint8Array; tail: Uint8Array} {
  const parts: Uint8Array[][] = [[], []];
  let isWanted = false;
  let lists = 0;
  let depth = 0;
  for (let at = 0; at < data.length; ) {
    const opcode = data[at]!;
    const next = at + opcodeLength(data, at);
    if (opcode === OP.SHORT_BINUNICODE && textAt(data, at) === 'device_traces') isWanted = true;
    if (isWanted && opcode === OP.EMPTY_LIST) lists++;
    const isInside = lists >= 2 && (depth > 0 || opcode === OP.MARK);
    if (isInside && opcode === OP.MARK) depth++;
    if (isInside && (opcode === OP.APPENDS || opcode === OP.SETITEMS)) depth--;
    if (lists >= 2 && depth === 0 && (opcode === OP.APPEND || (opcode === OP.APPENDS && !isInside))) {
      // the device's list into the list of devices, that and all else into the whole
      const tail = Uint8Array.of(opcode, OP.SETITEMS, OP.STOP);
      return {head: joined(parts[0]!), body: joined(parts[1]!), tail};
    }
    // frames of the protocol would no longer fit
    if (opcode !== OP.FRAME) parts[isInside ? 1 : 0]!.push(data.subarray(at, next));
    at = next;
  }
  throw new Error('the snapshot has no device trace to repeat');
}

function opcodeLength(data: Uint8Array, at: number): number {
  const opcode = data[at]!;
  const fixed = OPCODE_BYTES[opcode]!;
  if (opcode === OP.SHORT_BINUNICODE || opcode === OP.LONG1) return fixed + data[at + 1]!;
  if (opcode !== OP.BINUNICODE) return fixed;
  return fixed + new DataView(data.buffer, data.byteOffset).getUint32(at + 1, true);
}

const textAt = (data: Uint8Array, at: number): string =>
  new TextDecoder().decode(data.subarray(at + 2, at + 2 + data[at + 1]!));

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/**
 * PyTorch's CUDA memory snapshots: torch.cuda.memory._dump_snapshot writes them as a pickle of protocol 2 to 5; some
 * people save torch.cuda.memory._snapshot() as JSON.
 *
 * Written by torch/cuda/memory.py and torch/csrc/cuda/memory_snapshot.cpp of https://github.com/pytorch/pytorch (read
 * 2026-01). Facts, checked on recordings of 2023 to 2026, and decisions, which docs/cuda-snapshot.md explains:
 * - `size` of `alloc` and of both frees is the requested size. The allocator rounds blocks up to 512 bytes, and so does
 *   the device's alignment here: offsets are multiples of 512, and blocks carry the bytes that were requested.
 * - A block's memory may be used again from `free_completed` on, so there it ends. `free_requested` counts only where
 *   no free of the file completed.
 * - `segments` are the state at the end. Their active blocks that no recorded allocation made are persistent: they are
 *   reported, and no blocks of the trace.
 * - The recorder's ring buffer keeps the last entries, and does not say that it was full.
 */
import type {ByteSource} from '../../source/source.ts';
import type {Trace} from '../../trace.ts';
import type {Head, TraceImporter} from '../importer.ts';
import {PickleTexts} from '../pickle/texts.ts';
import {Unpickler} from '../pickle/unpickler.ts';
import {JsonValues} from './json-values.ts';
import {WORDS} from './keys.ts';
import {SnapshotRecords} from './records.ts';
import {snapshotTrace} from './trace.ts';

const PROTO = 0x80;
/** A snapshot written by json.dump: a dictionary with one of its keys first, or the list of segments alone. */
const JSON_SNAPSHOT =
  /^\s*(?:\{\s*"(?:segments|device_traces|allocator_settings|external_annotations)"|\[\s*\{[^{}[\]]{0,2000}"(?:total_size|segment_type)")\s*:/;

export const cudaSnapshotImporter: TraceImporter = {
  format: 'cuda-snapshot',
  kind: 'trace',
  description: 'memory snapshot of PyTorch, by torch.cuda.memory._dump_snapshot',
  detect: ({bytes, text}: Head) => isPickle(bytes) || JSON_SNAPSHOT.test(text),
  read: source => (isPickle(source.head) ? readPickle(source) : readJson(source)),
};

const isPickle = (bytes: Uint8Array): boolean => bytes[0] === PROTO && bytes[1]! >= 2 && bytes[1]! <= 5;

async function readJson(source: ByteSource): Promise<Trace> {
  const texts = new PickleTexts('cuda-snapshot', WORDS);
  const records = new SnapshotRecords(texts);
  const json = new JsonValues(records, texts);
  records.values.byte = () => json.byte;
  for await (const chunk of source.chunks()) json.push(chunk);
  json.end();
  const {tag, value} = json;
  return snapshotTrace(records, texts, {tag, value});
}

async function readPickle(source: ByteSource): Promise<Trace> {
  const texts = new PickleTexts('cuda-snapshot', WORDS);
  const records = new SnapshotRecords(texts);
  const {tag, value, trailingBytes} = await unpickled(source, records, texts);
  const trace = snapshotTrace(records, texts, {tag, value});
  if (trailingBytes === 0) return trace;
  return {
    ...trace,
    warnings: [...trace.warnings, `${trailingBytes} × bytes after the end of the pickle: ignored`],
  };
}

/** In a function of its own: the memo of a large file, which is a tenth of it, is gone when the trace is made. */
async function unpickled(source: ByteSource, records: SnapshotRecords, texts: PickleTexts) {
  const unpickler = new Unpickler(records, texts);
  records.values.byte = () => unpickler.byte;
  for await (const chunk of source.chunks()) unpickler.push(chunk);
  unpickler.end();
  const {tag, value, trailingBytes, byte} = unpickler;
  records.values.byte = () => byte;
  records.seal();
  return {tag, value, trailingBytes};
}

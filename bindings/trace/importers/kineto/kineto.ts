/**
 * Chrome traces of the PyTorch profiler (Kineto), recorded with profile_memory=True.
 *
 * Written by https://github.com/pytorch/kineto/blob/main/libkineto/src/output_json.cpp and, for the memory events,
 * torch/csrc/autograd/profiler_kineto.cpp (read 2026-01). Facts, checked on recordings of PyTorch 1.8 to 2.6:
 * - `[memory]` is an instant event: `Bytes` above 0 an allocation, below 0 a free; `Addr`, `Device Type`, `Device Id`,
 *   `Ev Idx`. On the CPU `Bytes` is the requested size, on CUDA the block's size, a multiple of 512.
 * - Times are in microseconds. Files need not be in order of time; (`ts`, `Ev Idx`) is the order.
 * - Threads are numbers on some events and strings on others.
 * - The CPU allocator reports no free of a block from before the recording; if a file has one, it is stale.
 * - PyTorch 1.8 and 1.9 wrote no `Addr` (see `pairing.ts`).
 */
import {ImportError} from '../../../model/errors.ts';
import type {ByteSource} from '../../source/source.ts';
import type {Trace} from '../../trace.ts';
import type {Head, TraceImporter} from '../importer.ts';
import type {ScannedElement} from '../json/element.ts';
import {JsonScanner} from '../json/scanner.ts';
import type {KinetoEvent} from './fields.ts';
import {KinetoMemory} from './memory.ts';
import {KinetoOperations} from './operations.ts';
import {MODULE_PREFIX} from './spans.ts';

const PHASE = 0;
const CATEGORY = 1;
const NAME = 2;
const FIELDS = ['ph', 'cat', 'name'];

const encoder = new TextEncoder();
const COMPLETE = encoder.encode('X');
const MEMORY = encoder.encode('[memory]');
const OUT_OF_MEMORY = encoder.encode('[OutOfMemory]');
const FLOW = encoder.encode('fwdbwd');
const PYTHON = encoder.encode('python_function');
const MODULE = encoder.encode(MODULE_PREFIX);
const OPERATION_CATEGORIES = ['cpu_op', 'Operator', 'user_annotation'].map(name => encoder.encode(name));

export const kinetoImporter: TraceImporter = {
  format: 'kineto',
  kind: 'trace',
  description: 'Chrome trace of the PyTorch profiler, recorded with profile_memory=True',
  detect: ({text}: Head) =>
    /^\s*\{/.test(text)
      ? /"(traceEvents|schemaVersion|deviceProperties|displayTimeUnit|baseTimeNanoseconds)"\s*:/.test(text)
      : /^\s*\[\s*(\]\s*$|\{)/.test(text) && /^\s*\[\s*\]|"ph"\s*:/.test(text),
  read: readKineto,
};

async function readKineto(source: ByteSource): Promise<Trace> {
  const memory = new KinetoMemory();
  const operations = new KinetoOperations();
  let outOfMemory = 0;
  const scanner = new JsonScanner('kineto', 'traceEvents', FIELDS, element => {
    if (element.is(NAME, MEMORY)) memory.add(parse(element), element);
    else if (element.is(NAME, OUT_OF_MEMORY)) outOfMemory++;
    else if (element.is(PHASE, COMPLETE)) {
      if (isSpan(element)) operations.add(parse(element), element);
    } else if (element.is(CATEGORY, FLOW)) operations.addFlow(parse(element), element);
  });
  for await (const chunk of source.chunks()) scanner.push(chunk);
  scanner.end();
  if (memory.count === 0) {
    throw new ImportError('no memory events: record with profile_memory=True', {format: 'kineto'});
  }
  operations.link();
  const builder = memory.toBuilder(operations);
  for (const annotation of operations.annotations()) builder.annotate(annotation);
  if (outOfMemory > 0) builder.warn(`${outOfMemory} × the recorded program ran out of memory`);
  return builder.build();
}

/** Of Python's calls, which are most of a trace with stacks, those of modules alone. */
function isSpan(element: ScannedElement): boolean {
  return (
    OPERATION_CATEGORIES.some(name => element.is(CATEGORY, name)) ||
    (element.is(CATEGORY, PYTHON) && element.startsWith(NAME, MODULE))
  );
}

/** @throws {ImportError} with the event's byte. */
function parse(element: ScannedElement): KinetoEvent {
  const text = element.text();
  try {
    return parseTolerantly(text);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new ImportError(`damaged event at byte ${element.offset}: ${cause}`, {
      format: 'kineto',
      byte: element.offset,
    });
  }
}

/** Python writes NaN and Infinity, which are not JSON, into the arguments of some operations. */
function parseTolerantly(text: string): KinetoEvent {
  try {
    return JSON.parse(text) as KinetoEvent;
  } catch (error) {
    const plain = text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, part =>
      part.startsWith('"') ? part : 'null',
    );
    if (plain === text) throw error;
    return JSON.parse(plain) as KinetoEvent;
  }
}

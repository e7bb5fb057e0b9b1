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
import type {Head, ImportOptions, TraceImporter} from '../importer.ts';
import {ScannedElement} from '../json/element.ts';
import {JsonScanner} from '../json/scanner.ts';
import {DamagedEvents, mend, parseTolerantly} from './damaged.ts';
import {eventReader, FIELDS, type KinetoEvent, numberOf, readEvent} from './fields.ts';
import {KinetoMemory} from './memory.ts';
import {KinetoOperations} from './operations.ts';
import {MODULE_PREFIX} from './spans.ts';
import {KinetoSyncs, ORDERING_CALL_NAMES} from './syncs.ts';

const PHASE = 0;
const CATEGORY = 1;
const NAME = 2;

const encoder = new TextEncoder();
const COMPLETE = encoder.encode('X');
const MEMORY = encoder.encode('[memory]');
const OUT_OF_MEMORY = encoder.encode('[OutOfMemory]');
const FLOW = encoder.encode('fwdbwd');
const RUNTIME = encoder.encode('cuda_runtime');
const ORDERING_CALLS = ORDERING_CALL_NAMES.map(name => encoder.encode(name));
const CUDA_SYNC = encoder.encode('cuda_sync');
const PYTHON = encoder.encode('python_function');
const MODULE = encoder.encode(MODULE_PREFIX);
const SPAN_CATEGORIES = ['cpu_op', 'Operator', 'user_annotation'];
const OPERATION_CATEGORIES = SPAN_CATEGORIES.map(name => encoder.encode(name));

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

async function readKineto(source: ByteSource, {strict = false}: ImportOptions): Promise<Trace> {
  const events = new KinetoEvents(strict);
  for await (const chunk of strict ? source.chunks() : source.chunksToCut()) events.scanner.push(chunk);
  const trace = events.toTrace();
  source.endsEarly ||= events.isCut;
  return trace;
}

/** The events of one file while they come. */
class KinetoEvents {
  readonly scanner: JsonScanner;
  readonly #strict: boolean;
  readonly #memory = new KinetoMemory();
  readonly #operations = new KinetoOperations();
  readonly #syncs = new KinetoSyncs();
  readonly #damaged = new DamagedEvents();
  /** Whether the file ends within the list of events. */
  isCut = false;
  #outOfMemory = 0;

  constructor(strict: boolean) {
    this.#strict = strict;
    const onElement = (element: ScannedElement): void => this.#add(element);
    const onDamaged = (text: string, error: ImportError): void => this.#addDamaged(text, error);
    this.scanner = new JsonScanner(
      'kineto',
      'traceEvents',
      FIELDS,
      onElement,
      strict ? undefined : onDamaged,
      eventReader(),
    );
  }

  toTrace(): Trace {
    const [memory, operations] = [this.#memory, this.#operations];
    const cut = this.scanner.cut();
    if (cut && (this.#strict || memory.count === 0)) throw cut;
    if (!cut) this.scanner.checkFound();
    if (memory.count === 0) {
      throw new ImportError('no memory events: record with profile_memory=True', {format: 'kineto'});
    }
    operations.link();
    const builder = memory.toBuilder(operations);
    this.#syncs.toBuilder(builder, id => memory.deviceOfCuda(id));
    const isCut = cut !== undefined && this.scanner.isInArray;
    this.isCut = isCut;
    const last = isCut ? memory.lastTime() : Number.POSITIVE_INFINITY;
    // a step that goes on after the last event that is there would pass for a whole one
    const annotations = operations.annotations().filter(({end}) => end <= last);
    for (const annotation of annotations) builder.annotate(annotation);
    if (cut) builder.warn(describeCut(cut, isCut, memory.isInOrder()));
    for (const warning of this.#damaged.warnings()) builder.warn(warning);
    if (this.#outOfMemory > 0) builder.warn(`${this.#outOfMemory} × the recorded program ran out of memory`);
    return builder.build();
  }

  #add(element: ScannedElement): void {
    if (element.is(NAME, MEMORY)) this.#memory.add(eventOf(element), element);
    else if (element.is(NAME, OUT_OF_MEMORY)) this.#outOfMemory++;
    else if (element.is(PHASE, COMPLETE)) {
      if (isOrderingCall(element)) this.#tolerate(element, event => this.#syncs.addCall(event));
      else if (element.is(CATEGORY, CUDA_SYNC)) this.#tolerate(element, event => this.#syncs.add(event));
      else if (isSpan(element)) this.#tolerate(element, event => this.#operations.add(event, element));
    } else if (element.is(CATEGORY, FLOW)) {
      this.#tolerate(element, event => this.#operations.addFlow(event, element));
    }
  }

  /** Adds an event that is no memory event; one that is damaged is mended or counted, unless `strict`. */
  #tolerate(element: ScannedElement, add: (event: KinetoEvent) => void): void {
    try {
      add(eventOf(element));
    } catch (error) {
      if (this.#strict || !(error instanceof ImportError)) throw error;
      this.#addDamaged(element.text(), error);
    }
  }

  /** @throws {ImportError} for a memory event, without which nothing that follows would be right. */
  #addDamaged(text: string, error: ImportError): void {
    if (/"name"\s*:\s*"\[memory\]"/.test(text)) throw error;
    const event = mend(text);
    if (!event || !Number.isFinite(numberOf(event.ts))) {
      this.#damaged.leftOut(error);
      return;
    }
    if (event.ph === 'X' && isSpanOf(event)) this.#operations.add(event, elementOf(text, error));
    this.#damaged.mended(error);
  }
}

function describeCut({message}: ImportError, isInList: boolean, isInOrder: boolean): string {
  if (!isInList) return `${message}, after the list of events, which is whole`;
  const order = isInOrder
    ? ''
    : '; its events are not in order of time, so that earlier ones may be missing, too';
  return `${message}: read up to there. An iteration that goes on there is left out, and blocks that are live there count as never freed${order}`;
}

function isSpanOf({cat, name}: KinetoEvent): boolean {
  if (typeof cat !== 'string') return false;
  const isModule = cat === 'python_function' && typeof name === 'string' && name.startsWith(MODULE_PREFIX);
  return isModule || SPAN_CATEGORIES.includes(cat);
}

/** Most calls launch kernels: these alone are parsed. */
function isOrderingCall(element: ScannedElement): boolean {
  return element.is(CATEGORY, RUNTIME) && ORDERING_CALLS.some(name => element.startsWith(NAME, name));
}

/** The damaged event, for messages. */
function elementOf(text: string, {byte = 0}: ImportError): ScannedElement {
  const element = new ScannedElement(FIELDS.length);
  element.bytes = encoder.encode(text);
  element.end = element.bytes.length;
  element.offset = byte;
  return element;
}

/** Of Python's calls, which are most of a trace with stacks, those of modules alone. */
function isSpan(element: ScannedElement): boolean {
  return (
    OPERATION_CATEGORIES.some(name => element.is(CATEGORY, name)) ||
    (element.is(CATEGORY, PYTHON) && element.startsWith(NAME, MODULE))
  );
}

/** @throws {ImportError} with the event's byte. */
function eventOf(element: ScannedElement): KinetoEvent {
  return element.reader ? readEvent(element.reader) : parse(element);
}

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

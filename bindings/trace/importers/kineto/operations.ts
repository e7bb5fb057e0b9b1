/**
 * Finds the call path of an allocation: its module, the forward operation that a backward one belongs to, the
 * operation as the program called it, and the innermost one, which allocated.
 *
 * The operation is the outermost one below the innermost module, node of the autograd engine, or compiled graph. Without any
 * (optimizers written in Python), the innermost annotation has its place. A backward operation is linked to its
 * forward one by a flow event (`fwdbwd`), else by the number of their autograd node.
 */
import {checkMost, MOST_ANNOTATIONS, MOST_EVENTS, MOST_NAME_CHARACTERS, MOST_NAMES} from '../../limits.ts';
import {type AllocationPath, type Annotation, NONE} from '../../trace.ts';
import type {ScannedElement} from '../json/element.ts';
import {
  argumentsOf,
  type KinetoEvent,
  numberOf,
  optionalInteger,
  requiredNumber,
  threadOf,
} from './fields.ts';
import {ANNOTATION, COMPILED, classify, ENGINE, MODULE, type Span, ThreadSpans} from './spans.ts';

/** A span of a thread. */
interface Place {
  readonly spans: ThreadSpans;
  readonly span: number;
}

/** Spans of one name that are of one kind. */
interface NamedSpans {
  readonly category: unknown;
  readonly hasSequence: boolean;
  /** Index into the names. */
  readonly index: number;
}

const MOST_THREADS = 1 << 17;
const MOST_FLOWS = 1 << 23;

const UNKNOWN: AllocationPath = {module: '', forward: '', operation: '', leaf: ''};

export class KinetoOperations {
  readonly #threads = new Map<string, ThreadSpans>();
  #count = 0;
  #nameCharacters = 0;
  readonly #names: string[] = [];
  readonly #kinds: number[] = [];
  readonly #nameIndex = new Map<string, NamedSpans[]>();
  readonly #annotations: Annotation[] = [];
  /** Per flow: where it begins and ends. */
  readonly #flowStarts = new Map<number, {readonly thread: string; readonly time: number}>();
  readonly #flowEnds: {readonly flow: number; readonly thread: string; readonly time: number}[] = [];
  /** Per thread: the forward place of a span that a flow ends in. */
  readonly #linked = new Map<ThreadSpans, Map<number, Place>>();
  /** Per number of an autograd node: the last forward operation with it; null where two threads have it. */
  readonly #makers = new Map<number, Place | null>();

  /** @throws {ImportError} where the event has no time. */
  add(event: KinetoEvent, element: ScannedElement): void {
    const start = requiredNumber(event, 'ts', element);
    const args = argumentsOf(event);
    const forwardThread = numberOf(args['Fwd thread id']);
    const span: Span = {
      name: typeof event.name === 'string' ? event.name : '',
      category: event.cat,
      start,
      end: start + Math.max(0, event.dur === undefined ? 0 : requiredNumber(event, 'dur', element)),
      sequence: sequenceOf(args),
      isBackward: Number.isFinite(forwardThread) && forwardThread !== 0,
    };
    const thread = threadOf(event);
    checkMost(++this.#count, MOST_EVENTS, 'spans');
    const name = this.#index(span);
    const kind = this.#kinds[name]!;
    if (kind === ANNOTATION) {
      checkMost(this.#annotations.length + 1, MOST_ANNOTATIONS, 'annotations');
      this.#annotations.push({name: span.name, start, end: span.end, thread});
    }
    this.#spans(thread).add(span, name, kind);
  }

  /** A beginning (`s`) or an end (`f`) of an arrow from a forward operation to its backward one. */
  addFlow(event: KinetoEvent, element: ScannedElement): void {
    const flow = optionalInteger(event, 'id', element);
    if (flow === undefined) return;
    const place = {thread: threadOf(event), time: requiredNumber(event, 'ts', element)};
    checkMost(this.#flowStarts.size + this.#flowEnds.length, MOST_FLOWS, 'flow events');
    if (event.ph === 's') this.#flowStarts.set(flow, place);
    else this.#flowEnds.push({...place, flow});
  }

  annotations(): readonly Annotation[] {
    return this.#annotations;
  }

  /** To be called after the last `add`, before the first `at`. */
  link(): void {
    for (const spans of this.#threads.values()) spans.sort();
    for (const {flow, thread, time} of this.#flowEnds) {
      const from = this.#flowStarts.get(flow);
      const forward = from && this.#place(from.thread, from.time);
      const backward = this.#place(thread, time);
      if (!forward || !backward) continue;
      const links = this.#linked.get(backward.spans) ?? new Map<number, Place>();
      this.#linked.set(backward.spans, links.set(nodeOf(backward), forward));
    }
    for (const spans of this.#threads.values()) this.#noteMakers(spans);
  }

  /** The path of what allocated on the thread at that moment. */
  at(thread: string, moment: number): AllocationPath {
    const place = this.#place(thread, moment);
    if (!place) return UNKNOWN;
    const own = this.#pathOf(place, moment);
    const forward = this.#forwardOf(place, moment);
    if (!forward) return own;
    // the path of the beginning of the operation, not of the moment
    const made = this.#pathOf(forward, forward.spans.start[forward.span]!);
    return {...own, module: made.module || own.module, forward: made.operation};
  }

  #place(thread: string, moment: number): Place | undefined {
    const spans = this.#threads.get(thread);
    const span = spans?.at(moment) ?? NONE;
    return spans && span !== NONE ? {spans, span} : undefined;
  }

  /** The path without a forward operation. */
  #pathOf({spans, span}: Place, moment: number): AllocationPath {
    let leaf = NONE;
    let operation = NONE;
    let annotation = NONE;
    let module = NONE;
    let isWhole = false;
    for (let i = span; i !== NONE; i = spans.including(spans.parent[i]!, moment)) {
      const kind = spans.kind[i]!;
      if (kind === MODULE) module = module === NONE ? i : module;
      else if (kind === ANNOTATION) annotation = annotation === NONE ? i : annotation;
      else if (!isWhole && !(kind === COMPILED && this.#isNamed(spans, operation))) operation = i;
      if (leaf === NONE) leaf = operation;
      isWhole ||= operation !== NONE && (kind === MODULE || kind === ENGINE || kind === COMPILED);
      if (isWhole && module !== NONE) break;
    }
    const name = (of: number): string => (of === NONE ? '' : this.#names[spans.name[of]!]!);
    if (operation === NONE) operation = leaf = annotation;
    return {module: name(module), forward: '', operation: name(operation), leaf: name(leaf)};
  }

  /** Whether the operation says more than that it allocates. */
  #isNamed(spans: ThreadSpans, operation: number): boolean {
    return operation !== NONE && !/^aten::(new_)?empty/.test(this.#names[spans.name[operation]!]!);
  }

  /** The forward operation of the backward one around a span, if it is known. */
  #forwardOf({spans, span}: Place, moment: number): Place | undefined {
    const links = this.#linked.get(spans);
    for (let i = span; i !== NONE; i = spans.including(spans.parent[i]!, moment)) {
      if (spans.kind[i] === MODULE) return undefined; // a forward pass that a backward one runs again
      const linked = links?.get(i);
      if (linked) return linked;
      const maker = spans.isBackward[i] === 1 ? this.#makers.get(spans.sequence[i]!) : undefined;
      if (maker && maker.spans.start[maker.span]! <= spans.start[i]!) return maker;
    }
    return undefined;
  }

  /** Operations that make no node have the number of the next node, so the last one with a number made it. */
  #noteMakers(spans: ThreadSpans): void {
    for (let span = 0; span < spans.start.length; span++) {
      const sequence = spans.sequence[span]!;
      if (Number.isNaN(sequence) || spans.isBackward[span] === 1) continue;
      const known = this.#makers.get(sequence);
      const isOther = known === null || (known !== undefined && known.spans !== spans);
      this.#makers.set(sequence, isOther ? null : {spans, span});
    }
  }

  #spans(thread: string): ThreadSpans {
    const known = this.#threads.get(thread);
    if (known) return known;
    const spans = new ThreadSpans();
    checkMost(this.#threads.size + 1, MOST_THREADS, 'threads');
    this.#threads.set(thread, spans);
    return spans;
  }

  /** Equal names of different kinds, as of a node and of the engine's wrapper around it, have two entries. */
  #index(span: Span): number {
    const {category} = span;
    const hasSequence = span.sequence >= 0;
    const equal = this.#nameIndex.get(span.name) ?? [];
    const known = equal.find(one => one.category === category && one.hasSequence === hasSequence);
    if (known !== undefined) return known.index;
    const {name, kind} = classify(span);
    this.#nameCharacters += span.name.length;
    checkMost(this.#names.length + 1, MOST_NAMES, 'different names');
    checkMost(this.#nameCharacters, MOST_NAME_CHARACTERS, 'characters of different names');
    this.#kinds.push(kind);
    const index = this.#names.push(name) - 1;
    this.#nameIndex.set(span.name, [...equal, {category, hasSequence, index}]);
    return index;
  }
}

function sequenceOf(args: KinetoEvent): number {
  const value = args['Sequence number'];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : Number.NaN;
}

/** The engine's span around a backward operation, which may allocate before the operation begins; else the span. */
function nodeOf({spans, span}: Place): number {
  for (let i = span; i !== NONE; i = spans.parent[i]!) {
    if (spans.kind[i] === ENGINE) return i;
    if (spans.kind[i] === MODULE) break;
  }
  return span;
}

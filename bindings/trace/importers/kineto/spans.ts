/**
 * The spans of a Kineto trace as columns: operations, annotations, calls of modules, and wrappers of the autograd
 * engine. Spans of one thread are nested; each knows the one around it.
 */
import {
  type Float64Column,
  float64Column,
  type Uint8Column,
  type Uint32Column,
  uint8Column,
  uint32Column,
} from '../../columns/columns.ts';
import {NONE} from '../../trace.ts';

/** `ThreadSpans.kind`. */
const OPERATION = 0;
export const ANNOTATION = 1;
export const MODULE = 2;
/** The autograd engine runs a node of the graph: the name is that of the node. */
export const ENGINE = 3;

/** All of a compiled graph as one operation: those inside it are better names. */
export const COMPILED = 4;

const ENGINE_PREFIX = 'autograd::engine::evaluate_function: ';
export const MODULE_PREFIX = 'nn.Module: ';

const COMPILED_GRAPH = /^CompiledFunction(Backward)?\d*$/;

export interface Span {
  readonly name: string;
  readonly category: unknown;
  /** Microseconds. */
  readonly start: number;
  readonly end: number;
  /** Number of the autograd node that a forward operation makes, or a backward one runs; NaN where none. */
  readonly sequence: number;
  /** Whether it runs a node that another call made. */
  readonly isBackward: boolean;
}

/** A file may have many threads with few spans. */
const FEW = 8;
/** Spans within each other that are followed; what is deeper counts as next to the one there. */
const MOST_DEPTH = 1024;

/** Spans of one thread, in order of their start once `sort` has run. */
export class ThreadSpans {
  readonly #start: Float64Column = float64Column(FEW);
  readonly #end: Float64Column = float64Column(FEW);
  readonly #name: Uint32Column = uint32Column(FEW);
  readonly #kind: Uint8Column = uint8Column(FEW);
  readonly #sequence: Float64Column = float64Column(FEW);
  readonly #isBackward: Uint8Column = uint8Column(FEW);
  start = new Float64Array(0);
  end = new Float64Array(0);
  /** Index into the names. */
  name = new Uint32Array(0);
  kind = new Uint8Array(0);
  sequence = new Float64Array(0);
  isBackward = new Uint8Array(0);
  /** The span around it, or `NONE`. */
  parent = new Uint32Array(0);

  add(span: Span, name: number, kind: number): void {
    this.#start.push(span.start);
    this.#end.push(span.end);
    this.#name.push(name);
    this.#kind.push(kind);
    this.#sequence.push(span.sequence);
    this.#isBackward.push(span.isBackward ? 1 : 0);
  }

  /** Of spans that begin together, the longer is the outer one. */
  sort(): void {
    const start = this.#start.array;
    const end = this.#end.array;
    const order = new Uint32Array(this.#start.length).map((_, index) => index);
    const compare = (a: number, b: number) => start[a]! - start[b]! || end[b]! - end[a]! || a - b;
    // most recordings have them in order
    if (order.some((row, i) => i > 0 && compare(row - 1, row) > 0)) order.sort(compare);
    this.start = Float64Array.from(order, row => start[row]!);
    this.end = Float64Array.from(order, row => end[row]!);
    this.name = order.map(row => this.#name.array[row]!);
    this.kind = Uint8Array.from(order, row => this.#kind.array[row]!);
    this.sequence = Float64Array.from(order, row => this.#sequence.array[row]!);
    this.isBackward = Uint8Array.from(order, row => this.#isBackward.array[row]!);
    this.parent = new Uint32Array(order.length);
    const open: number[] = [];
    for (let span = 0; span < order.length; span++) {
      while (open.length > 0 && this.end[open.at(-1)!]! < this.start[span]!) open.pop();
      this.parent[span] = open.at(-1) ?? NONE;
      if (open.length < MOST_DEPTH) open.push(span);
    }
  }

  /** The innermost span that includes the moment, or `NONE`. */
  at(moment: number): number {
    let low = 0;
    let high = this.start.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.start[middle]! <= moment) low = middle + 1;
      else high = middle;
    }
    return this.including(low === 0 ? NONE : low - 1, moment);
  }

  /** The span itself or the nearest one around it that includes the moment; `NONE` where none does. */
  including(span: number, moment: number): number {
    let found = span;
    while (found !== NONE && this.end[found]! < moment) found = this.parent[found]!;
    return found;
  }
}

/** The name as people know it, without the prefixes of the recorder, and what kind of span it names. */
export function classify({name, category, sequence}: Span): {name: string; kind: number} {
  if (name.startsWith(ENGINE_PREFIX)) {
    const node = name.slice(ENGINE_PREFIX.length);
    return {name: node, kind: COMPILED_GRAPH.test(node) ? COMPILED : ENGINE};
  }
  if (COMPILED_GRAPH.test(name)) return {name, kind: COMPILED};
  if (category === 'python_function') return {name: name.slice(MODULE_PREFIX.length), kind: MODULE};
  const isAnnotation =
    category === 'user_annotation' ||
    (!name.includes('::') &&
      // before 2022 the program's own ranges were operators like any other: `Optimizer.step#SGD.step`
      (/[#. ]/.test(name) || (category === 'Operator' && !(sequence >= 0) && !/Backward\d*$/.test(name))));
  return {name, kind: isAnnotation ? ANNOTATION : OPERATION};
}

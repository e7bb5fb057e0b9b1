/**
 * The only file that knows the core: instances, memory views, traps. `assembly/index.ts` is the other side;
 * `compile.ts` compiles it.
 */

import {CoreError, HostError, LimitError, memoryRefused} from '../model/errors.ts';
import {alignmentOf, type ProblemColumns} from '../model/problem.ts';
import {ALL_RULES, type CoreExports, FAULT, RECORD, ROLE, STATUS} from './abi.ts';
import {CorePortfolio, CoreSearch} from './search.ts';

/** What instances of the core are made of: the compiled module, or a function that makes one in JavaScript. */
export type CoreSource = WebAssembly.Module | (() => CoreExports);

/** One instance of the core, replaced by a fresh one after a trap. */
export class Core {
  readonly #source: CoreSource;
  #exports: CoreExports | undefined;

  constructor(source: CoreSource) {
    this.#source = source;
  }

  /**
   * Lays a problem out in the core, calls `use`, and gives everything back, also when `use` throws. The problem must
   * have been checked, and holds only buffers with a size and a lifetime.
   * @throws LimitError when the host grants the core no more memory; CoreError when the core breaks an invariant.
   */
  withProblem<T>(
    columns: ProblemColumns,
    alignment: number | undefined,
    use: (problem: CoreProblem) => T,
  ): T {
    this.#exports ??= instantiate(this.#source);
    const exports = this.#exports;
    const mark = exports.mark();
    try {
      return use(new CoreProblem(exports, columns, alignment));
    } catch (error) {
      if (!isTrap(error)) throw error;
      this.#exports = undefined; // its memory may be in any state
      throw trapped(exports, columns.count, error);
    } finally {
      if (this.#exports === exports) exports.release(mark);
    }
  }
}

/**
 * As `withProblem`, in an instance of its own and for many calls: returns the function to make these calls with.
 */
export function keepProblem(
  source: CoreSource,
  columns: ProblemColumns,
  alignment: number | undefined,
): <T>(use: (problem: CoreProblem) => T) => T {
  const exports = instantiate(source);
  let problem: CoreProblem | undefined;
  return use => {
    try {
      problem ??= new CoreProblem(exports, columns, alignment);
      return use(problem);
    } catch (error) {
      throw isTrap(error) ? trapped(exports, columns.count, error) : error;
    }
  };
}

/** @throws HostError where the host refuses the memory that an instance begins with. */
function instantiate(source: CoreSource): CoreExports {
  try {
    if (typeof source === 'function') return source();
    return new WebAssembly.Instance(source).exports as unknown as CoreExports;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw typeof source === 'function'
      ? new HostError(`this host grants no memory (${error.message})`)
      : memoryRefused(error);
  }
}

/** What ends an instance; in JavaScript an unreachable place throws an Error that says `abort`. */
function isTrap(error: unknown): error is Error {
  if (error instanceof RangeError) return true;
  if (typeof WebAssembly === 'object' && error instanceof WebAssembly.RuntimeError) return true;
  return error instanceof Error && error.message === 'abort';
}

function trapped(exports: CoreExports, count: number, error: Error): Error {
  // the core in JavaScript grows by an array, which throws where the host grants none
  const isRefused = /allocation failed|out of memory/i.test(error.message);
  if (exports.fault() === FAULT.MEMORY || isRefused) {
    return new LimitError(
      `planning ${count} buffers needs more memory than the 4 GiB (or less) the core is granted here`,
    );
  }
  return new CoreError(`the core trapped: ${error.message}`);
}

/** A problem inside the core, alive as long as the `withProblem` that made it. */
export class CoreProblem {
  readonly #core: CoreExports;
  readonly #at: number;
  readonly count: number;

  constructor(core: CoreExports, columns: ProblemColumns, alignment: number | undefined) {
    this.#core = core;
    this.count = columns.count;
    this.#at = core.problem(columns.count, columns.gapStart.length) >>> 0;
    const {count} = columns;
    this.#u32('start', count).set(columns.start);
    this.#u32('end', count).set(columns.end);
    this.#f64('size', count).set(columns.size);
    const alignments = this.#f64('alignment', count);
    for (let i = 0; i < count; i++) alignments[i] = alignmentOf(columns, i, alignment);
    this.#f64('offset', count).set(columns.offset);
    this.#u32('gapIndex', count + 1).set(columns.gapIndex);
    this.#u32('gapStart', columns.gapStart.length).set(columns.gapStart);
    this.#u32('gapEnd', columns.gapEnd.length).set(columns.gapEnd);
    core.seal(this.#at);
  }

  /** Bytes no plan can undercut, and the ticks `[start, end)` that make this bound. */
  lowerBound(): {readonly lowerBound: number; readonly start: number; readonly end: number} {
    const lowerBound = this.#core.lowerBound(this.#at);
    return {lowerBound, start: this.#word('boundStart'), end: this.#word('boundEnd')};
  }

  /** Number of sections and of partitions. */
  get shape(): {readonly sections: number; readonly partitions: number} {
    return {sections: this.#word('numSections'), partitions: this.#word('numPartitions')};
  }

  /** Σ sizes of the buffers live in each section, bytes, in order of time. */
  sectionLoads(): Float64Array {
    const at = this.#core.sectionLoads(this.#at) >>> 0;
    return new Float64Array(this.#core.memory.buffer, at, this.#word('numSections')).slice();
  }

  /** Runs one heuristic to its end; its offsets in bytes, or undefined where its peak is above 2^53 − 1. */
  plan(heuristic: number): Float64Array | undefined {
    const status = this.#core.plan(this.#at, heuristic);
    return status === STATUS.PEAK_TOO_LARGE ? undefined : this.#f64('crossing', this.count).slice();
  }

  /** Begins the portfolio with the heuristic at place `first`; `lowerBound` in bytes: a plan with that peak ends it. */
  portfolio(lowerBound: number, first = 0): CorePortfolio {
    const at = this.#core.portfolioBegin(this.#at, lowerBound, first) >>> 0;
    return new CorePortfolio(this.#core, at, () => this.#f64('crossing', this.count).slice());
  }

  /**
   * Begins the exact search with a valid plan's offsets, bytes. `lowerBound` in bytes: a plan with that peak ends it.
   * `rules`: which pruning rules are on, `ALL_RULES` but in tests. `role`: of `ROLE`.
   */
  exact(
    offsets: Float64Array,
    lowerBound: number,
    seed: number,
    rules = ALL_RULES,
    role: number = ROLE.PROVES,
  ): CoreSearch {
    this.#f64('crossing', this.count).set(offsets);
    const at = this.#core.exactBegin(this.#at, lowerBound, seed, rules, role) >>> 0;
    const adopt = () => this.#core.exactAdopt(at);
    return this.#search(at, nodes => this.#core.exactStep(at, nodes), adopt);
  }

  /** Begins local search for plans below `incumbent`, bytes; any where it is below 0. */
  local(lowerBound: number, incumbent: number, seed: number): CoreSearch {
    const at = this.#core.localBegin(this.#at, lowerBound, incumbent, seed) >>> 0;
    return this.#search(at, nodes => this.#core.localStep(at, nodes));
  }

  /**
   * Begins the class sweep for plans below `incumbent`, bytes; any where it is below 0. Of its strategies it runs those
   * numbered `from`, `from` + `stride`, …, so that several searches can share them.
   */
  classSweep(lowerBound: number, incumbent: number, seed: number, from = 0, stride = 1): CoreSearch {
    const at = this.#core.classesBegin(this.#at, lowerBound, incumbent, seed, from, stride) >>> 0;
    return this.#search(at, nodes => this.#core.classesStep(at, nodes));
  }

  /**
   * Begins the beam search for plans below `incumbent`, bytes; any where it is below 0. Undefined where it cannot
   * express the problem: it has gaps, fixed offsets or several partitions.
   */
  beam(lowerBound: number, incumbent: number, seed: number): CoreSearch | undefined {
    const at = this.#core.beamBegin(this.#at, lowerBound, incumbent, seed) >>> 0;
    return at === 0 ? undefined : this.#search(at, nodes => this.#core.beamStep(at, nodes));
  }

  /** Begins large neighbourhood search with a valid plan's offsets, bytes; a plan with `lowerBound` as its peak ends it. */
  lns(offsets: Float64Array, lowerBound: number, seed: number): CoreSearch {
    this.#f64('crossing', this.count).set(offsets);
    const at = this.#core.windowsBegin(this.#at, lowerBound, seed) >>> 0;
    const adopt = () => this.#core.windowsAdopt(at);
    return this.#search(at, nodes => this.#core.windowsStep(at, nodes), adopt);
  }

  #search(at: number, step: (nodes: number) => number, adopt?: () => void): CoreSearch {
    return new CoreSearch(this.#core, at, step, () => this.#f64('crossing', this.count), adopt);
  }

  /**
   * Violations of a plan as (kind, buffer, other buffer) triples, at most `room` of them; kinds index
   * `VIOLATION_KINDS`. `capacity` in bytes, undefined for none.
   */
  verify(offsets: Float64Array, capacity: number | undefined, room: number): Uint32Array {
    const mark = this.#core.mark();
    this.#f64('crossing', this.count).set(offsets);
    const at = this.#core.verify(this.#at, capacity ?? -1, room) >>> 0;
    const [count, , triples] = new Uint32Array(this.#core.memory.buffer, at, 3);
    const found = new Uint32Array(this.#core.memory.buffer, triples!, 3 * count!).slice();
    this.#core.release(mark);
    return found;
  }

  // Views are made at use and never kept: growing the memory detaches them.

  #word(name: keyof typeof RECORD): number {
    return new Uint32Array(this.#core.memory.buffer, this.#at, 15)[RECORD[name]]!;
  }

  #u32(name: keyof typeof RECORD, length: number): Uint32Array {
    return new Uint32Array(this.#core.memory.buffer, this.#word(name), length);
  }

  #f64(name: keyof typeof RECORD, length: number): Float64Array {
    return new Float64Array(this.#core.memory.buffer, this.#word(name), length);
  }
}

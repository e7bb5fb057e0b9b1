/**
 * What blocks are for, by the names of the calls that allocate them and by the phases that they live through:
 *
 *     allocated in     freed                                        category
 *     forward          before the next backward                     temporaries
 *                      in or after that backward, no later than     activations
 *                      the end of the next iteration
 *                      never, or an iteration later, by a module    weights
 *     backward         within it                                    temporaries
 *                      later                                        gradients
 *     optimizer        in the same iteration                        temporaries
 *                      never, or an iteration later                 optimizer-state
 *
 * All else is unknown: blocks from before the recording, those of calls without names, and what follows the last backward
 * without a name of the optimizer. A name is taken at its word: `optimize` of a program is its optimizer.
 */
import {firstIndex} from '../../model/binary-search.ts';
import {CATEGORIES, type Category} from '../../model/buffer-facts.ts';
import {BEFORE, type DeviceTimeline, NEVER} from '../../trace/timeline/device-timeline.ts';
import type {Iteration} from '../../trace/timeline/iterations.ts';
import {NONE} from '../../trace/trace.ts';
import {allocationEntries, framesOfStack} from '../frames.ts';
import {isOfModule} from './phase-names.ts';
import {
  BACKWARD,
  FORWARD,
  OPTIMIZER,
  optimizerTimes,
  type PhaseRun,
  phaseRuns,
  phasesOfBlocks,
  UNKNOWN,
} from './phases.ts';

export interface BlockCategories {
  /** Per block of the trace: index into `CATEGORIES`. */
  readonly category: Uint8Array;
  /** Per block of the trace: index into `PHASES`. */
  readonly phase: Uint8Array;
  readonly runs: readonly PhaseRun[];
}

const known = new WeakMap<DeviceTimeline, BlockCategories>();

/** Computed once per timeline, which never changes. */
export function categoriesOf(timeline: DeviceTimeline): BlockCategories {
  const found = known.get(timeline) ?? classify(timeline);
  known.set(timeline, found);
  return found;
}

function classify(timeline: DeviceTimeline): BlockCategories {
  const {trace, blocks, malloc} = timeline;
  const phase = phasesOfBlocks(timeline);
  const runs = phaseRuns(timeline, phase);
  const backwards = runs.filter(run => run.phase === 'backward');
  const category = new Uint8Array(trace.blocks.count).fill(CATEGORIES.indexOf('unknown'));
  const borders = new Borders(timeline.iterations.iterations, timeline.memory.count);
  const judge = new Judge(timeline, runs, backwards, borders);
  for (const block of blocks) {
    const from = malloc[block]!;
    if (from === BEFORE) continue;
    // a call within the backward that names no phase is part of it
    if (phase[block] === FORWARD && isWithin(backwards, from)) phase[block] = BACKWARD;
    const found = judge.categoryOf(block, phase[block]!);
    category[block] = CATEGORIES.indexOf(found);
    const isAfterAll = backwards.length > 0 && from >= backwards.at(-1)!.end;
    if (phase[block] === FORWARD && isAfterAll && found === 'unknown') phase[block] = UNKNOWN;
  }
  return {category, phase, runs};
}

/** Decides by the phase of a block's allocation, and by how long it lives. */
class Judge {
  readonly #timeline: DeviceTimeline;
  readonly #runs: readonly PhaseRun[];
  readonly #backwards: readonly PhaseRun[];
  readonly #borders: Borders;
  readonly #isOptimizing: (time: number) => boolean;
  readonly #isModule: (block: number) => boolean;

  constructor(
    timeline: DeviceTimeline,
    runs: readonly PhaseRun[],
    backwards: readonly PhaseRun[],
    borders: Borders,
  ) {
    this.#timeline = timeline;
    this.#runs = runs;
    this.#backwards = backwards;
    this.#borders = borders;
    this.#isOptimizing = optimizerTimes(timeline.trace);
    this.#isModule = moduleTest(timeline);
  }

  categoryOf(block: number, phase: number): Category {
    const {malloc, free} = this.#timeline;
    const [from, to] = [malloc[block]!, free[block]!];
    const isKept = this.#borders.isKept(from, to);
    if (phase === OPTIMIZER) {
      if (isKept) return 'optimizer-state';
      return to < this.#borders.endOf(from) ? 'temporaries' : 'unknown';
    }
    if (phase === BACKWARD)
      return this.#isCleared(block) || to >= this.#after(from) ? 'gradients' : 'temporaries';
    if (phase !== FORWARD) return 'unknown';
    if (isKept) return this.#isModule(block) ? 'weights' : 'unknown';
    const next = this.#backwards[lastBefore(this.#backwards, from) + 1];
    // what no backward follows may as well be a step of the optimizer without a name
    if (!next && this.#backwards.length > 0) return 'unknown';
    return next && to >= next.start ? 'activations' : 'temporaries';
  }

  /** Whether the optimizer frees it. */
  #isCleared(block: number): boolean {
    const {events, blocks} = this.#timeline.trace;
    const event = blocks.freeEvent[block]!;
    return event !== NONE && this.#isOptimizing(events.time[event]!);
  }

  /** Where the run after the one at a position begins: what lives so long has outlived its phase. */
  #after(position: number): number {
    return this.#runs[lastBefore(this.#runs, position) + 1]?.start ?? NEVER;
  }
}

/** Where iterations end, as positions among the device's memory events. */
class Borders {
  readonly #ends: readonly number[];
  readonly #count: number;

  constructor(iterations: readonly Iteration[], count: number) {
    this.#ends = iterations.map(({endEvent}) => endEvent);
    this.#count = count;
  }

  /** The end of the iteration that holds a position; of the recording after the last of them. */
  endOf(position: number): number {
    return this.#ends[this.#index(position)] ?? this.#count;
  }

  #index(position: number): number {
    return firstIndex(0, this.#ends.length, k => this.#ends[k]! > position);
  }

  /** Whether a block lives through a whole iteration after its own, or through what is left of the recording from its beginning on. */
  isKept(from: number, to: number): boolean {
    const next = this.#ends[this.#index(from) + 1];
    if (next !== undefined) return to >= next;
    // allocated in the last iteration, it may as well be freed in the next one
    return to === NEVER && this.#ends.length <= 1;
  }
}

function isWithin(runs: readonly PhaseRun[], position: number): boolean {
  const run = runs[lastBefore(runs, position)];
  return run !== undefined && position < run.end;
}

/** Index of the last run that begins at or before a position; −1 for none. */
function lastBefore(runs: readonly PhaseRun[], position: number): number {
  return firstIndex(0, runs.length, k => runs[k]!.start > position) - 1;
}

function moduleTest({trace}: DeviceTimeline): (block: number) => boolean {
  const {cuda} = trace;
  if (!cuda) return () => false;
  const entries = allocationEntries(trace);
  const stacks = new Map<number, boolean>();
  return block => {
    if (entries[block] === NONE) return false;
    const stack = cuda.entries.stack[entries[block]!]!;
    const found = stacks.get(stack) ?? isOfModule(framesOfStack(cuda, stack));
    stacks.set(stack, found);
    return found;
  };
}

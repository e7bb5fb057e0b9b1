/** Which waits the program does not make, so that buffers of a bound may be live together; and which one would help most. */
import {UsageError} from '../../model/errors.ts';
import type {ProblemColumns} from '../../model/problem.ts';
import {findCarriedPairs, noPairs} from '../step/carried-pairs.ts';
import {BufferRows} from '../step/rows.ts';
import type {StepProblem} from '../step/step.ts';
import {stepWindow} from '../step/window.ts';
import {timelineOf} from '../timeline/device-timeline.ts';
import {NONE, type Trace} from '../trace.ts';
import type {AddedWait} from './linear.ts';
import {streamNames, streamsOf} from './streams.ts';

/** A piece of a buffer in a set of which each two may be live together, as `concurrencyBoundOf` has it. */
export interface UnorderedPiece {
  readonly buffer: number;
  /** Which piece of its lifetime, from 0. */
  readonly piece: number;
  /** 0, or 1 for the iteration after. */
  readonly iteration: number;
}

/** `stream` never waits for `waitsFor` after `after` is used there for the last time, and before `before` is allocated. */
export interface MissingWait {
  readonly stream: string;
  readonly waitsFor: string;
  /** Buffers of the problem. The host frees the first before it allocates the second. */
  readonly after: number;
  readonly before: number;
}

/** A wait that the program does not make, and what no plan could undercut if it did. */
export interface HelpfulWait extends MissingWait {
  /** Bytes. */
  readonly lowerBound: number;
}

/** A lower bound and its buffers: `concurrencyBoundOf` of the planner. */
export type BoundOf = (problem: ProblemColumns) => {
  readonly lowerBound: number;
  readonly antichain: readonly UnorderedPiece[];
};

export interface MissingWaits {
  /** Bytes: the bound as the recording has it. */
  readonly lowerBound: number;
  /** The buffers that make it: each two may be live together. Ascending, each once. */
  readonly buffers: readonly number[];
  /** For each two streams: the wait that keeps most bytes of them apart, the heaviest first. */
  readonly missing: readonly MissingWait[];
  /** The one added wait that lowers the bound most; absent where none of those tried lowers it. */
  readonly best?: HelpfulWait;
  /** Waits that were tried, of those that could be. */
  readonly tried: number;
  readonly candidates: number;
}

export interface MissingWaitOptions {
  /** Added waits to try at most. Default 32. */
  readonly most?: number;
  /** Milliseconds after which no other is tried. Default 5000. */
  readonly timeLimitMs?: number;
}

/**
 * The waits that are missing among the buffers of a step's bound. An added wait is tried right before an allocation: there, it orders the
 * most work.
 * @throws {UsageError} for a step without an order of streams (`StepProblem.concurrency`).
 * @example
 * ```js
 * import {concurrencyBoundOf} from 'stowage';
 * import {importFile, missingWaits, stepProblem} from 'stowage/trace';
 *
 * const log = [
 *   {schema: 'stowage.events/1', device: 'cuda:0'},
 *   {event: 'sync'},
 *   {event: 'malloc', address: 1, size: 5, stream: 0},
 *   {event: 'free', address: 1},
 *   {event: 'malloc', address: 1, size: 2, stream: 1},
 *   {event: 'free', address: 1},
 * ].map(line => JSON.stringify(line)).join('\n');
 * const {trace} = await importFile({name: 'log', data: new TextEncoder().encode(log)});
 * const {lowerBound, best} = missingWaits(trace, stepProblem(trace), concurrencyBoundOf);
 * console.log(lowerBound, best.lowerBound, best.stream, best.waitsFor);
 * // prints 7 5 stream 1 stream 0
 * ```
 */
export function missingWaits(
  trace: Trace,
  step: StepProblem,
  boundOf: BoundOf,
  {most = 32, timeLimitMs = 5000}: MissingWaitOptions = {},
): MissingWaits {
  if (!step.concurrency) throw new UsageError('missingWaits: expected a step with an order of streams');
  const end = performance.now() + timeLimitMs;
  const {lowerBound, antichain} = boundOf(step.problem);
  const candidates = candidatesOf(trace, step, antichain);
  const tried: HelpfulWait[] = [];
  for (const {wait, added} of candidates.slice(0, most)) {
    if (performance.now() > end) break;
    tried.push({...wait, lowerBound: boundOf(withWait(trace, step, added)).lowerBound});
  }
  const best = tried.reduce<HelpfulWait | undefined>(
    (least, one) => (one.lowerBound < (least?.lowerBound ?? lowerBound) ? one : least),
    undefined,
  );
  return {
    lowerBound,
    buffers: [...new Set(antichain.map(({buffer}) => buffer))].sort((a, b) => a - b),
    missing: heaviestOfStreams(candidates.map(({wait}) => wait)),
    ...(best ? {best} : {}),
    tried: tried.length,
    candidates: candidates.length,
  };
}

interface Candidate {
  readonly wait: MissingWait;
  readonly added: AddedWait;
  /** Bytes that it may order, at most: of the buffers before, or of those behind. */
  readonly bytes: number;
}

/** One for each allocation and stream that it does not wait for, those that may order most bytes first. */
function candidatesOf(trace: Trace, step: StepProblem, antichain: readonly UnorderedPiece[]): Candidate[] {
  const {problem, blocks, device} = step;
  const number = trace.devices.indexOf(device);
  const streams = streamsOf(trace);
  const own = Uint32Array.from(streams.device.keys()).filter(stream => streams.device[stream] === number);
  const names = streamNames(trace, number, own);
  const numberOf = new Map(names.map((name, i) => [name, own[i]!]));
  const nameOf = new Map(names.map((name, i) => [own[i]!, name]));
  const found = new Map<string, {candidate: Candidate; before: number}>();
  for (const [x, y, columns] of brokenPairs(step, antichain)) {
    const event = trace.blocks.mallocEvent[blocks[y.buffer]!]!;
    if (event === NONE) continue;
    const stream = streams.ofBlock[blocks[y.buffer]!]!;
    for (const column of columns) {
      const waitsFor = problem.constraints!.clocks!.streams[column]!;
      if (numberOf.get(waitsFor) === stream) continue;
      const key = `${event} ${waitsFor}`;
      const known = found.get(key);
      const before = (known?.before ?? 0) + problem.size[x.buffer]!;
      const isHeavier = !known || problem.size[x.buffer]! > problem.size[known.candidate.wait.after]!;
      const wait = isHeavier
        ? {stream: nameOf.get(stream)!, waitsFor, after: x.buffer, before: y.buffer}
        : known.candidate.wait;
      const added = {event, stream, waitsFor: numberOf.get(waitsFor)!};
      found.set(key, {candidate: {wait, added, bytes: Math.min(before, problem.size[y.buffer]!)}, before});
    }
  }
  const all = [...found.values()].map(({candidate}) => candidate);
  return all.sort(
    (a, b) => b.bytes - a.bytes || a.added.event - b.added.event || a.added.waitsFor - b.added.waitsFor,
  );
}

/** Pairs that the host has one after the other, with the streams on which the later one does not wait for the earlier one. */
function* brokenPairs(
  {problem, ticks}: StepProblem,
  antichain: readonly UnorderedPiece[],
): Generator<[UnorderedPiece, UnorderedPiece, number[]]> {
  const {streams, birth, death, next} = problem.constraints!.clocks!;
  const {start, end, gapIndex, gapStart, gapEnd} = problem;
  const placed = antichain.map(piece => {
    const {buffer, iteration} = piece;
    const [from, to] = [gapIndex[buffer]!, gapIndex[buffer + 1]!];
    const gap = from + piece.piece;
    return {
      piece,
      row: buffer + gap,
      start: (gap === from ? start[buffer]! : gapEnd[gap - 1]!) + iteration * ticks,
      end: (gap === to ? end[buffer]! : gapStart[gap]!) + iteration * ticks,
    };
  });
  for (const x of placed)
    for (const y of placed) {
      if (x.end > y.start || x === y) continue;
      const born = x.piece.iteration < y.piece.iteration ? next : birth;
      const broken = [...streams.keys()].filter(
        u => born && death[x.row * streams.length + u]! > born[y.row * streams.length + u]!,
      );
      if (broken.length > 0) yield [x.piece, y.piece, broken];
    }
}

/** Those that come first, one for each two streams. */
function heaviestOfStreams(waits: readonly MissingWait[]): MissingWait[] {
  const known = new Map<string, MissingWait>();
  for (const wait of waits) {
    const key = `${wait.stream}\n${wait.waitsFor}`;
    if (!known.has(key)) known.set(key, wait);
  }
  return [...known.values()];
}

/** The step's problem as if the program made one wait more. */
function withWait(trace: Trace, step: StepProblem, added: AddedWait): ProblemColumns {
  const timeline = timelineOf(trace, trace.devices.indexOf(step.device));
  const index = timeline.iterations.iterations.findIndex(({number}) => number === step.iteration);
  const window = stepWindow(timeline, index, step.rules);
  const isCyclic = step.lifetimes === 'cyclic';
  const rows = new BufferRows(window, isCyclic ? findCarriedPairs(window) : noPairs(), isCyclic);
  const {problem} = step;
  return {...problem, constraints: {...problem.constraints, clocks: rows.clocks(added)!.clocks}};
}

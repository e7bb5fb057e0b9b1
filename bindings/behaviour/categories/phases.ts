/** The phase of each allocation of a device, and the runs of allocations of one phase. */
import {firstIndex} from '../../model/binary-search.ts';
import {PHASES, type Phase} from '../../model/buffer-facts.ts';
import type {CudaFrame} from '../../trace/cuda.ts';
import type {DeviceTimeline} from '../../trace/timeline/device-timeline.ts';
import {MALLOC, NONE, type Trace} from '../../trace/trace.ts';
import {allocationEntries, framesOfStack} from '../frames.ts';
import {isOperator, OPTIMIZER_SPAN, phaseOfFrames, phaseOfOperation} from './phase-names.ts';

export const FORWARD = PHASES.indexOf('forward');
export const BACKWARD = PHASES.indexOf('backward');
export const OPTIMIZER = PHASES.indexOf('optimizer');
export const UNKNOWN = PHASES.indexOf('unknown');

/** Allocations at positions `[start, end)` of the device's memory events, all of one phase. */
export interface PhaseRun {
  readonly phase: Phase;
  readonly start: number;
  readonly end: number;
  readonly mallocs: number;
}

/** A run of the forward of up to this part of the backward before it, and followed by more of it, belongs to it. */
const WITHIN_BACKWARD = 0.25;

/** Per block of the trace: index into `PHASES`, by names alone. All unknown where nothing shows that a network runs. */
export function phasesOfBlocks({trace, blocks}: DeviceTimeline): Uint8Array {
  const phases = new Uint8Array(trace.blocks.count).fill(UNKNOWN);
  const byStack = stackPhases(trace);
  const inSpan = optimizerTimes(trace);
  const {operation, path, mallocEvent} = trace.blocks;
  let isNetwork = false;
  for (const block of blocks) {
    const name = trace.operations[operation[block]!]!;
    const forward = path ? trace.paths![path[block]!]!.forward : '';
    const event = mallocEvent[block]!;
    const byNames = phaseOfOperation(name, forward);
    let phase = byNames;
    if (event !== NONE && inSpan(trace.events.time[event]!)) phase = 'optimizer';
    else if (byNames !== 'backward' && byNames !== 'optimizer') phase = byStack(block) ?? byNames;
    isNetwork ||= phase === 'backward' || phase === 'optimizer' || isOperator(name);
    phases[block] = PHASES.indexOf(phase);
  }
  return isNetwork ? phases : phases.fill(UNKNOWN);
}

/** The phase by the frames of a block; undefined where it has none. */
function stackPhases(trace: Trace): (block: number) => Phase | undefined {
  const {cuda} = trace;
  if (!cuda) return () => undefined;
  const entries = allocationEntries(trace);
  const known = new Map<number, Phase | undefined>();
  return block => {
    const entry = entries[block]!;
    if (entry === NONE) return undefined;
    const stack = cuda.entries.stack[entry]!;
    if (!known.has(stack)) {
      const frames: readonly CudaFrame[] = framesOfStack(cuda, stack);
      known.set(stack, frames.length === 0 ? undefined : phaseOfFrames(frames));
    }
    return known.get(stack);
  };
}

/** Whether a time is in a span of the optimizer. Spans of one thread neither begin nor end together. */
export function optimizerTimes({annotations}: Trace): (time: number) => boolean {
  const spans = annotations.filter(({name, end}) => OPTIMIZER_SPAN.test(name) && end > 0);
  spans.sort((a, b) => a.start - b.start);
  return time => {
    const after = firstIndex(0, spans.length, k => spans[k]!.start > time);
    return after > 0 && time <= spans[after - 1]!.end;
  };
}

/** The runs of a device in order of time. What is unknown belongs to the run before it. */
export function phaseRuns({trace, memory}: DeviceTimeline, phases: Uint8Array): PhaseRun[] {
  const {kind, block} = trace.events;
  const runs: {phase: Phase; start: number; end: number; mallocs: number}[] = [];
  for (let position = 0; position < memory.count; position++) {
    const event = memory.event[position]!;
    const phase = phases[block[event]!]!;
    if (kind[event] !== MALLOC || phase === UNKNOWN) continue;
    const last = runs.at(-1);
    if (last && PHASES.indexOf(last.phase) === phase) {
      last.mallocs++;
      last.end = position + 1;
    } else runs.push({phase: PHASES[phase]!, start: position, end: position + 1, mallocs: 1});
  }
  return joined(runs);
}

/** Few allocations of the forward between two parts of a backward are its own: sums of gradients, hooks. */
function joined(runs: readonly PhaseRun[]): PhaseRun[] {
  const kept: PhaseRun[] = [];
  for (const [k, run] of runs.entries()) {
    const before = kept.at(-1);
    const isWithin =
      before?.phase === 'backward' &&
      (run.phase === 'backward' ||
        (run.phase === 'forward' &&
          runs[k + 1]?.phase === 'backward' &&
          run.mallocs <= WITHIN_BACKWARD * before.mallocs));
    if (isWithin) {
      kept[kept.length - 1] = {...before, end: run.end, mallocs: before.mallocs + run.mallocs};
    } else kept.push(run);
  }
  return kept;
}

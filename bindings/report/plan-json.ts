/** The `stowage.plan/1` contract, documented in `docs/plan-json.md`: the command line prints it, the page saves it. */
import {
  type EvidenceJson,
  evidenceJson,
  evidenceOf,
  type RecordingPeak,
  recordingPeakOf,
} from '../evidence/index.ts';
import type {Obstacle, Plan, PlanArena, PlanPart} from '../model/plan.ts';
import type {ProblemColumns} from '../model/problem.ts';
import type {ReadProblem} from '../trace/importers/importer.ts';
import type {StepProblem} from '../trace/step/step.ts';
import type {Trace} from '../trace/trace.ts';
import {type SharingJson, sharingJson} from './sharing.ts';

/** Fields of a plan with parts, pools, separation or in-place pairs. */
interface ConstrainedJson {
  readonly arenas?: readonly (Omit<PlanArena, 'capacity'> & {readonly capacity: number | null})[];
  readonly parts?: readonly PlanPart[];
  readonly arenaOf?: readonly number[];
  readonly cost?: number;
  readonly costBound?: number;
  readonly inPlace?: readonly {readonly input: number; readonly output: number}[];
  readonly obstacle?: Omit<Obstacle, 'buffer'> & {readonly buffer: number | null};
}

/** Where a problem comes from. */
export interface SourceJson {
  readonly file: string;
  readonly format: string;
  readonly iteration: number | 'window' | null;
  readonly lifetimes: 'linear' | 'cyclic' | null;
  readonly device: string | null;
}

/** What planning came to, without times of the machine. */
export interface OutcomeJson {
  readonly capacity: number | null;
  readonly lowerBound: number;
  readonly peak: number | null;
  readonly status: Plan['status'];
  readonly algorithm: string;
  readonly seed: number;
  readonly nodes: number;
}

/** The fields of every plan; the command line adds those that options request. */
export interface PlanJson extends OutcomeJson, ConstrainedJson {
  readonly schema: 'stowage.plan/1';
  readonly source: SourceJson;
  readonly buffers: number;
  readonly carried: {readonly in: number; readonly out: number; readonly matched: number};
  readonly persistentBytes: number;
  /** Null where it is no trace. */
  readonly recordedLoad: number | null;
  /** The part of the file that peak and lower bound hold for, and the assumptions. */
  readonly evidence: EvidenceJson;
  /** The peak of the whole recording; null where it is no trace. */
  readonly recording: RecordingPeak | null;
  readonly seconds: {
    readonly import: number;
    readonly start: number;
    readonly solve: number;
    readonly verify: number;
    readonly total: number;
  };
  readonly warnings: readonly string[];
  /** Buffers that share memory in the plan that came with the file, and in this one. */
  readonly sharing?: SharingJson;
  readonly offsets?: readonly number[];
}

/** A plan with its source. */
export interface Planned {
  readonly file: string;
  readonly format: string;
  readonly problem: ProblemColumns;
  /** For a trace; absent for a problem that was read as it is. */
  readonly step?: StepProblem;
  readonly trace?: Trace;
  /** For a problem that was read as it is, where its file states shared memory. */
  readonly read?: Pick<ReadProblem, 'sharing' | 'isCut'>;
  readonly plan: Plan;
  /** Bytes; absent where none was given. */
  readonly capacity?: number;
  readonly importSeconds: number;
  readonly warnings: readonly string[];
}

export function planJson(planned: Planned, withOffsets: boolean): PlanJson {
  const {problem, step, read, plan, importSeconds, warnings} = planned;
  const {start, solve, verify} = plan.seconds;
  return {
    schema: 'stowage.plan/1',
    source: sourceJson(planned),
    buffers: problem.count,
    carried: step?.carried ?? {in: 0, out: 0, matched: 0},
    persistentBytes: step?.persistent.bytes ?? 0,
    recordedLoad: step?.recordedLoad ?? null,
    ...outcomeJson(planned),
    evidence: evidenceJson(evidenceOf(planned)),
    recording: recordingOf(planned),
    seconds: {import: importSeconds, start, solve, verify, total: importSeconds + start + solve + verify},
    warnings,
    ...(read?.sharing ? {sharing: sharingJson(problem, read.sharing)} : {}),
    ...constrainedJson(problem, plan, withOffsets),
    ...(withOffsets ? {offsets: [...plan.offsets]} : {}),
  };
}

/** Null where it is no trace. */
export function recordingOf({trace, step}: Pick<Planned, 'trace' | 'step'>): RecordingPeak | null {
  return trace && step ? recordingPeakOf(trace, step) : null;
}

export function sourceJson({file, format, step}: Pick<Planned, 'file' | 'format' | 'step'>): SourceJson {
  return {
    file,
    format,
    iteration: step?.iteration ?? null,
    lifetimes: step?.lifetimes ?? null,
    device: step?.device.name ?? null,
  };
}

export function outcomeJson({plan, capacity}: Pick<Planned, 'plan' | 'capacity'>): OutcomeJson {
  const {lowerBound, peak, status, algorithm, seed, nodes} = plan;
  return {
    capacity: capacity ?? null,
    lowerBound,
    peak: Number.isNaN(peak) ? null : peak,
    status,
    algorithm,
    seed,
    nodes,
  };
}

function constrainedJson(problem: ProblemColumns, plan: Plan, withOffsets: boolean): ConstrainedJson {
  const {arenas, arenaOf, cost, costBound, obstacle, parts} = plan;
  return {
    ...(arenas ? {arenas: arenas.map(arena => ({...arena, capacity: arena.capacity ?? null}))} : {}),
    ...(parts ? {parts} : {}),
    ...(arenaOf && withOffsets ? {arenaOf: [...arenaOf]} : {}),
    ...(cost === undefined ? {} : {cost}),
    ...(costBound === undefined ? {} : {costBound}),
    ...(plan.inPlace ? {inPlace: plan.inPlace.map(k => pairOf(problem, k))} : {}),
    ...(obstacle ? {obstacle: {...obstacle, buffer: obstacle.buffer ?? null}} : {}),
  };
}

function pairOf({constraints}: ProblemColumns, k: number): {input: number; output: number} {
  const {input, output} = constraints!.inPlace![k]!;
  return {input, output};
}

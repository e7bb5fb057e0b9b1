/** Plans the problem of the open file, in the planning worker. */
import type {Plan, PlanOptions} from '../../../bindings/index.ts';
import {type Bytes, type ProblemColumns, withoutReuse} from '../../../bindings/model/problem.ts';
import type {Picture} from '../../../bindings/pictures/picture.ts';
import {type CudaReport, cudaReport, sharingSentences} from '../../../bindings/report.ts';
import {
  describeConcurrency,
  describeRecoverable,
  describeScope,
  evidenceOf,
  type Imported,
  noPlan,
} from '../../../bindings/trace.ts';
import type {Board} from '../../canvas/board.ts';
import type {Face} from '../../canvas/face.ts';
import {type ChangesInfo, changesInfo} from '../../document/changed.ts';
import type {TimeAxis} from '../../document/clock.ts';
import type {OpenFile} from '../../document/open-file.ts';
import {type TaskOptions, taskOf} from '../../document/plan-task.ts';
import type {BesideKind} from '../../document/planned.ts';
import {beforePicture, planPicture} from '../../views/plan.ts';
import {isCancelled, type Listener} from '../link.ts';
import type {PlanningLink} from '../planning-link.ts';
import type {PlanInThreads, PlanProgress} from '../planning-worker.ts';
import {setByAxis} from './by-axis.ts';

/** The facts that the page shows about a problem before it is planned. */
export interface TaskInfo {
  readonly buffers: number;
  readonly iteration: number | 'window' | undefined;
  /** The part that is planned, and the plans that a proof about it is of: `no plan of iteration 4`. */
  readonly scope: string;
  readonly noPlan: string;
  readonly lifetimes: 'cyclic' | 'linear' | undefined;
  readonly persistent: {readonly count: number; readonly bytes: Bytes};
  /** Bytes that are not planned: of persistent blocks, or of a model's weights. */
  readonly beside: Bytes;
  readonly alignment: Bytes;
  /** Bytes of all buffers one behind the other. */
  readonly withoutReuse: Bytes;
  readonly lowerBound: Bytes;
  /** The moment of the problem's first tick. */
  readonly firstMoment: number;
  readonly warnings: readonly string[];
  /** How the recorded waits order the streams, in words: `2; 3 waits recorded …`; undefined where nothing was recorded of it. */
  readonly concurrency: string | undefined;
  /** What the file's own plan states about shared memory; undefined where it states nothing. */
  readonly sharing: SharingInfo | undefined;
  /** Undefined where nothing is changed. */
  readonly changes: ChangesInfo | undefined;
}

export interface SharingInfo {
  readonly sentences: readonly string[];
  /** What a plan is that reaches the lower bound. */
  readonly claim: string;
  readonly isExplained: boolean;
}

export interface PlanInfo {
  readonly peak: Bytes;
  readonly lowerBound: Bytes;
  readonly status: Plan['status'];
  readonly algorithm: string;
  readonly seconds: number;
  readonly nodes: number;
  /** That worked on it; undefined where planning was stopped. */
  readonly threads: number | undefined;
  /** Whether planning was stopped: the best plan until then. */
  readonly isCut: boolean;
  readonly clash: readonly [number, number] | undefined;
}

/** What a plan of the whole recording would recover, with the words for it. */
export interface RecoverInfo extends CudaReport {
  readonly words: string;
}

/** Fields that are undefined count as absent. */
export type PageOptions = {
  readonly [Name in 'algorithm' | 'capacity' | 'timeLimitMs' | 'minimize']: PlanOptions[Name] | undefined;
};

function sharingOf(imported: Imported): SharingInfo | undefined {
  if (imported.kind === 'trace' || !imported.sharing) return undefined;
  const {problem, sharing} = imported;
  const isExplained = sharing.unexplained.length === 0;
  return {
    sentences: sharingSentences(problem, sharing),
    claim: isExplained
      ? 'proven: no plan with the same sharing is smaller'
      : 'the smallest only if the buffers of unexplained overlaps are meant to be apart',
    isExplained,
  };
}

/** How far planning is. */
export interface PlanningNews extends Omit<PlanProgress, 'better'> {
  /** Whether a better plan was found since the news before. */
  readonly isBetter: boolean;
}

export class PlanHandler {
  readonly #file: OpenFile;
  readonly #board: Board;
  readonly #planning: PlanningLink;

  constructor(file: OpenFile, board: Board, planning: PlanningLink) {
    this.#file = file;
    this.#board = board;
    this.#planning = planning;
  }

  /** Bounds are computed in the planning worker too: its memory ends with it, and the memory of a core never shrinks. */
  async prepare(options: TaskOptions): Promise<TaskInfo> {
    const {imported, device, planned} = this.#file;
    const task = taskOf(imported, device, options);
    const {problem, step, firstMoment, warnings} = task;
    const bounds = await this.#planning.worker.ask(worker => worker.bounds(withoutNames(problem)));
    planned.begin(task, bounds);
    const evidence = evidenceOf(
      imported.kind === 'problem' ? {read: imported} : {trace: imported.trace, ...(step ? {step} : {})},
    );
    return {
      buffers: problem.count,
      iteration: step?.iteration,
      scope: describeScope(evidence.scope),
      noPlan: noPlan(evidence),
      lifetimes: step?.lifetimes,
      persistent: step?.persistent ?? {count: 0, bytes: 0},
      beside: step ? step.persistent.bytes : imported.kind === 'problem' ? (imported.weightBytes ?? 0) : 0,
      alignment: problem.defaultAlignment ?? 1,
      withoutReuse: withoutReuse(problem),
      lowerBound: bounds.lowerBound,
      firstMoment,
      warnings,
      concurrency: step?.concurrency && describeConcurrency(step.concurrency),
      sharing: sharingOf(imported),
      changes: changesInfo(task),
    };
  }

  /**
   * Keeps every better plan, and the last of them where planning is stopped.
   * @param isBase whether the problem is the one of the file, without changes.
   */
  async solve(options: PageOptions, isBase: boolean, onNews: Listener<PlanningNews>): Promise<PlanInfo> {
    const {planned} = this.#file;
    const task = planned.ready();
    const onProgress = ({better, ...progress}: PlanProgress) => {
      if (better && planned.task === task) planned.plan = better;
      onNews({...progress, isBetter: better !== undefined});
    };
    const problem = withoutNames(task.problem);
    try {
      const plan = await this.#planning.worker.follow<PlanProgress, PlanInThreads>(
        (worker, listener) => worker.plan(problem, defined(options), listener),
        onProgress,
      );
      if (planned.task === task) planned.plan = plan;
      if (isBase) planned.base = {task, plan};
      return infoOf(plan, plan.threads);
    } catch (error) {
      if (planned.task !== task || !planned.plan || !isCancelled(error)) throw error;
      return infoOf(planned.plan, undefined);
    }
  }

  /** How much of a CUDA program's memory a plan would recover, and whether a failed request had to fail. */
  async recover(options: PageOptions): Promise<RecoverInfo | undefined> {
    const {imported, planned} = this.#file;
    const {task = planned.ready(), plan} = planned;
    if (imported.kind !== 'trace' || !task.step || !plan) return undefined;
    const solve = (problem: ProblemColumns) =>
      this.#planning.worker.ask(worker => worker.plan(withoutNames(problem), defined(options)));
    const cuda = await cudaReport({trace: imported.trace, step: task.step}, plan, solve);
    if (planned.task === task) planned.cuda = cuda;
    return cuda && {...cuda, words: describeRecoverable(cuda.recoverable)};
  }

  /** Undefined while there is no plan with offsets. */
  face(capacity: Bytes | undefined, axis: TimeAxis): Face | undefined {
    const {planned} = this.#file;
    const input = planned.packing(capacity);
    return input && this.#set('plan', planPicture(planned.ready(), input), axis);
  }

  /** The same buffers as they were placed otherwise; undefined where nothing is known of that. */
  faceBeside(kind: BesideKind, axis: TimeAxis): Face | undefined {
    const {planned} = this.#file;
    const before = planned.before(kind);
    const input = planned.packing();
    return before && input && this.#set('before', beforePicture(planned.ready(), input, before), axis);
  }

  #set(key: string, picture: Picture, axis: TimeAxis): Face {
    const {clock, planned} = this.#file;
    return setByAxis(
      this.#board,
      key,
      picture,
      axis === 'clock' ? clock : undefined,
      planned.ready().firstMoment,
    );
  }
}

/** @param threads undefined where planning was stopped. */
function infoOf(plan: Plan, threads: number | undefined): PlanInfo {
  const {peak, lowerBound, status, algorithm, seconds, nodes, clash} = plan;
  return {
    peak,
    lowerBound,
    status,
    algorithm,
    seconds: seconds.solve,
    nodes,
    threads,
    isCut: threads === undefined,
    clash: clash ? [clash.a, clash.b ?? clash.a] : undefined,
  };
}

/** A million names take longer to send than to plan, and no plan depends on them. */
function withoutNames({ids: _, ...problem}: ProblemColumns): ProblemColumns {
  return problem;
}

/** The planner refuses fields without a value. */
function defined(options: PageOptions): PlanOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

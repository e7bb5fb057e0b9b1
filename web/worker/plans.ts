/** The plans of a session: what is asked of the worker for long work, and what came of it. */
import {type AllocatorChoice, parseAllocator, type Trial} from '../../bindings/allocators/index.ts';
import type {Bounds, Plan, PlanOptions} from '../../bindings/index.ts';
import type {Bytes, ProblemColumns} from '../../bindings/model/problem.ts';
import {type CudaReport, cudaReport} from '../../bindings/report/cuda-report.ts';
import type {Imported} from '../../bindings/trace.ts';
import {
  type Before,
  type OwnRequests,
  ownRequests,
  type PlanTask,
  recordedChoice,
  recordedOffsets,
  type TaskOptions,
  taskOf,
  withoutPlanning,
} from '../document/plan-task.ts';
import {type CallContext, Remote} from '../rpc.ts';
import type {PlanProgress, Work} from './planning-worker.ts';

/** What the page shows of a problem before it is planned. */
export interface TaskInfo {
  readonly buffers: number;
  readonly iteration: number | 'window' | undefined;
  readonly lifetimes: 'cyclic' | 'linear' | undefined;
  readonly persistent: {readonly count: number; readonly bytes: Bytes};
  readonly alignment: Bytes;
  /** Bytes that it takes where nothing is ever reused. */
  readonly naive: Bytes;
  readonly lowerBound: Bytes;
  readonly load: Bytes;
  /** The moments at which the lower bound stands. */
  readonly boundFrom: number;
  readonly boundTo: number;
  readonly firstMoment: number;
  readonly warnings: readonly string[];
}

export interface PlanInfo {
  readonly peak: Bytes;
  readonly lowerBound: Bytes;
  readonly status: Plan['status'];
  readonly algorithm: string;
  readonly seconds: number;
  readonly nodes: number;
  /** Whether it was cancelled: the best until then. */
  readonly isCut: boolean;
  readonly clash: readonly [number, number] | undefined;
}

export interface PlanRequest {
  readonly options: Pick<PlanOptions, 'algorithm' | 'capacity' | 'timeLimitMs' | 'seed' | 'minimize'>;
}

export type Told = Omit<PlanProgress, 'better'>;

/** What a model of an allocator came to. */
export interface ModelInfo {
  readonly name: string;
  readonly reserved: Bytes;
  readonly allocated: Bytes;
  readonly stranded: Bytes;
  readonly segments: number;
  readonly failed: number;
}

const NOT_READY = {name: 'Cancelled', message: 'cancelled'};

export class Plans {
  readonly #imported: Imported;
  readonly #device: number;
  #work: Remote<Work['methods']> | undefined;
  #requests: OwnRequests | undefined;
  task: PlanTask | undefined;
  bounds: Bounds | undefined;
  plan: Plan | undefined;
  /** Of the problem without any change. */
  base: Plan | undefined;
  baseTask: PlanTask | undefined;
  model: Before | undefined;
  cuda: CudaReport | undefined;

  constructor(imported: Imported, device: number) {
    this.#imported = imported;
    this.#device = device;
  }

  /** Work goes to the worker behind this port from now on; what was under way is over. */
  connect(port: MessagePort): void {
    this.#work?.fail(NOT_READY);
    this.#work = new Remote(port);
  }

  /** The bounds come from the worker for long work: its memory goes with it, and a core's never shrinks. */
  async prepare(options: TaskOptions): Promise<TaskInfo> {
    const task = taskOf(this.#imported, this.#device, options);
    const bounds = await this.#worker().call('bounds', {problem: withoutNames(task.problem)});
    this.task = task;
    this.bounds = bounds;
    this.plan = undefined;
    this.cuda = undefined;
    const {problem, step, firstMoment} = task;
    return {
      buffers: problem.count,
      iteration: step?.iteration,
      lifetimes: step?.lifetimes,
      persistent: step?.persistent ?? {count: 0, bytes: 0},
      alignment: problem.defaultAlignment ?? 1,
      naive: withoutPlanning(problem),
      lowerBound: bounds.lowerBound,
      load: bounds.load,
      boundFrom: bounds.start + firstMoment,
      boundTo: bounds.end + firstMoment,
      firstMoment,
      warnings: task.warnings,
    };
  }

  /** Tells every better plan; the last one told is kept where the work is cut short. */
  async solve({options}: PlanRequest, isBase: boolean, tell: CallContext['tell']): Promise<PlanInfo> {
    const task = this.#ready();
    const given = defined(options);
    const onProgress = ({better, ...told}: PlanProgress) => {
      if (better && this.task === task) this.plan = better;
      tell({...told, isBetter: better !== undefined} satisfies Told & {isBetter: boolean});
    };
    try {
      const plan = await this.#worker().call(
        'plan',
        {problem: withoutNames(task.problem), options: given},
        onProgress,
      );
      if (this.task === task) this.plan = plan;
      if (isBase) [this.base, this.baseTask] = [plan, task];
      return infoOf(plan, false);
    } catch (error) {
      if (!this.plan || !isCancelled(error)) throw error;
      return infoOf(this.plan, true);
    }
  }

  /** What could be recovered of a CUDA program's memory, and whether a failed request had to fail. */
  async recover({options}: PlanRequest): Promise<CudaReport | undefined> {
    const {step} = this.#ready();
    if (this.#imported.kind !== 'trace' || !step || !this.plan) return undefined;
    const solve = (problem: ProblemColumns) =>
      this.#worker().call('plan', {problem: withoutNames(problem), options: defined(options)});
    const task = this.task;
    const cuda = await cudaReport({trace: this.#imported.trace, step}, this.plan, solve);
    if (this.task === task) this.cuda = cuda;
    return cuda;
  }

  /** Undefined where nothing was recorded to compare with. */
  before(kind: Before['kind'] | 'base'): Before | undefined {
    const task = this.#ready();
    if (kind === 'model') return this.model;
    if (kind !== 'base') return recordedOffsets(this.#imported, task);
    if (!this.base || !this.baseTask) return undefined;
    return {
      kind: 'reference',
      name: 'the plan without changes',
      offsets: this.base.offsets,
      extent: this.base.peak,
    };
  }

  /** Replays the recording on a model, and notes where it puts the buffers of the problem. */
  async replay(text: string, capacity: Bytes | undefined): Promise<ModelInfo> {
    const task = this.#ready();
    const {requests, itemOf} = this.requests();
    const choice = text === '' ? recordedChoice(this.#imported) : parseAllocator(text);
    const {replayed, offsets} = await this.#worker().call('replay', {requests, choice, capacity});
    const {most, failed} = replayed;
    const byItem = new Map<number, number>();
    for (const [block, item] of itemOf.entries()) if (item >= 0) byItem.set(item, offsets[block]!);
    const placed = Float64Array.from(
      {length: task.problem.count},
      (_, i) => byItem.get(task.itemOf(i)) ?? Number.NaN,
    );
    const isWhole = !placed.some(Number.isNaN);
    this.model = isWhole
      ? {kind: 'model', name: `a model of ${choice.name}`, offsets: placed, extent: most.reserved}
      : undefined;
    return {...most, name: nameOf(choice), failed: failed.length};
  }

  trySettings(text: string, capacity: Bytes | undefined): Promise<Trial[]> {
    const {requests} = this.requests();
    const choice = text === '' ? recordedChoice(this.#imported) : parseAllocator(text);
    return this.#worker().call('trySettings', {requests, choice, capacity});
  }

  explain(top: number) {
    const {problem} = this.#ready();
    if (!this.plan) throw new Error('there is no plan to explain');
    return this.#worker().call('explain', {problem, offsets: this.plan.offsets, options: {}, top});
  }

  /** @throws where it is no recording. */
  requests(): OwnRequests {
    this.#requests ??= ownRequests(this.#imported, this.#device);
    if (!this.#requests) throw new Error('only a recording has requests to replay');
    return this.#requests;
  }

  /** Per item: where the plan has it, bytes; NaN where it has not. */
  offsetsByItem(count: number): Float64Array {
    const offsets = new Float64Array(count).fill(Number.NaN);
    if (!this.task || !this.plan) return offsets;
    for (const [buffer, offset] of this.plan.offsets.entries()) offsets[this.task.itemOf(buffer)] = offset;
    return offsets;
  }

  #ready(): PlanTask {
    if (!this.task) throw new Error('nothing is prepared to be planned');
    return this.task;
  }

  #worker(): Remote<Work['methods']> {
    if (!this.#work) throw new Error('no worker to plan in');
    return this.#work;
  }
}

function infoOf(plan: Plan, isCut: boolean): PlanInfo {
  const {peak, lowerBound, status, algorithm, seconds, nodes, clash} = plan;
  return {
    peak,
    lowerBound,
    status,
    algorithm,
    seconds: seconds.solve,
    nodes,
    isCut,
    clash: clash ? [clash.a, clash.b ?? clash.a] : undefined,
  };
}

/** A million names take longer to send than to plan, and no plan depends on them. */
function withoutNames({ids: _, ...problem}: ProblemColumns): ProblemColumns {
  return problem;
}

function isCancelled(error: unknown): boolean {
  const failure = (error as {failure?: {name: string}}).failure;
  return failure?.name === 'Cancelled';
}

function nameOf({name, settings}: AllocatorChoice): string {
  const list = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  return list.length === 0 ? name : `${name}: ${list.join(', ')}`;
}

/** Fields without a value are none: the planner refuses them. */
function defined<Options extends object>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options;
}

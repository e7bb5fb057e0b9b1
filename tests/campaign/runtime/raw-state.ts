/** What is known of a program's workers, blocks and plans while it runs, and the errors that name a call. */
import {CANARIES, type RawCase, type RawPlan} from './case.ts';
import {Engine} from './engine.ts';
import {Failure} from './failure.ts';

const CANARY = 16;
/** Bytes of a region that no block has: its records and its queue. */
const FIXED = 40_000;

export interface Block {
  readonly id: number;
  readonly worker: number;
  /** 0 where the host of a foreign heap serves it. */
  readonly address: number;
  readonly size: number;
  /** Owners that have not given it up, and how many of them may have by the queue. */
  owners: number;
  pending: number;
  /** The plan of the iteration in which it was allocated. */
  readonly plan: Installed | undefined;
  isDamaged: boolean;
  readonly row: number;
  readonly recording: number;
}

export interface Installed {
  readonly at: number;
  readonly columns: RawPlan;
  state: 'open' | 'sealed' | 'retired' | 'gone';
}

export interface Row {
  readonly key: number;
  readonly size: number;
  end: number;
  /** Its block was freed by the queue, at a time that only the owner knows. */
  isUncertain: boolean;
}

export class WorkerState {
  isIterating = false;
  isInterrupted = false;
  plan: Installed | undefined;
  readonly plans = new Map<number, Installed>();
  /** Every plan laid out, the last first. */
  readonly order: Installed[] = [];
  mallocs = 0;
  failed = 0;
  strays = 0;
  remote = 0;
  broken = 0;
  bypassed = 0;
  /** Addresses in its queue. */
  queued: number[] = [];
  recordings = 0;
  isRecording = false;
  rows: Row[] = [];
  borders: number[] = [];
  hasRows = false;
  /** Fallbacks before the iteration. */
  before = 0;
  used = 0;
}

export class RawState {
  readonly engine: Engine;
  readonly counts: Record<string, number> = {calls: 0, mallocs: 0, 'stray frees': 0, refused: 0, remote: 0};
  protected readonly task: RawCase;
  protected readonly workers: WorkerState[];
  /** All that were allocated, by id; those with owners. */
  protected readonly blocks = new Map<number, Block>();
  protected readonly live = new Set<Block>();
  protected at = 0;

  constructor(task: RawCase, isLogged: boolean) {
    this.task = task;
    const build = task.build === 'native' ? 'runtime' : task.build;
    this.engine = new Engine(build, task.workers, task.bytes, isLogged);
    this.workers = Array.from({length: task.workers}, () => new WorkerState());
  }

  protected where(): string {
    return `call ${this.at} ${JSON.stringify(this.task.calls[this.at] ?? 'end')}`;
  }

  protected fail(kind: string, message: string): never {
    throw new Failure(kind, `${this.where()}: ${message}`);
  }

  protected expect(kind: string, got: number, expected: number): void {
    if (got !== expected) this.fail(kind, `expected ${expected}, got ${got}`);
  }

  protected of(index: number): Block[] {
    return [...this.live].filter(({worker}) => worker === index);
  }

  protected guarded(size: number): number {
    return this.task.mode & CANARIES ? size + CANARY : size;
  }

  /** A refusal is right only where the region could be full: half of it is in use, or asked for. */
  protected checkShortage(index: number, size: number): void {
    const {bytes} = this.engine.regions[index]!;
    const used = this.engine.of(index, 'usedBytes');
    if (size + used < (bytes - FIXED) / 4)
      this.fail('refused', `${size} bytes, where ${used} of ${bytes} are in use`);
  }
}

export function rangeOf({columns: {arena, arenaBytes}}: Installed): readonly [from: number, to: number] {
  return [arena, arena + arenaBytes];
}

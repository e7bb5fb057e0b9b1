/**
 * Runs a program and judges it by the contract in docs/runtime.md alone: which blocks are live, what each call has to answer,
 * and that no byte of a live block is changed by anybody else. Which slot serves is not asked.
 */
import {Blocks} from './blocks.ts';
import {type Call, type CallName, FOREIGN, type RawCase} from './case.ts';
import type {Engine} from './engine.ts';
import {Failure} from './failure.ts';
import {WorkerState} from './raw-state.ts';

/** Every byte of every block is looked at after so many calls. */
const LOOK = 64;

/** Runs and judges. @returns counts; throws `Failure` */
export function judgeRaw(task: RawCase, isLogged = false): {engine: Engine; counts: Record<string, number>} {
  const run = new RawRun(task, isLogged);
  run.all();
  return {engine: run.engine, counts: run.counts};
}

class RawRun extends Blocks {
  all(): void {
    for (const index of this.workers.keys()) this.create(index);
    for (const call of this.task.calls) {
      try {
        this.perform(call);
      } catch (error) {
        if (error instanceof Failure) throw error;
        throw new Failure('trap', `${this.where()}: ${(error as Error).message}`);
      }
      this.at++;
      this.counts.calls!++;
      if (this.at % LOOK === 0) this.lookAtAll();
    }
    this.finish();
    this.engine.hashAll();
  }

  /** In memory that is zero, as it has to be. */
  protected create(index: number): void {
    const {base, bytes} = this.engine.regions[index]!;
    if (this.at > 0) this.engine.fill(0, base, bytes);
    if (!this.engine.create(index, this.task.alignmentBits, this.task.mode))
      this.fail('create', 'a region is refused');
    const worker = new WorkerState();
    this.workers[index] = worker;
    worker.used = this.engine.of(index, 'usedBytes');
    for (const block of this.of(index)) {
      this.live.delete(block);
      this.blocks.delete(block.id);
    }
  }

  protected perform([index, name, ...numbers]: Call): void {
    const [a = 0, b = 0, c = 0] = numbers;
    const worker = this.workers[index]!;
    const calls: Readonly<Record<CallName, () => void>> = {
      begin: () => this.begin(index, a),
      end: () => this.end(index),
      interrupt: () => {
        this.engine.of(index, 'interrupt');
        worker.isInterrupted = true;
      },
      resume: () => {
        this.engine.of(index, 'resume');
        worker.isInterrupted = false;
      },
      collect: () => this.collect(index),
      record: () => this.record(index),
      stopRecording: () => this.stopRecording(index),
      died: () => {
        this.engine.of(index, 'died', a);
        this.endRow(worker, worker.recordings, a);
      },
      malloc: () => this.malloc(index, a, b, c),
      free: () => this.freeBlock(index, 'free', a),
      reclaim: () => this.freeBlock(index, 'reclaim', a),
      retain: () => this.retain(index, a),
      covers: () => this.covers(index, a),
      damage: () => this.damage(a),
      freeAt: () => this.stray(index, 'free', this.addressOf(index, a, b)),
      retainAt: () => this.stray(index, 'retain', this.addressOf(index, a, b)),
      freeThere: () => this.freeThere(index, a, [b]),
      flood: () =>
        this.freeThere(
          index,
          a,
          Array.from({length: b}, (_, i) => 1 + 2 * i),
        ),
      newPlan: () => this.newPlan(index, a, this.task.plans[b]),
      seal: () => this.seal(index, a),
      retire: () => this.retire(index, a),
      read: () => this.read(index),
      create: () => this.create(index),
    };
    calls[name]();
  }

  protected begin(index: number, signature: number): void {
    const worker = this.workers[index]!;
    if (worker.isIterating) this.ended(worker);
    this.drained(index);
    this.border(worker);
    const plan = worker.order.find(
      ({state, columns}) => state === 'sealed' && columns.signature === signature,
    );
    const isBypassed = plan !== undefined && this.isDisturbed(index, plan);
    if (isBypassed) worker.bypassed++;
    worker.before = this.fallbacks(index);
    worker.isIterating = true;
    worker.plan = isBypassed ? undefined : plan;
    this.expect('begin', this.engine.of(index, 'begin', signature), worker.plan ? 1 : 0);
  }

  protected end(index: number): void {
    this.engine.of(index, 'end');
    const worker = this.workers[index]!;
    if (!worker.isIterating) return;
    this.ended(worker);
    this.drained(index);
  }

  protected ended(worker: WorkerState): void {
    worker.isIterating = false;
    worker.isInterrupted = false;
    worker.plan = undefined;
  }

  protected fallbacks(index: number): number {
    const {larger, blocked, extra, unknown} = this.engine.counters(index);
    return larger + blocked + extra + unknown;
  }

  protected read(index: number): void {
    const worker = this.workers[index]!;
    const counters = this.engine.counters(index);
    const served = counters.served + this.engine.of(index, 'servedNow');
    const {larger, blocked, extra, unknown, unmanaged, unplanned, failed, strays, remote, broken, bypassed} =
      counters;
    const all = served + larger + blocked + extra + unknown + unmanaged + unplanned;
    this.expect('counters of allocations', all, worker.mallocs);
    if (worker.isIterating)
      this.expect(
        'misses',
        this.engine.of(index, 'misses'),
        larger + blocked + extra + unknown - worker.before,
      );
    this.expect('failed', failed, worker.failed);
    this.expect('bypassed', bypassed, worker.bypassed);
    const hosted = this.task.mode & FOREIGN;
    const blocks = this.of(index).filter(({address}) => !hosted || address !== 0);
    const [most, least] = [
      blocks.filter(({owners}) => owners > 0),
      blocks.filter(b => b.owners - b.pending > 0),
    ];
    const live = this.engine.of(index, 'live');
    if (live > most.length || live < least.length)
      this.fail('live', `expected ${least.length} to ${most.length}, got ${live}`);
    if (worker.queued.length > 0) return;
    this.expect('strays', strays, worker.strays);
    this.expect('remote', remote, worker.remote);
    this.expect('broken', broken, worker.broken);
    const damaged = blocks.filter(({isDamaged, owners}) => isDamaged && owners > 0).length;
    this.expect('broken now', this.engine.of(index, 'broken'), damaged);
    if (this.engine.of(index, 'usedBytes') > this.engine.of(index, 'highWater'))
      this.fail('high water', 'is lower');
    this.compareRows(index);
  }

  /** All is freed, each block as often as it has owners; nothing is left. */
  protected finish(): void {
    this.lookAtAll();
    for (const index of this.workers.keys()) {
      this.read(index);
      this.collect(index);
    }
    for (const block of this.live) {
      if (block.address === 0) continue;
      while (block.owners > 0) this.freeBlock(block.worker, 'free', block.id);
    }
    for (const [index, worker] of this.workers.entries()) {
      this.end(index);
      this.stopRecording(index);
      this.read(index);
      for (const plan of worker.order) this.retire(index, plan.columns.signature);
      this.collect(index);
      const left = this.engine.of(index, 'usedBytes') - worker.used;
      if (left > 0 && !worker.hasRows) this.fail('leak', `${left} bytes are in use, and no block is live`);
    }
  }
}

/**
 * Random programs against the model, call for call: exact repeats, from which the runtime learns the order of calls, and
 * iterations with a difference at one place. Every answer, every counter and every byte of every block is compared.
 */
import assert from 'node:assert/strict';
import {ANSWER, COUNTERS, MODE, type RuntimeExports} from '../../bindings/runtime/instance.ts';
import {type Random, seeded} from '../random.ts';
import {Model, type ModelPlan} from './model.ts';
import {columnsOf, type Operation, type RandomProgram, randomProgram, UNKNOWN_KEY} from './programs.ts';

const PAGE = 1 << 16;
const BYTES = 1 << 22;
const SIGNATURE = 7;
const OTHER = 8;
/** Arenas of a foreign heap. */
const FOREIGN_ARENA = 1 << 24;

/** Those that have the accounts made at their place. */
export const LEAVING = ['missing', 'larger', 'viewed', 'swapped', 'stray free', 'early end'] as const;
export const DIFFERENCES = [
  'none',
  'missing',
  'doubled',
  'extra of a known key',
  'extra of an unknown key',
  'larger',
  'smaller',
  'swapped',
  'stray free',
  'viewed',
  'reclaimed',
  'interrupted',
  'early end',
  'other signature',
  'other signature before',
  'collected',
  'asked whether it is live',
  'recorded',
  'plan replaced',
] as const;
export type Difference = (typeof DIFFERENCES)[number];

interface Block {
  readonly address: number;
  readonly size: number;
  readonly stamp: number;
}

export interface Differential {
  readonly module: WebAssembly.Module;
  readonly seed: number;
  /** Rows of a program, and most blocks that are live. */
  readonly length: number;
  readonly live: number;
  /** Every position in the program, or so many at random. */
  readonly positions?: number;
  readonly differences?: readonly Difference[];
}

/** @returns allocations, and how many of them were the next event of a log */
export function compareWithModel(task: Differential): {mallocs: number; followed: number} {
  const random = seeded(task.seed);
  const program = randomProgram(random, task.length, task.live);
  const isForeign = random(3) === 0;
  const isWrong = random(7) === 0;
  const plan = columnsOf(program, random, isWrong);
  const total = {mallocs: 0, followed: 0};
  for (const difference of task.differences ?? DIFFERENCES) {
    const run = new Run(task.module, program, plan, isForeign, random);
    for (let i = 0; i < 6; i++) run.iterate('none', 0);
    const {length} = program.operations;
    const count = task.positions ?? length;
    for (let i = 0; i < count; i++) {
      run.context = `seed ${task.seed}, ${difference} at ${i}`;
      run.iterate(difference, task.positions ? random(length) : i);
      for (let exact = 0; exact < 2 + random(2); exact++) run.iterate('none', 0);
    }
    run.finish();
    total.mallocs += run.mallocs;
    total.followed += run.followed;
  }
  return total;
}

class Run {
  mallocs = 0;
  followed = 0;
  context = '';
  readonly #program: RandomProgram;
  readonly #plan: Omit<ModelPlan, 'signature' | 'arena'>;
  readonly #random: Random;
  readonly #model: Model;
  readonly #isForeign: boolean;
  readonly #exports: RuntimeExports;
  readonly #memory: WebAssembly.Memory;
  readonly #worker: number;
  /** Live blocks by row, the oldest first; and those without a row. */
  readonly #blocks: Block[][];
  readonly #others: Block[] = [];
  /** All that are live and have an address. */
  readonly #live = new Set<Block>();
  #arenas = FOREIGN_ARENA;
  #stamp = 1;
  #readsOften: boolean;

  constructor(
    module: WebAssembly.Module,
    program: RandomProgram,
    plan: Omit<ModelPlan, 'signature' | 'arena'>,
    isForeign: boolean,
    random: Random,
  ) {
    this.#program = program;
    this.#plan = plan;
    this.#random = random;
    this.#isForeign = isForeign;
    this.#model = new Model(isForeign);
    this.#blocks = program.rows.map(() => []);
    this.#readsOften = random(2) === 0;
    const {exports, worker} = newWorker(module, isForeign);
    this.#exports = exports;
    this.#memory = exports.memory!;
    this.#worker = worker;
    // where a worker of its own puts the arenas, another one shows
    const probe = isForeign ? undefined : newWorker(module, false);
    for (const signature of [SIGNATURE, OTHER]) {
      if (probe) install(probe.exports, probe.worker, signature, plan, 0);
      this.#install(
        signature,
        probe ? arenaOf(probe.exports, probe.worker, signature, plan) : this.#nextArena(),
      );
    }
  }

  #nextArena(): number {
    this.#arenas += 1 << 20;
    return this.#arenas;
  }

  #install(signature: number, arena: number): void {
    install(this.#exports, this.#worker, signature, this.#plan, this.#isForeign ? arena : 0);
    this.#model.add({...this.#plan, signature, arena});
  }

  /** An iteration with a difference at the `at`-th operation. */
  iterate(difference: Difference, at: number): void {
    const {operations, after} = this.#program;
    if (difference === 'recorded') this.#exports.record(this.#worker);
    if (difference === 'other signature before') this.#changeSignature();
    this.#begin(SIGNATURE);
    const steps = [...operations];
    if (difference === 'swapped' && at + 1 < steps.length)
      [steps[at], steps[at + 1]] = [steps[at + 1]!, steps[at]!];
    for (const [i, step] of steps.entries()) {
      if (i !== at) this.#perform(step);
      else if (difference === 'early end' || difference === 'other signature') break;
      else this.#differ(difference, step);
    }
    if (difference === 'other signature') {
      this.#changeSignature();
      return;
    }
    this.#end();
    if (difference === 'recorded') this.#exports.stopRecording(this.#worker);
    for (const step of after) this.#perform(step);
    if (difference !== 'none') this.#settle();
  }

  #changeSignature(): void {
    this.#begin(OTHER);
    for (const step of this.#program.operations.slice(0, this.#random(9))) this.#perform(step);
    this.#end();
    this.#settle();
  }

  #differ(difference: Difference, step: Operation): void {
    const random = this.#random;
    const block = this.#anyBlock();
    switch (difference) {
      case 'missing':
        return;
      case 'doubled':
        if (step.kind === 'malloc') this.#perform(step);
        else this.#freeTwice(step.row);
        break;
      case 'extra of a known key':
        this.#others.push(
          this.#malloc(this.#program.rows[random(this.#program.rows.length)]!.key, 1 + random(99)),
        );
        break;
      case 'extra of an unknown key':
        this.#others.push(this.#malloc(random(2) ? UNKNOWN_KEY - 1 : 0xffffffff, random(99)));
        break;
      case 'larger':
      case 'smaller':
        if (step.kind !== 'malloc') break;
        this.#perform(
          step,
          difference === 'larger' ? 300 + random(99) : random(this.#program.rows[step.row]!.size),
        );
        return;
      case 'stray free':
        for (const stray of this.#strays(block)) this.#freeStray(stray);
        break;
      case 'viewed':
        if (block) this.#view(block);
        break;
      case 'reclaimed':
        if (step.kind !== 'free') break;
        this.#perform(step, undefined, 'reclaim');
        return;
      case 'interrupted':
        this.#interrupt(step);
        return;
      case 'collected':
        this.#exports.collect(this.#worker);
        break;
      case 'asked whether it is live':
        if (block) assert.equal(this.#exports.covers(this.#worker, block.address, 1), 1, this.context);
        break;
      case 'plan replaced':
        if (this.#isForeign) this.#install(SIGNATURE, this.#nextArena());
        break;
      default:
    }
    this.#perform(step);
  }

  #interrupt(step: Operation): void {
    this.#exports.interrupt(this.#worker);
    this.#model.interrupt();
    this.#others.push(this.#malloc(this.#program.rows[0]!.key, 20));
    const isInside = this.#random(2) === 0;
    if (isInside) this.#perform(step);
    if (this.#random(2) === 0) this.#free(this.#others.pop()!);
    this.#exports.resume(this.#worker);
    this.#model.resume();
    if (!isInside) this.#perform(step);
  }

  #strays(block: Block | undefined): number[] {
    const near = block ? [block.address + 1, block.address + 16, block.address + 64] : [];
    const {offsets} = this.#plan;
    const any = block ? block.address + offsets[this.#random(offsets.length)]! : 0;
    return [0, 1, 0xffffffff, any, ...near];
  }

  #freeStray(address: number): void {
    for (const block of this.#live) if (block.address === address) return;
    const expected = this.#model.free(address);
    // a worker knows no addresses beyond its region
    const isFar = address < PAGE || address >= PAGE + BYTES;
    const answer = this.#exports.free(this.#worker, address);
    if (!this.#isForeign && isFar) {
      assert.equal(answer, ANSWER.NOT_OURS, this.context);
      this.#model.counters.strays--;
    } else {
      assert.equal(answer, expected, `${this.context}: a stray free of ${address}`);
    }
    this.#compare();
  }

  #freeTwice(row: number): void {
    const [block] = this.#blocks[row]!;
    if (!block) return;
    this.#perform({kind: 'free', row});
    if (!this.#isForeign || block.address !== 0) this.#freeStray(block.address);
  }

  #view(block: Block): void {
    if (block.address === 0) return;
    assert.equal(
      this.#exports.retain(this.#worker, block.address),
      this.#model.retain(block.address),
      this.context,
    );
    if (this.#random(2) === 0) this.#compare();
    assert.equal(
      this.#exports.free(this.#worker, block.address),
      this.#model.free(block.address),
      this.context,
    );
    this.#compare();
  }

  #anyBlock(): Block | undefined {
    const blocks = this.#blocks.flat().filter(({address}) => address !== 0);
    return blocks[this.#random(Math.max(blocks.length, 1))];
  }

  #perform(
    {kind, row}: Operation,
    size = this.#program.rows[row]!.size,
    how: 'free' | 'reclaim' = 'free',
  ): void {
    if (kind === 'malloc') {
      this.#blocks[row]!.push(this.#malloc(this.#program.rows[row]!.key, size));
    } else {
      const block = this.#blocks[row]!.shift();
      if (block) this.#free(block, how);
    }
  }

  #begin(signature: number): void {
    assert.equal(
      this.#exports.begin(this.#worker, signature) !== 0,
      this.#model.begin(signature),
      this.context,
    );
    this.#compare();
  }

  #end(): void {
    this.#exports.end(this.#worker);
    this.#model.end();
    this.#compare();
  }

  #malloc(key: number, size: number): Block {
    const event = this.#words(this.#worker, 1)[0];
    const address = this.#exports.malloc(this.#worker, key, size) >>> 0;
    const expected = this.#model.malloc(key, size);
    this.mallocs++;
    if (this.#words(this.#worker, 1)[0] === event! + 16) this.followed++;
    if (expected !== 0 || this.#isForeign)
      assert.equal(address, expected, `${this.context}: malloc(${key}, ${size})`);
    assert.ok(address !== 0 || this.#isForeign, `${this.context}: no memory`);
    if (expected === 0 && address !== 0) this.#model.took(address);
    const block = {address, size, stamp: this.#stamp++ & 255};
    this.#checkApart(block);
    if (address !== 0) this.#live.add(block);
    if (!this.#isForeign) this.#bytes(block).fill(block.stamp);
    this.#compare();
    return block;
  }

  #checkApart({address, size}: Block): void {
    if (address === 0) return;
    const end = address + Math.max(size, 1);
    for (const other of this.#live)
      if (other.address < end && address < other.address + Math.max(other.size, 1))
        assert.fail(`${this.context}: two live blocks share bytes`);
  }

  #free(block: Block, how: 'free' | 'reclaim' = 'free'): void {
    if (!this.#live.delete(block)) return;
    if (!this.#isForeign)
      assert.ok(
        this.#bytes(block).every(byte => byte === block.stamp),
        `${this.context}: a byte was lost`,
      );
    const answer = this.#exports[how](this.#worker, block.address);
    assert.equal(answer, this.#model.free(block.address), `${this.context}: ${how}(${block.address})`);
    this.#compare();
  }

  /** Frees what a difference left behind: of every row all that the program does not hold. */
  #settle(): void {
    for (const block of this.#others.splice(0)) this.#free(block);
    if (this.#random(4) === 0) return;
    for (const blocks of this.#blocks) for (const block of blocks.splice(0)) this.#free(block);
  }

  finish(): void {
    for (const block of [...this.#others.splice(0), ...this.#blocks.flatMap(blocks => blocks.splice(0))])
      this.#free(block);
    this.#readsOften = true;
    this.#compare();
    assert.equal(this.#model.live, 0);
  }

  #compare(): void {
    const exports = this.#exports;
    const at = exports.counters(this.#worker) >>> 0;
    const values = this.#words(at, 2 * COUNTERS.length);
    for (let i = 0; i < COUNTERS.length; i++) {
      const name = COUNTERS[i]!;
      if (name === 'served' && !this.#readsOften) continue;
      const value = values[2 * i]! + (name === 'served' ? exports.servedNow(this.#worker) : 0);
      if (value !== this.#model.counters[name])
        assert.equal(value, this.#model.counters[name], `${this.context}: ${name}`);
    }
    const {misses, live} = this.#model;
    if (exports.misses(this.#worker) !== misses) assert.fail(`${this.context}: fallbacks`);
    const isLong = this.#program.rows.length > 1000 && this.mallocs % 16 > 0;
    if (this.#readsOften && !isLong && exports.live(this.#worker) !== live)
      assert.fail(`${this.context}: live blocks`);
  }

  #words(at: number, count: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer, at, count);
  }

  #bytes({address, size}: Block): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, size);
  }
}

function newWorker(
  module: WebAssembly.Module,
  isForeign: boolean,
): {exports: RuntimeExports; worker: number} {
  const exports = new WebAssembly.Instance(module).exports as unknown as RuntimeExports;
  const memory = exports.memory!;
  memory.grow(1 + BYTES / PAGE - memory.buffer.byteLength / PAGE);
  return {exports, worker: exports.create(PAGE, BYTES, 6, isForeign ? MODE.FOREIGN : 0) >>> 0};
}

function install(
  exports: RuntimeExports,
  worker: number,
  signature: number,
  {keys, sizes, offsets, phases, arenaBytes}: Omit<ModelPlan, 'signature' | 'arena'>,
  arena: number,
): void {
  const plan = exports.newPlan(worker, signature, keys.length / phases, phases, arena, arenaBytes) >>> 0;
  assert.notEqual(plan, 0, 'no memory for the plan');
  const columns = new Uint32Array(exports.memory!.buffer, exports.columns(plan) >>> 0, 3 * keys.length);
  columns.set([...keys, ...sizes, ...offsets]);
  assert.equal(exports.seal(worker, plan), 1);
}

/** The arena of the plan installed last; the worker is of no use afterwards. */
function arenaOf(
  exports: RuntimeExports,
  worker: number,
  signature: number,
  {keys, sizes, offsets}: Omit<ModelPlan, 'signature' | 'arena'>,
): number {
  exports.begin(worker, signature);
  const arena = (exports.malloc(worker, keys[0]!, sizes[0]!) >>> 0) - offsets[0]!;
  exports.end(worker);
  return arena;
}

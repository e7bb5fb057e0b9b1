/** Random programs: iterations that mostly repeat, with calls of all kinds where they do not belong. */
import type {Random} from '../../random.ts';
import {
  columnsOf,
  type Operation,
  type RandomProgram,
  randomProgram,
  UNKNOWN_KEY,
} from '../../runtime/programs.ts';
import {
  type Build,
  CANARIES,
  type Call,
  type CallName,
  FOREIGN,
  MOST_BYTES,
  NONE,
  POISON,
  type RawCase,
  type RawPlan,
} from './case.ts';

const BUILDS: readonly Build[] = ['runtime.debug', 'runtime', 'runtime', 'runtime.shared', 'runtime.shared'];
/** Bytes of a canary: plans of guarded workers have room for it. */
const CANARY = 16;

export function drawRaw(random: Random, build: Build = BUILDS[random(BUILDS.length)]!): RawCase {
  const isShared = build === 'runtime.shared' || build === 'threads';
  const workers = isShared ? 1 + random(4) : 1;
  const mode = random(3) > 0 ? 0 : random(2) && workers === 1 ? FOREIGN : 1 + random(CANARIES | POISON);
  const bytes = 2 ** (16 + (random(6) === 0 ? random(2) : 2 + random(3)));
  const alignmentBits = random(3) ? 6 : 4 + random(5);
  return new Drawer(random, {kind: 'raw', build, workers, bytes, alignmentBits, mode}).draw();
}

/** A kind of iteration of one worker, and the blocks that it holds. */
interface Script {
  readonly worker: number;
  readonly signature: number;
  readonly program: RandomProgram;
  /** Held, by row, the oldest first. */
  readonly held: number[][];
  /** Plans to choose from. */
  readonly plans: number[];
}

const CONTROLS = [
  ...(['interrupt', 'interrupt', 'resume', 'resume', 'begin', 'end', 'collect', 'record', 'record'] as const),
  ...(['stopRecording', 'died', 'read', 'create'] as const),
];

class Drawer {
  readonly #random: Random;
  readonly #head: Omit<RawCase, 'plans' | 'calls'>;
  readonly #calls: Call[] = [];
  readonly #plans: RawPlan[] = [];
  readonly #scripts: Script[] = [];
  /** Held beside the scripts; an owner more is a second entry. */
  readonly #others: number[] = [];
  #ids = 0;
  #handles = 0;
  /** A call in so many is none of the iteration. */
  readonly #calm: number;

  constructor(random: Random, head: Omit<RawCase, 'plans' | 'calls'>) {
    this.#random = random;
    this.#head = head;
    this.#calm = [4, 20, 80, 400][random(4)]!;
  }

  draw(): RawCase {
    const {workers} = this.#head;
    for (let i = 0; i < workers + this.#random(3); i++) this.#scripts.push(this.#newScript(i % workers, i));
    for (const script of this.#scripts) if (this.#random(6)) this.#install(script);
    const iterations = 2 + this.#random(14) * workers;
    let runs = this.#scripts[0]!;
    for (let i = 0; i < iterations; i++) {
      // the same one for a while: its order of calls is learned
      if (this.#random(4) === 0 || workers > 1) runs = this.#scripts[this.#random(this.#scripts.length)]!;
      this.#iterate(runs);
    }
    return {...this.#head, plans: this.#plans, calls: this.#calls};
  }

  #newScript(worker: number, number: number): Script {
    const random = this.#random;
    const length = random(8) === 0 ? 50 + random(60) : 1 + random(14);
    const program = randomProgram(random, length, 1 + random(8));
    const signature = 1 + (random(3) ? number : random(3));
    const script = {worker, signature, program, held: program.rows.map(() => []), plans: [] as number[]};
    for (let i = 0; i < 1 + random(2); i++) script.plans.push(this.#newPlan(script));
    return script;
  }

  #newPlan({program, signature}: Omit<Script, 'plans'>): number {
    const random = this.#random;
    const guard = this.#head.mode & CANARIES ? CANARY : 0;
    const guarded = {...program, rows: program.rows.map(row => ({...row, size: row.size + guard}))};
    const columns = columnsOf(guarded, random, random(4) === 0);
    const arena =
      random(20) === 0 ? [0, 2 ** 32 - 64][random(2)]! : 2 ** 24 + 64 * random(4) * (random(2) ? 1 : 1024);
    const plan = {...columns, signature, arena};
    if (random(12) === 0 && plan.keys.length > 0) {
      const at = random(plan.keys.length);
      const what = random(4);
      const offsets = plan.offsets.with(at, what === 0 ? plan.offsets[at]! + 8 : plan.offsets[at]!);
      const keys = plan.keys.with(at, what === 1 ? NONE : plan.keys[at]!);
      const arenaBytes = what === 2 ? plan.arenaBytes - 64 : what === 3 ? 2 ** 30 : plan.arenaBytes;
      return this.#plans.push({...plan, offsets, keys, arenaBytes}) - 1;
    }
    return this.#plans.push(plan) - 1;
  }

  #install({worker, plans}: Script): void {
    const handle = this.#handles++;
    this.#call(worker, 'newPlan', handle, plans[this.#random(plans.length)]!);
    this.#call(worker, 'seal', handle);
  }

  #iterate(script: Script): void {
    const {worker, signature, program} = script;
    this.#call(worker, 'begin', signature);
    for (const operation of program.operations) {
      if (this.#random(this.#calm) === 0) this.#disturb(script);
      const what = this.#random(3 * this.#calm);
      if (what > 0) this.#perform(script, operation);
      if (what === 1) this.#perform(script, operation);
    }
    if (this.#random(2 * this.#calm) > 0) this.#call(worker, 'end');
    if (this.#random(this.#calm) === 0) this.#disturb(script);
    for (const operation of program.after) this.#perform(script, operation);
    if (this.#random(6) === 0) this.#release(script);
  }

  #perform({worker, program, held}: Script, {kind, row}: Operation): void {
    const {key, size} = program.rows[row]!;
    if (kind === 'malloc') {
      const other = this.#random(4 * this.#calm);
      held[row]!.push(
        this.#malloc(worker, key, other === 0 ? size + this.#random(300) : other === 1 ? 1 : size),
      );
    } else {
      const id = held[row]!.shift();
      if (id !== undefined) this.#free(worker, id);
    }
  }

  #release({worker, held}: Script): void {
    for (const ids of held) for (const id of ids.splice(0)) this.#free(worker, id);
    for (const id of this.#others.splice(0, this.#random(this.#others.length + 1))) this.#free(worker, id);
  }

  #malloc(worker: number, key: number, size: number): number {
    this.#call(worker, 'malloc', this.#ids, key, size);
    return this.#ids++;
  }

  /** Mostly by the worker itself. */
  #free(worker: number, id: number): void {
    const {workers} = this.#head;
    const by = this.#random(5) ? worker : this.#random(workers);
    this.#call(by, this.#random(8) ? 'free' : 'reclaim', id);
  }

  #call(worker: number, name: CallName, ...numbers: number[]): void {
    this.#calls.push([worker, name, ...numbers]);
  }

  #anyId(script: Script): number {
    const held = [...script.held.flat(), ...this.#others];
    return this.#random(4) && held.length > 0
      ? held[this.#random(held.length)]!
      : this.#random(this.#ids + 1);
  }

  /** One call that is none of the iteration, or some that belong together. */
  #disturb(script: Script): void {
    const random = this.#random;
    const worker = random(4) ? script.worker : random(this.#head.workers);
    const kinds = [this.#control, this.#control, this.#blocks, this.#strays, this.#plansOf];
    kinds[random(kinds.length)]!.call(this, script, worker);
  }

  #control(script: Script, worker: number): void {
    const random = this.#random;
    const name = CONTROLS[random(CONTROLS.length)]!;
    if (name === 'interrupt' && random(2)) {
      this.#call(worker, name);
      this.#extra(script, worker, 1 + random(200));
      this.#call(worker, 'resume');
    } else if (name === 'begin') {
      this.#call(worker, name, this.#signature(script));
    } else if (name === 'died') {
      this.#call(worker, name, random(40));
    } else if (name !== 'create' || random(12) === 0) {
      this.#call(worker, name);
    }
  }

  #signature(script: Script): number {
    return this.#random(3) ? script.signature : this.#random(4);
  }

  /** A block that the iteration does not have. */
  #extra(script: Script, worker: number, size: number): void {
    const random = this.#random;
    const {rows} = script.program;
    const key = random(3) ? rows[random(rows.length)]!.key : random(2) ? UNKNOWN_KEY - 1 : NONE;
    const id = this.#malloc(worker, key, size);
    if (random(3) === 0) this.#free(worker, id);
    else this.#others.push(id);
  }

  #blocks(script: Script, worker: number): void {
    const random = this.#random;
    const {mode, bytes} = this.#head;
    const id = this.#anyId(script);
    const sizes = [0, MOST_BYTES, MOST_BYTES + 1, NONE, bytes, bytes >> 1, bytes >> 2, 2 ** 31];
    const what = random(7);
    if (what === 0) this.#extra(script, worker, sizes[random(sizes.length)]!);
    else if (what === 1) this.#extra(script, worker, 1 + random(400));
    else if (what === 2) this.#call(worker, 'covers', id);
    else if (what === 3) this.#call(worker, mode & CANARIES ? 'damage' : 'read', id);
    else if (what === 4) this.#call(worker, 'free', id);
    else {
      this.#call(worker, 'retain', id);
      this.#others.push(id);
    }
  }

  #strays(script: Script, worker: number): void {
    const random = this.#random;
    const {bytes, workers} = this.#head;
    const form = random(3) ? 2 + this.#anyId(script) : random(2);
    const offset = [0, 0, 1, 8, 16, 32, 64, random(bytes), 2 ** 24 + 64 * random(9)][random(9)]!;
    const what = random(40);
    if (what === 0) this.#call(worker, 'flood', random(workers), random(6000));
    else if (what < 10) this.#call(worker, 'freeThere', random(workers), offset);
    else this.#call(worker, what < 30 ? 'freeAt' : 'retainAt', form, offset);
  }

  #plansOf(script: Script, worker: number): void {
    const random = this.#random;
    const what = random(4);
    if (what === 0) this.#install(script);
    else if (what === 1)
      this.#call(
        worker,
        'newPlan',
        this.#handles++,
        random(3) ? script.plans[0]! : random(this.#plans.length),
      );
    else if (what === 2) this.#call(worker, 'seal', random(this.#handles + 1));
    else this.#call(worker, 'retire', this.#signature(script));
  }
}

/** Random programs over the methods of `Runtime`. */
import type {Random} from '../../random.ts';
import {type Operation, type RandomProgram, randomProgram} from '../../runtime/programs.ts';

export type Heap = 'own' | 'shared' | 'foreign' | 'part of a foreign';

/**
 * Numbers behind the name, by name. A QUALITY of a planner is 0: right; 1: offsets at random; 2: it throws.
 *
 *    begin SIGNATURE · end · cancel · interrupt · resume · collect · read
 *    malloc ID KEY BYTES · free ID · retain ID · view ID · damage ID · freeAt FORM OFFSET, as in `case.ts`
 *    plan QUALITY · planAsync QUALITY · settle, which has the plans arrive · forget SIGNATURE, of all for 9
 *    save · load, of what was saved last
 */
export type ApiName =
  | 'begin'
  | 'end'
  | 'cancel'
  | 'interrupt'
  | 'resume'
  | 'collect'
  | 'read'
  | 'malloc'
  | 'free'
  | 'retain'
  | 'view'
  | 'damage'
  | 'freeAt'
  | 'plan'
  | 'planAsync'
  | 'settle'
  | 'forget'
  | 'save'
  | 'load';

export type ApiCall = readonly [worker: number, name: ApiName, ...numbers: number[]];

export interface ApiCase {
  readonly kind: 'api';
  readonly heap: Heap;
  readonly workers: number;
  readonly bytes: number;
  readonly alignment: number;
  readonly canaries: boolean;
  readonly poison: boolean;
  readonly padding: number;
  readonly identity: 'key' | 'sequence';
  readonly carries: boolean;
  /** Whether `end` has its plans made. */
  readonly plans: boolean;
  readonly calls: readonly ApiCall[];
  /** An iteration that is repeated at the end, until all of it is served. */
  readonly steady: readonly (readonly [row: number, bytes: number])[];
}

export const ALL_SIGNATURES = 9;

export function drawApi(random: Random): ApiCase {
  const heap = (['own', 'own', 'shared', 'foreign', 'part of a foreign'] as const)[random(5)]!;
  const isForeign = heap === 'foreign' || heap === 'part of a foreign';
  const workers = heap === 'shared' ? 1 + random(4) : 1;
  const drawer = new ApiDrawer(random, workers);
  return {
    kind: 'api',
    heap,
    workers,
    bytes: 2 ** (18 + random(3)),
    alignment: 2 ** (random(3) ? 6 : 4 + random(5)),
    canaries: !isForeign && random(6) === 0,
    poison: !isForeign && random(8) === 0,
    padding: random(4) ? 0 : 1 + random(100),
    identity: random(4) ? 'key' : 'sequence',
    carries: random(3) > 0,
    plans: random(4) > 0,
    calls: drawer.draw(),
    steady: drawer.steady(),
  };
}

/** A case with less of it. */
export function* smallerApi(task: ApiCase): Iterable<ApiCase> {
  const {calls, steady} = task;
  for (let size = calls.length >> 1; size >= 1; size >>= 1)
    for (let from = 0; from < calls.length; from += size) yield {...task, calls: calls.toSpliced(from, size)};
  for (let i = 0; i < steady.length; i++) yield {...task, steady: steady.toSpliced(i, 1)};
  if (task.padding > 0) yield {...task, padding: 0};
  if (task.canaries || task.poison) yield {...task, canaries: false, poison: false};
}

interface Script {
  readonly worker: number;
  readonly signature: number;
  readonly program: RandomProgram;
  readonly held: number[][];
}

class ApiDrawer {
  readonly #random: Random;
  readonly #workers: number;
  readonly #calls: ApiCall[] = [];
  readonly #scripts: Script[];
  readonly #others: number[] = [];
  readonly #calm: number;
  #ids = 0;

  constructor(random: Random, workers: number) {
    this.#random = random;
    this.#workers = workers;
    this.#calm = [5, 20, 80, 400][random(4)]!;
    this.#scripts = Array.from({length: workers + random(3)}, (_, i) => {
      const program = randomProgram(random, 1 + random(random(8) ? 14 : 80), 1 + random(8));
      return {worker: i % workers, signature: i, program, held: program.rows.map(() => [])};
    });
  }

  draw(): ApiCall[] {
    let runs = this.#scripts[0]!;
    for (let i = 3 + this.#random(16) * this.#workers; i > 0; i--) {
      if (this.#random(4) === 0 || this.#workers > 1)
        runs = this.#scripts[this.#random(this.#scripts.length)]!;
      this.#iterate(runs);
    }
    return this.#calls;
  }

  /** Events: a row's allocation, with bytes, or its free, with −1; an allocation without a place, −2. */
  steady(): [number, number][] {
    const program = randomProgram(this.#random, 1 + this.#random(10), 1 + this.#random(5));
    const ends = [...program.operations, ...program.after].filter(({kind}) => kind === 'free');
    const all = [...program.operations, ...program.after];
    const events: [number, number][] = all.map(({kind, row}) => [
      row,
      kind === 'free' ? -1 : program.rows[row]!.size,
    ]);
    if (this.#random(2)) events.splice(this.#random(events.length + 1), 0, [0, -2]);
    return ends.length === program.rows.length ? events : [];
  }

  #iterate(script: Script): void {
    const random = this.#random;
    const {worker, signature, program} = script;
    this.#call(worker, 'begin', signature);
    for (const operation of program.operations) {
      if (random(this.#calm) === 0) this.#disturb(script);
      const what = random(4 * this.#calm);
      if (what > 0) this.#perform(script, operation);
      if (what === 1) this.#perform(script, operation);
    }
    if (random(2 * this.#calm) > 0) this.#call(worker, random(20) ? 'end' : 'cancel');
    if (random(3) === 0) this.#call(worker, 'plan', random(8) ? 0 : random(3));
    if (random(this.#calm) === 0) this.#disturb(script);
    for (const operation of program.after) this.#perform(script, operation);
    if (random(5) === 0)
      for (const ids of script.held) for (const id of ids.splice(0)) this.#free(worker, id);
  }

  #perform({worker, program, held}: Script, {kind, row}: Operation): void {
    const {key, size} = program.rows[row]!;
    if (kind === 'malloc') {
      const bytes = this.#random(3 * this.#calm) === 0 ? size + this.#random(300) : size;
      held[row]!.push(this.#malloc(worker, key, bytes));
    } else {
      const id = held[row]!.shift();
      if (id !== undefined) this.#free(worker, id);
    }
  }

  #malloc(worker: number, key: number, bytes: number): number {
    this.#call(worker, 'malloc', this.#ids, key, bytes);
    return this.#ids++;
  }

  #free(worker: number, id: number): void {
    this.#call(this.#random(5) ? worker : this.#random(this.#workers), 'free', id);
  }

  #call(worker: number, name: ApiName, ...numbers: number[]): void {
    this.#calls.push([worker, name, ...numbers]);
  }

  #disturb(script: Script): void {
    const random = this.#random;
    const worker = random(4) ? script.worker : random(this.#workers);
    const name = DISTURBANCES[random(DISTURBANCES.length)]!;
    const held = [...script.held.flat(), ...this.#others];
    const id = random(4) && held.length > 0 ? held[random(held.length)]! : random(this.#ids + 1);
    const {rows} = script.program;
    if (name === 'malloc') {
      const sizes = [0, 1, 100, 2 ** 20, 0xfff00000, 2 ** 32, -1, Number.NaN];
      this.#others.push(this.#malloc(worker, rows[random(rows.length)]!.key, sizes[random(sizes.length)]!));
    } else if (name === 'retain') {
      this.#call(worker, name, id);
      this.#others.push(id);
    } else if (name === 'free' || name === 'view' || name === 'damage') {
      this.#call(worker, name, id);
    } else if (name === 'freeAt') {
      this.#call(worker, name, random(3) ? 2 + id : 0, [0, 1, 16, 64, 65536, random(2 ** 20)][random(6)]!);
    } else if (name === 'begin' || name === 'forget') {
      this.#call(worker, name, random(3) ? script.signature : random(5) ? random(4) : ALL_SIGNATURES);
    } else if (name === 'plan' || name === 'planAsync') {
      this.#call(worker, name, random(3));
    } else if (name === 'interrupt' && random(2)) {
      this.#call(worker, name);
      this.#others.push(this.#malloc(worker, rows[random(rows.length)]!.key, 1 + random(200)));
      if (random(2)) this.#free(worker, this.#others.pop()!);
      this.#call(worker, 'resume');
    } else {
      this.#call(worker, name);
    }
  }
}

const DISTURBANCES = [
  ...([
    'begin',
    'end',
    'cancel',
    'interrupt',
    'interrupt',
    'resume',
    'resume',
    'collect',
    'read',
    'malloc',
  ] as const),
  ...([
    'malloc',
    'free',
    'retain',
    'view',
    'damage',
    'freeAt',
    'freeAt',
    'plan',
    'planAsync',
    'settle',
  ] as const),
  ...(['settle', 'forget', 'save', 'load'] as const),
];

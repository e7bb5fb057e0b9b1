/** Seeded changes to a script, of every kind in which a program may differ from its recording. */
import type {Random} from '../random.ts';
import type {Block, Caller} from './replay.ts';
import type {Script} from './script.ts';

export const PERTURBATIONS = [
  'larger',
  'smaller',
  'dropped free',
  'doubled free',
  'delayed free',
  'viewed until a later free',
  'dropped malloc',
  'doubled malloc',
  'extra malloc',
  'reordered',
  'unknown key',
  'early end',
] as const;
export type Perturbation = (typeof PERTURBATIONS)[number];

/** An event after perturbation. */
interface Step {
  readonly kind: 'malloc' | 'free';
  readonly row: number;
  readonly held: number;
  readonly size: number;
  readonly key: number;
  readonly times: number;
  /** For a free: a view takes the block over, and another free follows. */
  readonly isViewed?: boolean;
}

/** Runs iterations of a script, and remembers what is live from one to the next. */
export class Program {
  readonly #script: Script;
  readonly #caller: Caller;
  readonly #keys: readonly number[];
  readonly #known: ReadonlySet<number>;
  /** Blocks by row, the latest last. */
  readonly #blocks: Block[][];
  /** Blocks of a row that are live between iterations. */
  readonly #lags: number[];
  /** Blocks whose free was dropped or delayed beyond its iteration. */
  #owed: Block[] = [];

  /** @param paths whether each allocation has a key of its own, as in a network whose layers have names */
  constructor(script: Script, caller: Caller, paths: boolean) {
    this.#script = script;
    this.#caller = caller;
    this.#keys = script.rows.map(({operation}, i) => caller.runtime.key(operation, paths ? String(i) : ''));
    this.#known = new Set(this.#keys);
    this.#lags = script.rows.map(() => 0);
    for (const {row, kind, lag} of script.events) if (kind === 'free') this.#lags[row] = lag;
    this.#blocks = script.rows.map(() => []);
  }

  /** Allocations so far of a key that the script does not have. */
  unknown = 0;

  /** Allocations of an iteration. */
  get length(): number {
    return this.#script.rows.length;
  }

  /** One iteration with these changes; without any, as recorded. */
  run(changes: readonly Perturbation[], random: Random): void {
    const {runtime} = this.#caller;
    let steps = this.#script.events.map(
      ({kind, row, held}): Step => ({
        kind,
        row,
        held,
        size: this.#script.rows[row]!.size,
        key: this.#keys[row]!,
        times: 1,
      }),
    );
    for (const change of changes) steps = perturbed(steps, change, random);
    runtime.begin();
    for (const step of steps) this.#perform(step);
    runtime.end();
  }

  /** Frees all that is still held. */
  finish(): void {
    for (const block of [...this.#blocks.flat(), ...this.#owed]) this.#caller.free(block);
    for (const blocks of this.#blocks) blocks.length = 0;
    this.#owed = [];
  }

  /** Frees the blocks that perturbed iterations left behind, except so many in all, and so many of each row. */
  settle(most: number, ofEach: number): void {
    while (this.#owed.length > most) this.#caller.free(this.#owed.shift()!);
    for (const [row, blocks] of this.#blocks.entries()) {
      while (blocks.length > this.#lags[row]! + ofEach) this.#caller.free(blocks.shift()!);
    }
  }

  #perform({kind, row, held, size, key, times, isViewed}: Step): void {
    const blocks = this.#blocks[row]!;
    if (kind === 'malloc') {
      for (let i = 0; i < times; i++) {
        const block = this.#caller.malloc(key, size);
        if (!this.#known.has(key)) this.unknown++;
        if (i === 0) blocks.push(block);
        else this.#owed.push(block);
      }
      return;
    }
    if (isViewed) {
      if (blocks[0]) this.#caller.view(blocks[0]);
      return;
    }
    // with fewer the wanted one was never allocated, or it is owed already
    const block = blocks.length >= held ? blocks.shift() : undefined;
    if (!block) return;
    for (let i = 0; i < times; i++) {
      const isTaken = this.#caller.free(block);
      if (isTaken !== (i === 0))
        throw new Error(i === 0 ? 'a live block was refused' : 'a dead block was taken');
    }
    if (times === 0) this.#owed.push(block);
  }
}

function perturbed(steps: readonly Step[], change: Perturbation, random: Random): Step[] {
  const kind = change.endsWith('free') ? 'free' : 'malloc';
  if (!steps.some(step => step.kind === kind)) return [...steps]; // it ended before any
  let at = random(steps.length);
  while (steps[at]!.kind !== kind) at = (at + 1) % steps.length;
  const step = steps[at]!;
  const replaced = (by: Partial<Step>) => steps.with(at, {...step, ...by}) as Step[];
  const without = steps.toSpliced(at, 1) as Step[];
  switch (change) {
    case 'larger':
      return replaced({size: step.size + 1 + random(2 * step.size)});
    case 'smaller':
      return replaced({size: random(step.size)});
    case 'dropped free':
      return without;
    case 'doubled free':
      return replaced({times: 2});
    case 'delayed free':
      return without.toSpliced(Math.min(without.length, at + 1 + random(steps.length)), 0, step);
    case 'viewed until a later free':
      return replaced({isViewed: true}).toSpliced(Math.min(steps.length, at + 1 + random(400)), 0, step);
    case 'dropped malloc':
      return without;
    case 'doubled malloc':
      return replaced({times: 2});
    case 'extra malloc':
      return steps.toSpliced(random(steps.length), 0, {...step, times: 2}) as Step[];
    case 'reordered':
      return without.toSpliced(Math.min(without.length, at + 1 + random(random(2) ? 4 : 400)), 0, step);
    case 'unknown key':
      return replaced({key: random(2 ** 31)});
    case 'early end':
      return steps.slice(0, at);
  }
}

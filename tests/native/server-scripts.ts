/** Iterations for a server as commands: rows of one iteration, and changes as programs make them. */
import fc from 'fast-check';

/** One allocation of an unchanged iteration: freed after so many more allocations, or in no iteration. */
export interface Allocation {
  readonly key: number;
  readonly bytes: number;
  readonly life: number;
}

/** Where in the events of an iteration something is changed, and how much. */
export interface Change {
  readonly kind: (typeof CHANGES)[number];
  readonly at: number;
  readonly by: number;
}
const CHANGES = [
  'larger',
  'smaller',
  'missing',
  'twice',
  'other key',
  'late free',
  'early free',
  'moved',
  'interrupted',
  'strange free',
] as const;

interface Event {
  readonly kind: 'malloc' | 'free' | 'interrupt' | 'resume' | 'strange free';
  readonly row: number;
  readonly key: number;
  readonly bytes: number;
}

/** Events of an unchanged iteration, in order. */
export function eventsOf(rows: readonly Allocation[]): Event[] {
  const events: Event[] = [];
  rows.forEach((row, i) => {
    const freed = rows.flatMap(({life}, k) => (k + life === i && k < i ? [k] : []));
    for (const k of freed) events.push({kind: 'free', row: k, key: 0, bytes: 0});
    events.push({kind: 'malloc', row: i, key: row.key, bytes: row.bytes});
  });
  // in the order in which their time is up, before the iteration ends
  const last = rows.flatMap(({life}, k) => (k + life === rows.length ? [k] : []));
  for (const k of last) events.push({kind: 'free', row: k, key: 0, bytes: 0});
  return events;
}

function changed(events: readonly Event[], {kind, at, by}: Change): Event[] {
  const place = at % Math.max(1, events.length);
  const isFree = kind.endsWith('free') && kind !== 'strange free';
  const found = events.findIndex((event, i) => i >= place && (event.kind === 'free') === isFree);
  const event = events[found];
  if (!event) return [...events];
  const without = events.toSpliced(found, 1) as Event[];
  const inserted = (where: number, ...more: Event[]) =>
    events.toSpliced(Math.min(events.length, where), 0, ...more) as Event[];
  switch (kind) {
    case 'larger':
      return events.with(found, {...event, bytes: event.bytes + 64 * by});
    case 'smaller':
      return events.with(found, {...event, bytes: Math.max(1, event.bytes - 64 * by)});
    case 'missing':
      return without;
    case 'twice':
      return inserted(found, event);
    case 'other key':
      return events.with(found, {...event, key: event.key + 1 + by});
    case 'late free':
      return by % 2 ? without : without.toSpliced(found + by, 0, event);
    case 'early free':
      return without.toSpliced(Math.max(0, found - by), 0, event);
    case 'moved':
      return without.toSpliced(Math.max(0, found - 20 + by), 0, event);
    case 'interrupted': {
      const begin = inserted(place, {...event, kind: 'interrupt'});
      return begin.toSpliced(place + 1 + by, 0, {...event, kind: 'resume'});
    }
    case 'strange free':
      return inserted(place, {...event, kind: 'strange free', bytes: 32 * by});
  }
}

export interface Iteration {
  readonly signature: number;
  readonly changes: readonly Change[];
  /** What is done where a plan is wanted, and the arena's begin, in units. */
  readonly planning: 'plan' | 'decline' | 'ignore';
  readonly origin: number;
  readonly isCancelled: boolean;
  /** Blocks that are still held when the next iteration begins. */
  readonly most: number;
}

export interface Case {
  readonly unit: number;
  readonly warm: number;
  readonly rows: readonly Allocation[];
  readonly iterations: readonly Iteration[];
}

const allocation = fc.record({
  key: fc.nat(2),
  bytes: fc.oneof(fc.integer({min: 1, max: 200}), fc.integer({min: 1, max: 6000})),
  life: fc.integer({min: 1, max: 12}),
});

const change = fc.record({kind: fc.constantFrom(...CHANGES), at: fc.nat(60), by: fc.nat(40)});

const iteration = fc.record({
  signature: fc.oneof({weight: 3, arbitrary: fc.constant(0)}, {weight: 1, arbitrary: fc.constant(1)}),
  changes: fc.oneof(fc.constant([]), fc.array(change, {maxLength: 6, size: 'max'})),
  planning: fc.oneof(
    {weight: 4, arbitrary: fc.constant('plan' as const)},
    {weight: 1, arbitrary: fc.constantFrom('decline' as const, 'ignore' as const)},
  ),
  origin: fc.nat(50),
  isCancelled: fc.nat(9).map(n => n === 9),
  most: fc.nat(8),
});

export const anyCase: fc.Arbitrary<Case> = fc.record({
  unit: fc.constantFrom(64, 512),
  warm: fc.nat(2),
  rows: fc.array(allocation, {minLength: 1, maxLength: 24, size: 'max'}),
  iterations: fc.array(iteration, {maxLength: 40, size: 'max'}),
});

/** Writes commands; knows which blocks are held. */
export class Writer {
  readonly commands: string[] = [];
  readonly #unit: number;
  /** Of rows of the present iteration, the oldest first; then those of iterations before. */
  #byRow = new Map<number, number[]>();
  #held: number[] = [];
  #unused: number[] = [];
  #numBlocks = 0;

  constructor({unit, warm}: Pick<Case, 'unit' | 'warm'>) {
    this.#unit = unit;
    this.commands.push(`new ${unit} ${warm} 2000`);
  }

  /** One iteration. @returns the indices of the commands of its allocations, by row */
  run(
    rows: readonly Allocation[],
    {signature, changes, isCancelled, most}: Omit<Iteration, 'planning' | 'origin'>,
  ) {
    let events = eventsOf(rows);
    const at: (readonly [row: number, command: number])[] = [];
    for (const change of changes) events = changed(events, change);
    this.commands.push(`begin ${signature}`);
    for (const event of events) {
      if (event.kind === 'malloc') at.push([event.row, this.commands.length]);
      this.#perform(event);
    }
    this.commands.push('resume', 'state', isCancelled ? 'cancel' : 'end');
    for (const blocks of this.#byRow.values()) this.#held.push(...blocks);
    this.#byRow = new Map();
    this.release(most);
    return at;
  }

  /** Frees the oldest blocks but so many. */
  release(most: number): void {
    while (this.#held.length > most) this.#give(this.#held.shift()!);
  }

  #perform({kind, row, key, bytes}: Event): void {
    if (kind === 'malloc') {
      const block = this.#unused.pop() ?? this.#numBlocks++;
      this.commands.push(`malloc ${block} ${key} ${bytes}`);
      this.#byRow.set(row, [...(this.#byRow.get(row) ?? []), block]);
    } else if (kind === 'free') {
      const block = this.#byRow.get(row)?.shift();
      if (block !== undefined) this.#give(block);
    } else if (kind === 'strange free') {
      const verb = bytes % 3 ? 'free-at' : 'reclaim-at';
      // also what is the same in fewer bits
      this.commands.push(`${verb} ${bytes + this.#unit * 2 ** 28 + (bytes % 5)}`);
    } else this.commands.push(kind);
  }

  #give(block: number): void {
    this.commands.push(`${block % 3 ? 'free' : 'reclaim'} ${block}`);
    this.#unused.push(block);
  }
}

/** All iterations of a case; those of another signature have the rows in reverse. */
export function commandsOf(task: Case): string[] {
  const writer = new Writer(task);
  for (const iteration of task.iterations) {
    const rows = iteration.signature === 0 ? task.rows : task.rows.toReversed();
    writer.run(rows, iteration);
    if (iteration.planning === 'plan') writer.commands.push(`plan ${iteration.origin * task.unit}`);
    if (iteration.planning === 'decline') writer.commands.push('decline');
  }
  writer.release(0);
  writer.commands.push('state');
  return writer.commands;
}

/** An iteration without a change. */
export const UNCHANGED: Omit<Iteration, 'planning' | 'origin'> = {
  signature: 0,
  changes: [],
  isCancelled: false,
  most: 0,
};

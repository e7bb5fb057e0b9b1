/** Small random programs, each an iteration that repeats, and plans for them. */
import type {Random} from '../random.ts';
import type {ModelPlan} from './model.ts';

export interface Operation {
  readonly kind: 'malloc' | 'free';
  readonly row: number;
}

export interface ProgramRow {
  readonly key: number;
  readonly size: number;
  /** Whether the plan has a slot for it; without one, whether it has its key at all. */
  readonly planned: 'slot' | 'left out' | 'unknown';
}

/** An iteration: frees take the oldest block of their row, and are none where there is none. */
export interface RandomProgram {
  readonly rows: readonly ProgramRow[];
  readonly operations: readonly Operation[];
  /** Freed after the end of the iteration. */
  readonly after: readonly Operation[];
  readonly phases: number;
}

const UNIT = 64;
export const UNKNOWN_KEY = 5000;

export function randomProgram(random: Random, length: number, live: number): RandomProgram {
  const phases = 1 + random(2);
  const rows = Array.from({length}, (_, i): ProgramRow => {
    const kind = i === 0 ? 9 : random(12);
    const planned = kind === 0 ? 'unknown' : kind === 1 ? 'left out' : 'slot';
    const key = planned === 'unknown' ? UNKNOWN_KEY + i : random(3) === 0 ? 1 + random(4) : 100 + i;
    return {key, size: 1 + random(4 * UNIT), planned};
  });
  const operations: Operation[] = [];
  const held: number[] = [];
  for (let row = 0; row < length; ) {
    if (held.length > 0 && (held.length >= live || random(3) === 0)) {
      operations.push({kind: 'free', row: held.splice(random(held.length), 1)[0]!});
    } else {
      operations.push({kind: 'malloc', row});
      held.push(row++);
    }
  }
  const after: Operation[] = [];
  for (const row of held) {
    const operation: Operation = {kind: 'free', row};
    const own = operations.findIndex(({kind, row: other}) => kind === 'malloc' && other === row);
    const fate = random(4);
    if (fate === 0) after.push(operation);
    else if (fate === 1)
      operations.splice(random(phases === 1 ? own + 1 : operations.length + 1), 0, operation);
    else operations.push(operation);
  }
  return {rows, operations, after, phases};
}

/** The columns of a plan for a program; at random, blocks that are live together share bytes. */
export function columnsOf(
  program: RandomProgram,
  random: Random,
  isWrong: boolean,
): Omit<ModelPlan, 'signature' | 'arena'> {
  const slots = program.rows.flatMap((row, i) => (row.planned === 'unknown' ? [] : [{...row, i}]));
  const n = slots.length * program.phases;
  const sizes = Array.from({length: n}, (_, at) => {
    const {size, planned} = slots[at % slots.length]!;
    return planned === 'slot' ? size + (random(2) ? random(UNIT) : 0) : 0;
  });
  const together = isWrong
    ? sizes.map(() => new Set<number>())
    : conflictsOf(
        program,
        slots.map(({i}) => i),
      );
  const offsets: number[] = [];
  for (let at = 0; at < n; at++)
    offsets.push(isWrong ? UNIT * random(12) : firstFit(at, sizes, offsets, together[at]!));
  const arenaBytes = Math.max(UNIT, ...offsets.map((offset, at) => offset + sizes[at]!));
  const keys = sizes.map((_, at) => slots[at % slots.length]!.key);
  return {phases: program.phases, keys, sizes, offsets, arenaBytes};
}

/** By slot, those that are live together with it in some iteration. */
function conflictsOf(
  {rows, operations, after, phases}: RandomProgram,
  planned: readonly number[],
): Set<number>[] {
  const n = planned.length;
  const slotOf = new Map(planned.map((row, slot) => [row, slot]));
  const together = Array.from({length: n * phases}, () => new Set<number>());
  const live: number[][] = rows.map(() => []);
  for (let iteration = 0; iteration < 6; iteration++) {
    for (const {kind, row} of [...operations, ...after]) {
      const slot = slotOf.get(row);
      if (slot === undefined) continue;
      if (kind === 'free') {
        live[row]!.shift();
        continue;
      }
      const mine = (iteration % phases) * n + slot;
      for (const other of live.flat()) {
        together[mine]!.add(other);
        together[other]!.add(mine);
      }
      live[row]!.push(mine);
    }
  }
  return together;
}

function firstFit(
  at: number,
  sizes: readonly number[],
  offsets: readonly number[],
  others: ReadonlySet<number>,
): number {
  let offset = 0;
  for (let isFree = false; !isFree; ) {
    isFree = true;
    for (const other of others) {
      if (other >= at) continue;
      const [from, to] = [offsets[other]!, offsets[other]! + sizes[other]!];
      if (from >= offset + sizes[at]! || offset >= to) continue;
      offset = Math.ceil(to / UNIT) * UNIT;
      isFree = false;
    }
  }
  return offset;
}

/**
 * Checks a plan of a problem with constraints: all rules of a plain plan, and every constraint as
 * `docs/constraints.md` defines it. Shares no code with the solver: its own sweep over ticks, its own aliases.
 */

import type {Constraints, Pool} from '../model/constraints.ts';
import type {Bytes, Tick} from '../model/numbers.ts';
import type {Violation, ViolationKind} from '../model/plan.ts';
import {NO_ALIGNMENT, NO_OFFSET, type ProblemColumns} from '../model/problem.ts';
import {eachOverlap, type Stretch} from './verify-overlaps.ts';
import {groupsBy, impliedPlaces, tiesOf} from './verify-ties.ts';
import {stretchesOfBuffer} from './verify-windows.ts';

/** What is checked. */
export interface CheckedPlan {
  readonly offsets: ArrayLike<Bytes>;
  /** Per buffer: its arena; all are in one where absent. */
  readonly arenaOf?: ArrayLike<number>;
  /** Per arena: its pool by index. */
  readonly pools?: readonly number[];
}

/** At most so many are reported. */
const MOST_VIOLATIONS = 100;

/** What is wrong, none for a valid plan. `alignment` and `capacity` in bytes, in place of the problem's. */
export function verifyConstrained(
  columns: ProblemColumns,
  plan: CheckedPlan,
  alignment?: Bytes,
  capacity?: Bytes,
): Violation[] {
  const check = verifySteps(columns, plan, alignment, capacity);
  let next = check.next();
  while (!next.done) next = check.next();
  return next.value;
}

/** The same, with a pause now and then. */
export function* verifySteps(
  columns: ProblemColumns,
  plan: CheckedPlan,
  alignment?: Bytes,
  capacity?: Bytes,
): Generator<undefined, Violation[]> {
  const check = new Check(columns, plan, alignment, capacity);
  for (const _ of check.everything()) yield;
  return check.found;
}

class Check {
  readonly found: Violation[] = [];
  readonly #columns: ProblemColumns;
  readonly #constraints: Constraints;
  readonly #plan: CheckedPlan;
  readonly #alignment: Bytes | undefined;
  readonly #capacity: Bytes;
  /** Buffers whose place depends on another. */
  readonly #follows = new Set<number>();
  /** Per buffer: one that is the same memory, the same for all that are. */
  readonly #alias: readonly number[];
  readonly #writtenOver: ReadonlyMap<string, ReadonlySet<Tick>>;

  constructor(columns: ProblemColumns, plan: CheckedPlan, alignment?: Bytes, capacity?: Bytes) {
    this.#columns = columns;
    this.#constraints = columns.constraints ?? {};
    this.#plan = plan;
    this.#alignment = alignment;
    this.#capacity = capacity ?? columns.capacity ?? Number.POSITIVE_INFINITY;
    const {share = [], views = []} = this.#constraints;
    for (const [, ...others] of share) for (const other of others) this.#follows.add(other);
    for (const {buffer} of views) this.#follows.add(buffer);
    this.#alias = groupsBy(columns.count, [...share, ...views.map(({of, buffer}) => [of, buffer])]);
    this.#writtenOver = this.#ticksInPlace();
  }

  *everything(): Generator<void> {
    if (!this.#arenasAreSound()) return;
    for (let i = 0; i < this.#columns.count; i++) if (this.#isLive(i)) this.#alone(i);
    this.#poolsAreAligned();
    this.#tied();
    this.#apart();
    yield* this.#overlaps();
  }

  #report(kind: ViolationKind, a: number, b?: number): void {
    if (this.found.length < MOST_VIOLATIONS) this.found.push(b === undefined ? {kind, a} : {kind, a, b});
  }

  #isLive(i: number): boolean {
    const {size, start, end} = this.#columns;
    return size[i]! > 0 && start[i]! < end[i]!;
  }

  #arenaOf(i: number): number {
    return this.#plan.arenaOf?.[i] ?? 0;
  }

  #poolOf(i: number): Pool | undefined {
    const pool = this.#plan.pools?.[this.#arenaOf(i)];
    return pool === undefined ? undefined : this.#constraints.pools?.[pool];
  }

  /** Every live buffer has an arena of a pool, and a pool that is not repeated has one arena. */
  #arenasAreSound(): boolean {
    const {pools = [], arenaOf} = this.#plan;
    const {pools: stated, separate} = this.#constraints;
    if (stated === undefined && separate === undefined) return true;
    for (let i = 0; i < this.#columns.count; i++) {
      const arena = arenaOf?.[i];
      const pool = arena === undefined ? undefined : pools[arena];
      const isKnown = pool !== undefined && (stated === undefined ? pool === 0 : stated[pool] !== undefined);
      if (this.#isLive(i) && !isKnown) this.#report('no-arena', i);
    }
    const first = new Map<number, number>();
    for (let i = 0; this.found.length === 0 && i < this.#columns.count; i++) {
      const pool = pools[this.#arenaOf(i)]!;
      if (!this.#isLive(i) || stated === undefined || stated[pool]!.repeated) continue;
      const other = first.get(pool) ?? i;
      first.set(pool, other);
      if (this.#arenaOf(other) !== this.#arenaOf(i)) this.#report('extra-arena', other, i);
    }
    return this.found.length === 0;
  }

  #alone(i: number): void {
    const {size, offset: fixed} = this.#columns;
    const offset = this.#plan.offsets[i]!;
    if (!Number.isSafeInteger(offset) || offset < 0 || !Number.isSafeInteger(offset + size[i]!)) {
      this.#report('out-of-range', i);
      return;
    }
    if (offset % this.#alignmentOf(i) !== 0) this.#report('misaligned', i);
    if (fixed[i] !== NO_OFFSET && fixed[i] !== offset) this.#report('moved', i);
    const pool = this.#poolOf(i);
    const capacity = this.#constraints.pools === undefined ? this.#capacity : (pool?.capacity ?? Infinity);
    if (offset + size[i]! > capacity) this.#report('over-capacity', i);
    if (pool?.largest !== undefined && size[i]! > pool.largest) this.#report('too-large', i);
    const allowed = this.#constraints.allowed?.[i];
    if (allowed !== undefined && !allowed.includes(this.#plan.pools?.[this.#arenaOf(i)] ?? -1))
      this.#report('wrong-pool', i);
  }

  /** Bytes. A buffer that follows another has only the alignment that it names itself. */
  #alignmentOf(i: number): Bytes {
    const own = this.#columns.alignment[i]!;
    if (own !== NO_ALIGNMENT) return own;
    return this.#follows.has(i) ? 1 : (this.#alignment ?? this.#columns.defaultAlignment ?? 1);
  }

  /** The alignment of a pool holds for a bundle as a whole: for its lowest buffer, unless an offset is fixed. */
  #poolsAreAligned(): void {
    if (this.#constraints.pools === undefined) return;
    const {share = [], views = [], adjacent = []} = this.#constraints;
    const tied = groupsBy(this.#columns.count, [
      ...share,
      ...adjacent,
      ...views.map(({of, buffer}) => [of, buffer]),
    ]);
    const fixed = new Set<number>();
    for (let i = 0; i < this.#columns.count; i++)
      if (this.#columns.offset[i] !== NO_OFFSET) fixed.add(tied[i]!);
    const lowest = new Map<number, number>();
    for (let i = 0; i < this.#columns.count; i++) {
      const other = lowest.get(tied[i]!);
      const isLower = other === undefined || this.#plan.offsets[i]! < this.#plan.offsets[other]!;
      if (this.#isLive(i) && isLower && !fixed.has(tied[i]!)) lowest.set(tied[i]!, i);
    }
    for (const i of lowest.values()) {
      const {alignment = 1} = this.#poolOf(i) ?? {};
      if (this.#plan.offsets[i]! % alignment !== 0) this.#report('misaligned', i);
    }
  }

  #tied(): void {
    const {offsets} = this.#plan;
    const ties = tiesOf(this.#constraints, this.#columns.size, i => this.#alignmentOf(i));
    const placeOf = (i: number) =>
      this.#isLive(i) ? {offset: offsets[i]!, arena: this.#arenaOf(i)} : undefined;
    const implied = impliedPlaces(ties, placeOf);
    for (const {kind, a, b, distance} of ties) {
      const from = placeOf(a) ?? implied.get(a);
      const to = placeOf(b) ?? implied.get(b);
      if (from === undefined || to === undefined) continue;
      if (from.arena !== to.arena || to.offset - from.offset !== distance) this.#report(kind, a, b);
    }
    for (const [i, {offset}] of implied) {
      const fixed = this.#columns.offset[i]!;
      if (fixed !== NO_OFFSET && fixed !== offset) this.#report('moved', i);
    }
  }

  #apart(): void {
    for (const [a, b] of this.#constraints.separate ?? []) {
      if (this.#isLive(a) && this.#isLive(b) && this.#arenaOf(a) === this.#arenaOf(b))
        this.#report('together', a, b);
    }
  }

  *#overlaps(): Generator<void> {
    const byArena = new Map<number, Stretch[]>();
    for (const born of this.#births()) {
      const arena = this.#arenaOf(born.i);
      const others = byArena.get(arena);
      if (others === undefined) byArena.set(arena, [born]);
      else others.push(born);
    }
    for (const all of byArena.values()) {
      yield* eachOverlap(all, (a, b) => {
        if (!this.#maySharePlace(a, b)) this.#report('overlap', ...this.#byOffset(a.i, b.i));
        return this.found.length < MOST_VIOLATIONS;
      });
    }
  }

  #byOffset(a: number, b: number): [number, number] {
    const {offsets} = this.#plan;
    return offsets[a]! <= offsets[b]! ? [a, b] : [b, a];
  }

  #births(): Stretch[] {
    const births: Stretch[] = [];
    for (let i = 0; i < this.#columns.count; i++) {
      if (!this.#isLive(i)) continue;
      for (const one of stretchesOfBuffer(this.#columns, i, this.#plan.offsets[i]!)) births.push(one);
    }
    return births;
  }

  /** The same memory, or only ticks in which an output is written over its input. */
  #maySharePlace(a: Stretch, b: Stretch): boolean {
    if (this.#alias[a.i] === this.#alias[b.i]) return true;
    const ticks = this.#writtenOver.get(memories(this.#alias[a.i]!, this.#alias[b.i]!));
    if (ticks === undefined) return false;
    for (let tick = Math.max(a.start, b.start); tick < Math.min(a.end, b.end); tick++)
      if (!ticks.has(tick)) return false;
    return true;
  }

  /** The ticks in which outputs are written over inputs at their offsets, by the memories of both. */
  #ticksInPlace(): ReadonlyMap<string, ReadonlySet<Tick>> {
    const {start, end, size} = this.#columns;
    const {offsets} = this.#plan;
    const found = new Map<string, Set<Tick>>();
    for (const {input, output} of this.#constraints.inPlace ?? []) {
      if (!this.#isLive(input) || !this.#isLive(output)) continue;
      if (end[input] !== start[output]! + 1 || size[output]! > size[input]!) continue;
      if (offsets[input] !== offsets[output] || this.#arenaOf(input) !== this.#arenaOf(output)) continue;
      const key = memories(this.#alias[input]!, this.#alias[output]!);
      const ticks = found.get(key);
      if (ticks === undefined) found.set(key, new Set([start[output]!]));
      else ticks.add(start[output]!);
    }
    return found;
  }
}

function memories(a: number, b: number): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

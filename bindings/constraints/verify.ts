/**
 * Checks a plan of a problem with constraints: all rules of a plain plan, and every constraint as
 * `docs/constraints.md` defines it. Shares no code with the solver: its own sweep over ticks, its own aliases.
 */

import type {Constraints, Pool} from '../model/constraints.ts';
import type {Bytes, Tick} from '../model/numbers.ts';
import type {Violation, ViolationKind} from '../model/plan.ts';
import {NO_ALIGNMENT, NO_OFFSET, type ProblemColumns} from '../model/problem.ts';

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
  const check = new Check(columns, plan, alignment, capacity);
  check.everything();
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
  }

  everything(): void {
    if (!this.#arenasAreSound()) return;
    for (let i = 0; i < this.#columns.count; i++) if (this.#isLive(i)) this.#alone(i);
    this.#poolsAreAligned();
    this.#tied();
    this.#apart();
    this.#overlaps();
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

  /** The alignment of a pool holds for a bundle as a whole: for its lowest buffer. */
  #poolsAreAligned(): void {
    if (this.#constraints.pools === undefined) return;
    const {share = [], views = [], adjacent = []} = this.#constraints;
    const tied = groupsBy(this.#columns.count, [
      ...share,
      ...adjacent,
      ...views.map(({of, buffer}) => [of, buffer]),
    ]);
    const lowest = new Map<number, number>();
    for (let i = 0; i < this.#columns.count; i++) {
      const other = lowest.get(tied[i]!);
      const isLower = other === undefined || this.#plan.offsets[i]! < this.#plan.offsets[other]!;
      if (this.#isLive(i) && isLower) lowest.set(tied[i]!, i);
    }
    for (const i of lowest.values()) {
      const {alignment = 1} = this.#poolOf(i) ?? {};
      if (this.#plan.offsets[i]! % alignment !== 0) this.#report('misaligned', i);
    }
  }

  #tied(): void {
    const {share = [], views = [], adjacent = []} = this.#constraints;
    for (const [first, ...others] of share)
      for (const other of others) this.#at('not-shared', first!, other, 0);
    for (const {buffer, of, offset} of views) this.#at('not-in-view', of, buffer, offset);
    for (const group of adjacent) {
      // as a C compiler lays out a struct: each member at the next multiple of its alignment
      let at = 0;
      group.forEach((member, m) => {
        if (m === 0) return;
        at += this.#columns.size[group[m - 1]!]!;
        const {alignment, defaultAlignment} = this.#columns;
        const own =
          alignment[member] || (this.#follows.has(member) ? 1 : (this.#alignment ?? defaultAlignment ?? 1));
        while (at % own !== 0) at += own - (at % own);
        this.#at('not-adjacent', group[0]!, member, at);
      });
    }
  }

  #at(kind: ViolationKind, a: number, b: number, distance: Bytes): void {
    if (!this.#isLive(a) || !this.#isLive(b)) return;
    const {offsets} = this.#plan;
    if (this.#arenaOf(a) !== this.#arenaOf(b) || offsets[b]! - offsets[a]! !== distance)
      this.#report(kind, a, b);
  }

  #apart(): void {
    for (const [a, b] of this.#constraints.separate ?? []) {
      if (this.#isLive(a) && this.#isLive(b) && this.#arenaOf(a) === this.#arenaOf(b))
        this.#report('together', a, b);
    }
  }

  /** Sweeps over time and compares each new piece with all live ones of its arena: O(n²) where all are live at once. */
  #overlaps(): void {
    const {size} = this.#columns;
    const events = this.#births().sort((a, b) => a.start - b.start);
    const live = new Map<number, Stretch[]>();
    for (const born of events) {
      const arena = this.#arenaOf(born.i);
      const others = (live.get(arena) ?? []).filter(({end}) => end > born.start);
      const low = this.#plan.offsets[born.i]!;
      for (const other of others) {
        const from = this.#plan.offsets[other.i]!;
        if (low >= from + size[other.i]! || from >= low + size[born.i]!) continue;
        if (!this.#maySharePlace(other, born)) this.#report('overlap', ...this.#byOffset(other.i, born.i));
      }
      live.set(arena, [...others, born]);
    }
  }

  #byOffset(a: number, b: number): [number, number] {
    const {offsets} = this.#plan;
    return offsets[a]! <= offsets[b]! ? [a, b] : [b, a];
  }

  #births(): Stretch[] {
    const {start, end, gapIndex, gapStart, gapEnd} = this.#columns;
    const births: Stretch[] = [];
    for (let i = 0; i < this.#columns.count; i++) {
      if (!this.#isLive(i)) continue;
      let from = start[i]!;
      for (let g = gapIndex[i]!; g < gapIndex[i + 1]!; g++) {
        births.push({i, start: from, end: gapStart[g]!});
        from = gapEnd[g]!;
      }
      births.push({i, start: from, end: end[i]!});
    }
    return births;
  }

  /** The same memory, or the one tick in which an output is written over its input. */
  #maySharePlace(a: Stretch, b: Stretch): boolean {
    if (this.#alias[a.i] === this.#alias[b.i]) return true;
    const from = Math.max(a.start, b.start);
    const to = Math.min(a.end, b.end);
    if (to !== from + 1) return false;
    const {start, end, size} = this.#columns;
    const {offsets} = this.#plan;
    const sides = [this.#alias[a.i], this.#alias[b.i]];
    return (this.#constraints.inPlace ?? []).some(
      ({input, output}) =>
        start[output] === from &&
        end[input] === to &&
        offsets[input] === offsets[output] &&
        size[output]! <= size[input]! &&
        sides.includes(this.#alias[input]) &&
        sides.includes(this.#alias[output]) &&
        this.#alias[input] !== this.#alias[output],
    );
  }
}

/** A piece of buffer `i`. */
interface Stretch {
  readonly i: number;
  readonly start: Tick;
  readonly end: Tick;
}

/** Per buffer: the first of all that it is linked with, by way of others too. */
function groupsBy(count: number, groups: readonly (readonly number[])[]): readonly number[] {
  const links = new Map<number, number[]>();
  for (const group of groups) {
    for (const i of group) {
      const linked = links.get(i) ?? [];
      if (linked.length === 0) links.set(i, linked);
      linked.push(...group);
    }
  }
  const first = Array.from({length: count}, (_, i) => i);
  const seen = new Set<number>();
  for (const begin of links.keys()) {
    const reached = [begin];
    for (const i of reached) {
      if (seen.has(i)) continue;
      seen.add(i);
      first[i] = begin;
      reached.push(...links.get(i)!);
    }
  }
  return first;
}

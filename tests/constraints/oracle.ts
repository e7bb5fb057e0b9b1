/**
 * Constraints by definition, and the best plan of tiny problems by trying every offset. Written from
 * `docs/constraints.md` alone: no bundle, no slice, no reduction, nothing of the library.
 */
import type {BufferInfo, Problem} from '../../bindings/index.ts';

/** A plan to be judged: offsets, and per buffer its arena as text, `pool#number`. */
export interface Told {
  readonly offsets: readonly number[];
  readonly arenas: readonly string[];
}

/** The best there is: cost, then bytes over all arenas, then arenas; undefined where there is no plan. */
export interface Best {
  readonly cost: number;
  readonly total: number;
  readonly arenas: number;
}

interface Pool {
  readonly name: string;
  readonly capacity: number;
  readonly alignment: number;
  readonly largest: number;
  readonly cost: number;
  readonly repeated: boolean;
}

/** The problem, with every default filled in. */
export class Rules {
  readonly buffers: readonly BufferInfo[];
  readonly pools: readonly Pool[];
  readonly #problem: Problem;
  readonly #alias: number[];
  /** Per pair, once asked for: ticks at which both are live, and the bytes between them. */
  readonly #shared: number[][] = [];
  readonly #distances: (number | undefined | 'none')[] = [];
  readonly #tied: number[];
  /** By buffers and distance: ticks at which they need the same bytes. */
  readonly #meetings = new Map<string, readonly number[]>();
  /** Whether sizes change or bytes are held. */
  readonly #changes: boolean;
  /** Buffers that are placed by another one. */
  readonly #follows = new Set<number>();

  constructor(problem: Problem) {
    this.#problem = problem;
    this.buffers = problem.buffers;
    this.#changes = problem.hold !== undefined || problem.buffers.some(({sizes}) => sizes !== undefined);
    const several = problem.separate !== undefined || problem.scopes !== undefined;
    const pools = problem.pools ?? [
      {
        name: 'arena',
        repeated: several,
        ...(problem.capacity === undefined ? {} : {capacity: problem.capacity}),
      },
    ];
    this.pools = pools.map((pool, k) => ({
      name: pool.name,
      capacity: pool.capacity ?? Infinity,
      alignment: pool.alignment ?? 1,
      largest: pool.largest ?? Infinity,
      cost: pool.cost ?? k,
      repeated: pool.repeated ?? false,
    }));
    const {share = [], views = [], adjacent = []} = problem;
    for (const group of share) for (const other of group.slice(1)) this.#follows.add(Number(other));
    for (const view of views) this.#follows.add(Number(view.buffer));
    const same = [...share, ...views.map(({buffer, of}) => [of, buffer])];
    this.#alias = merged(this.buffers.length, same);
    this.#tied = merged(this.buffers.length, [...same, ...adjacent]);
  }

  isLive(i: number): boolean {
    const {size, start, end} = this.buffers[i]!;
    return size > 0 && start < end;
  }

  isLiveAt(i: number, tick: number): boolean {
    const {start, end, gaps = []} = this.buffers[i]!;
    return (
      this.isLive(i) && start <= tick && tick < end && !gaps.some(([from, to]) => from <= tick && tick < to)
    );
  }

  alignmentOf(i: number): number {
    const own = this.buffers[i]!.alignment;
    return own ?? (this.#follows.has(i) ? 1 : (this.#problem.alignment ?? 1));
  }

  costOf(i: number, pool: Pool): number {
    const {size, accesses = 2} = this.buffers[i]!;
    return size * accesses * pool.cost;
  }

  /** Whether buffer `i` may lie in the pool at all. */
  mayLieIn(i: number, pool: Pool): boolean {
    const {size, pools} = this.buffers[i]!;
    return size <= pool.largest && (pools === undefined || pools.includes(pool.name));
  }

  /** Whether two buffers must lie in one arena, or must not. */
  mustBeTogether(i: number, j: number): boolean {
    return this.#tied[i] === this.#tied[j];
  }

  mustBeApart(i: number, j: number): boolean {
    const isPair = ([a, b]: readonly (number | string)[]) => (a === i && b === j) || (a === j && b === i);
    if (this.#problem.separate?.some(isPair)) return true;
    return (this.#problem.scopes ?? []).some(
      ({reads, writes}) =>
        (reads.includes(i) && writes.includes(j)) || (reads.includes(j) && writes.includes(i)),
    );
  }

  /** Ticks at which both are live. */
  shared(i: number, j: number): readonly number[] {
    const key = i * this.buffers.length + j;
    this.#shared[key] ??= this.#ticksOf(i, j);
    return this.#shared[key]!;
  }

  #ticksOf(i: number, j: number): number[] {
    const ticks: number[] = [];
    const {start, end} = this.buffers[i]!;
    for (let tick = start; tick < end; tick++)
      if (this.isLiveAt(i, tick) && this.isLiveAt(j, tick)) ticks.push(tick);
    return ticks;
  }

  /** Why two placed buffers of one arena cannot both be where they are; undefined where they can. */
  quarrel(i: number, j: number, offsets: readonly number[]): string | undefined {
    const distance = this.distance(i, j);
    if (distance !== undefined && offsets[j]! - offsets[i]! !== distance) return `${i} and ${j} are not tied`;
    const [a, b] = [this.buffers[i]!, this.buffers[j]!];
    if (offsets[i]! + a.size <= offsets[j]! || offsets[j]! + b.size <= offsets[i]!) return undefined;
    if (this.#alias[i] === this.#alias[j]) return undefined;
    const ticks = this.#changes ? this.#meeting(i, j, offsets) : this.shared(i, j);
    if (ticks.every(tick => this.#inPlaceAt(i, j, tick, offsets))) return undefined;
    return `${i} and ${j} overlap`;
  }

  /** The bytes that a buffer uses at a tick, from its offset on; undefined for none. */
  bytesAt(i: number, tick: number): readonly [number, number] | undefined {
    if (!this.isLiveAt(i, tick)) return undefined;
    const {size, sizes = []} = this.buffers[i]!;
    const entry = sizes.filter(([from]) => from <= tick).at(-1);
    const bytes = entry === undefined ? [0, size] : entry.length === 2 ? [0, entry[1]] : [entry[1], entry[2]];
    return bytes[0]! < bytes[1]! ? [bytes[0]!, bytes[1]!] : undefined;
  }

  /** Ticks of i at which it uses a byte that j uses then, or up to `hold` ticks before or after, around the border too. */
  #meeting(i: number, j: number, offsets: readonly number[]): readonly number[] {
    const key = `${i} ${j} ${offsets[j]! - offsets[i]!}`;
    let ticks = this.#meetings.get(key);
    if (ticks === undefined) {
      ticks = this.#meetingTicks(i, j, offsets);
      this.#meetings.set(key, ticks);
    }
    return ticks;
  }

  #meetingTicks(i: number, j: number, offsets: readonly number[]): number[] {
    const {hold = 0, period} = this.#problem;
    const ticks: number[] = [];
    for (let s = this.buffers[i]!.start; s < this.buffers[i]!.end; s++) {
      for (let t = this.buffers[j]!.start; t < this.buffers[j]!.end; t++) {
        const apart = Math.abs(s - t);
        if (apart > hold && !(period !== undefined && period - apart <= hold)) continue;
        const [a, b] = [this.bytesAt(i, s), this.bytesAt(j, t)];
        if (a === undefined || b === undefined) continue;
        const [p, q] = [offsets[i]!, offsets[j]!];
        if (p + a[0] < q + b[1] && q + b[0] < p + a[1]) ticks.push(s);
      }
    }
    return ticks;
  }

  /** Whether an in-place pair could let two buffers overlap, wherever it is. */
  mayMeet(i: number, j: number): boolean {
    const ticks = this.shared(i, j);
    const isPair = (tick: number) => this.#pairsAt(i, j, tick).length > 0;
    // with sizes, the ticks that matter depend on the offsets
    return this.#changes ? ticks.some(isPair) : ticks.length > 0 && ticks.every(isPair);
  }

  #inPlaceAt(i: number, j: number, tick: number, offsets: readonly number[]): boolean {
    return this.#pairsAt(i, j, tick).some(
      ([input, output]) => offsets[input] !== undefined && offsets[input] === offsets[output],
    );
  }

  /** The pairs that allow it in that tick, by input and output. */
  #pairsAt(i: number, j: number, tick: number): [number, number][] {
    const pairs = (this.#problem.inPlace ?? []).map((pair): [number, number] => [
      Number(pair.input),
      Number(pair.output),
    ]);
    return pairs.filter(([input, output]) => {
      const from = this.buffers[input]!;
      const to = this.buffers[output]!;
      if (from.end !== to.start + 1 || to.start !== tick || to.size > from.size) return false;
      const is = (x: number, y: number) => this.#alias[x] === this.#alias[y];
      return (is(i, input) && is(j, output)) || (is(j, input) && is(i, output));
    });
  }

  /** Bytes from i to j where constraints say so. */
  distance(i: number, j: number): number | undefined {
    const key = i * this.buffers.length + j;
    this.#distances[key] ??= this.#distance(i, j) ?? 'none';
    const known = this.#distances[key];
    return known === 'none' ? undefined : known;
  }

  #distance(i: number, j: number): number | undefined {
    const {share = [], views = [], adjacent = []} = this.#problem;
    const all: number[] = [];
    if (share.some(group => group.includes(i) && group.includes(j))) all.push(0);
    for (const {buffer, of, offset} of views) {
      if (buffer === j && of === i) all.push(offset);
      if (buffer === i && of === j) all.push(-offset);
    }
    for (const group of adjacent) {
      if (!group.includes(i) || !group.includes(j)) continue;
      const at: number[] = [];
      let end = 0;
      group.forEach((member, m) => {
        const unit = m === 0 ? 1 : this.alignmentOf(Number(member));
        at[Number(member)] = Math.ceil(end / unit) * unit;
        end = at[Number(member)]! + this.buffers[Number(member)]!.size;
      });
      all.push(at[j]! - at[i]!);
    }
    // no two offsets are as far apart as two constraints say differently
    return all.every(distance => distance === all[0]) ? all[0] : Number.NaN;
  }

  /** Whether the offset is one that buffer `i` may have by itself. */
  mayStandAt(i: number, offset: number): boolean {
    const {offset: fixed} = this.buffers[i]!;
    return offset % this.alignmentOf(i) === 0 && (fixed === undefined || fixed === offset);
  }

  /** Whether the lowest of all that are tied together is a multiple of the pool's alignment, or one of them is fixed. */
  keepsToPool(members: readonly number[], offsets: readonly number[], pool: Pool): boolean {
    return members.every(i => {
      const tied = this.buffers.filter((_, j) => this.#tied[j] === this.#tied[i]);
      if (tied.some(({offset}) => offset !== undefined)) return true;
      // of a part of what is tied together nothing is known yet
      const isPart = this.buffers.some(
        (_, j) => this.isLive(j) && this.#tied[j] === this.#tied[i] && !members.includes(j),
      );
      if (isPart) return true;
      const lowest = Math.min(...members.filter(j => this.#tied[j] === this.#tied[i]).map(j => offsets[j]!));
      return lowest % pool.alignment === 0;
    });
  }

  /** The faults of a plan, in words. */
  faults({offsets, arenas}: Told): string[] {
    const faults: string[] = [];
    const live = this.buffers.flatMap((_, i) => (this.isLive(i) ? [i] : []));
    for (const arena of new Set(live.map(i => arenas[i]!))) {
      const [name, number] = arena.split('#');
      const pool = this.pools.find(one => one.name === name);
      if (!pool || (number !== '0' && !pool.repeated)) {
        faults.push(`no arena ${arena}`);
        continue;
      }
      const members = live.filter(i => arenas[i] === arena);
      for (const i of members) {
        if (!this.mayStandAt(i, offsets[i]!) || !Number.isInteger(offsets[i]) || offsets[i]! < 0)
          faults.push(`${i} at ${offsets[i]}`);
        if (!this.mayLieIn(i, pool)) faults.push(`${i} in ${arena}`);
        if (offsets[i]! + this.buffers[i]!.size > pool.capacity) faults.push(`${i} above ${pool.capacity}`);
        for (const j of members) {
          if (j >= i) continue;
          if (this.mustBeApart(i, j)) faults.push(`${j} and ${i} in one arena`);
          const quarrel = this.quarrel(j, i, offsets);
          if (quarrel) faults.push(quarrel);
        }
      }
      if (!this.keepsToPool(members, offsets, pool)) faults.push(`${arena} is misaligned`);
    }
    for (const i of live)
      for (const j of live)
        if (this.mustBeTogether(i, j) && arenas[i] !== arenas[j]) faults.push(`${i} and ${j} parted`);
    return faults;
  }
}

/** Per item the smallest of all that groups connect it with. */
function merged(count: number, groups: readonly (readonly (number | string)[])[]): number[] {
  const label = Array.from({length: count}, (_, i) => i);
  for (let isSettled = false; !isSettled; ) {
    isSettled = true;
    for (const group of groups) {
      const least = Math.min(...group.map(i => label[Number(i)]!));
      for (const i of group) {
        if (label[Number(i)] === least) continue;
        label[Number(i)] = least;
        isSettled = false;
      }
    }
  }
  return label;
}

/** The best plan of a tiny problem: every way to spread the buffers, every offset. */
export function bestPlan(problem: Problem): Best | undefined {
  const rules = new Rules(problem);
  const live = rules.buffers.flatMap((_, i) => (rules.isLive(i) ? [i] : []));
  const known = new Map<string, number>();
  const least = (members: readonly number[], pool: Pool): number => {
    const key = `${pool.name}:${members.join()}`;
    if (!known.has(key)) known.set(key, leastPeak(rules, members, pool));
    return known.get(key)!;
  };
  let best: Best | undefined;
  const groups: {pool: Pool; members: number[]}[] = [];
  const spread = (place: number, cost: number): void => {
    if (place === live.length) {
      const total = groups.reduce((sum, {pool, members}) => sum + least(members, pool), 0);
      const found = {cost, total, arenas: groups.length};
      if (total < Infinity && isLess(found, best)) best = found;
      return;
    }
    const i = live[place]!;
    for (const pool of rules.pools) {
      if (!rules.mayLieIn(i, pool)) continue;
      const next = cost + rules.costOf(i, pool);
      if (best && next > best.cost) continue;
      const own = groups.filter(group => group.pool === pool);
      const isFree = own.length === 0 || pool.repeated;
      for (const group of isFree ? [...own, undefined] : own) {
        const target = group ?? {pool, members: []};
        const tied = groups.flatMap(other => (other === target ? [] : other.members));
        if (tied.some(j => rules.mustBeTogether(i, j))) continue;
        if (target.members.some(j => rules.mustBeApart(i, j))) continue;
        if (group === undefined) groups.push(target);
        target.members.push(i);
        // a pair in place may let members overlap with one that is not there yet
        if (problem.inPlace !== undefined || least(target.members, pool) < Infinity) spread(place + 1, next);
        target.members.pop();
        if (group === undefined) groups.pop();
      }
    }
  };
  spread(0, 0);
  return best;
}

function isLess(a: Best, b: Best | undefined): boolean {
  if (b === undefined || a.cost !== b.cost) return b === undefined || a.cost < b.cost;
  return a.total !== b.total ? a.total < b.total : a.arenas < b.arenas;
}

/** The smallest peak of these buffers in one arena of the pool; infinite where there is none within its capacity. */
function leastPeak(rules: Rules, members: readonly number[], pool: Pool): number {
  // what is tied may be as far apart as all that is between, which need not be among the members
  const sum = rules.buffers.reduce(
    (bytes, {size, offset = 0}, i) => bytes + size + rules.alignmentOf(i) + pool.alignment + offset,
    0,
  );
  const lowest = Math.max(0, ...members.map(i => rules.buffers[i]!.size));
  for (let peak = lowest; peak <= Math.min(sum, pool.capacity); peak++) {
    const offsets: number[] = [];
    const fits = (place: number): boolean => {
      if (place === members.length) {
        // what an in-place pair decides is only known when both are placed
        const isSound = members.every((i, k) =>
          members.slice(0, k).every(j => !rules.quarrel(j, i, offsets)),
        );
        return isSound && rules.keepsToPool(members, offsets, pool);
      }
      const i = members[place]!;
      const before = members.slice(0, place);
      const tie = before.find(j => rules.distance(j, i) !== undefined);
      const only = tie === undefined ? undefined : offsets[tie]! + rules.distance(tie, i)!;
      for (let offset = Math.max(0, only ?? 0); offset + rules.buffers[i]!.size <= peak; offset++) {
        if (only !== undefined && offset !== only) return false;
        if (!rules.mayStandAt(i, offset)) continue;
        offsets[i] = offset;
        const mayGoOn = before.every(j => !rules.quarrel(j, i, offsets) || rules.mayMeet(i, j));
        if (mayGoOn && fits(place + 1)) return true;
        delete offsets[i];
      }
      return false;
    };
    if (fits(0)) return peak;
  }
  return Infinity;
}

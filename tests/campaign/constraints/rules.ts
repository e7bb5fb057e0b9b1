/**
 * What `docs/constraints.md` demands, tick by tick and byte by byte, for small problems. Buffers that hold nothing (no size or
 * no lifetime) demand nothing, but ties hold by way of them, and so does a fixed offset that they state.
 */
import type {BufferInfo, Problem} from '../../../bindings/index.ts';

/** Buffers at offsets, and per buffer its arena: a pool by index, and a number in it. */
export interface Placed {
  readonly offsets: readonly number[];
  readonly arenas: readonly (readonly [pool: number, number: number])[];
}

export interface PoolRules {
  readonly capacity: number;
  readonly alignment: number;
  readonly largest: number;
  readonly cost: number;
  readonly isRepeated: boolean;
}

/** Buffers at fixed distances from each other, `at` from the lowest that holds anything. */
export interface Component {
  readonly members: readonly number[];
  readonly at: ReadonlyMap<number, number>;
  /** Members that hold something, never none. */
  readonly live: readonly number[];
  readonly extent: number;
  /** The offset that members state; undefined for any, NaN for two. */
  readonly fixed: number | undefined;
}

export class Rules {
  readonly buffers: readonly BufferInfo[];
  readonly problem: Problem;
  readonly pools: readonly PoolRules[];
  readonly components: readonly Component[] = [];
  /** Whether ties contradict each other. */
  isContradictory = false;
  /** Whether the problem has arenas at all. */
  readonly hasArenas: boolean;
  readonly #alignment: number;
  readonly #followers = new Set<number>();
  readonly #memory: number[];
  readonly #apart = new Set<string>();

  /** `alignment` and `capacity` as in the options of a plan. */
  constructor(problem: Problem, alignment?: number, capacity?: number) {
    this.problem = problem;
    this.buffers = problem.buffers;
    this.#alignment = alignment ?? problem.alignment ?? 1;
    const {share = [], views = [], separate, scopes, pools} = problem;
    this.hasArenas = pools !== undefined || separate !== undefined || scopes !== undefined;
    const limit = capacity ?? problem.capacity ?? Infinity;
    const only: NonNullable<Problem['pools']>[number] = {
      name: 'arena',
      capacity: limit,
      repeated: this.hasArenas,
    };
    this.pools = (pools ?? [only]).map((pool, k) => ({
      capacity: pool.capacity ?? Infinity,
      alignment: pool.alignment ?? 1,
      largest: pool.largest ?? Infinity,
      cost: pools === undefined ? 0 : (pool.cost ?? k),
      isRepeated: pool.repeated ?? false,
    }));
    for (const group of share) for (const i of group.slice(1)) this.#followers.add(Number(i));
    for (const {buffer} of views) this.#followers.add(Number(buffer));
    this.#memory = this.buffers.map((_, i) => i);
    for (const group of share) for (const i of group.slice(1)) this.#join(Number(group[0]), Number(i));
    for (const {buffer, of} of views) this.#join(Number(of), Number(buffer));
    for (const [a, b] of separate ?? []) this.#keepApart(Number(a), Number(b));
    for (const {reads, writes} of scopes ?? [])
      for (const a of reads) for (const b of writes) this.#keepApart(Number(a), Number(b));
    this.#findComponents();
  }

  /** Whether it is stated as it may be: views within their owners, fixed offsets aligned. */
  isStatement(): boolean {
    const {views = []} = this.problem;
    return (
      views.every(
        ({buffer, of, offset}) =>
          offset + this.buffers[Number(buffer)]!.size <= this.buffers[Number(of)]!.size,
      ) && this.buffers.every(({offset = 0}, i) => offset % this.alignmentOf(i) === 0)
    );
  }

  isLive(i: number): boolean {
    const {size, start, end} = this.buffers[i]!;
    return size > 0 && start < end;
  }

  holds(i: number, tick: number): boolean {
    const {start, end, gaps = []} = this.buffers[i]!;
    const isIn = this.isLive(i) && start <= tick && tick < end;
    return isIn && !gaps.some(([from, to]) => from <= tick && tick < to);
  }

  alignmentOf(i: number): number {
    return this.buffers[i]!.alignment ?? (this.#followers.has(i) ? 1 : this.#alignment);
  }

  areApart(a: number, b: number): boolean {
    return this.#apart.has(`${a} ${b}`);
  }

  costIn(i: number, pool: PoolRules): number {
    const {size, accesses = 2} = this.buffers[i]!;
    return this.isLive(i) ? size * accesses * pool.cost : 0;
  }

  mayBeIn(i: number, k: number): boolean {
    const {size, pools} = this.buffers[i]!;
    const {pools: stated} = this.problem;
    if (size > this.pools[k]!.largest) return false;
    return stated === undefined || pools === undefined || pools.includes(stated[k]!.name);
  }

  /** Whether a component may be at an offset of a pool, looked at alone. */
  mayBeAt(component: Component, offset: number, k: number): boolean {
    const {live, at, fixed, extent} = component;
    const {alignment, capacity} = this.pools[k]!;
    if (offset < 0 || !Number.isSafeInteger(offset) || offset + extent > capacity) return false;
    if (fixed === undefined ? offset % alignment !== 0 : fixed !== offset) return false;
    return live.every(i => (offset + at.get(i)!) % this.alignmentOf(i) === 0);
  }

  /** Whether two live buffers of one arena need the same byte at the same tick, with nothing that allows it. */
  collide(a: number, b: number, offsetOf: (i: number) => number | undefined): boolean {
    if (this.#memory[a] === this.#memory[b]) return false;
    const [low, high] = [offsetOf(a)!, offsetOf(b)!];
    if (low + this.buffers[a]!.size <= high || high + this.buffers[b]!.size <= low) return false;
    const {start, end} = this.buffers[a]!;
    for (let tick = start; tick < end; tick++) {
      if (this.holds(a, tick) && this.holds(b, tick) && !this.#isInPlace(a, b, tick, offsetOf)) return true;
    }
    return false;
  }

  #isInPlace(a: number, b: number, tick: number, offsetOf: (i: number) => number | undefined): boolean {
    return (this.problem.inPlace ?? []).some(pair => {
      const [input, output] = [Number(pair.input), Number(pair.output)];
      const [from, to] = [this.buffers[input]!, this.buffers[output]!];
      if (!this.isLive(input) || !this.isLive(output)) return false;
      if (to.start !== tick || from.end !== tick + 1 || to.size > from.size) return false;
      if (offsetOf(input) === undefined || offsetOf(input) !== offsetOf(output)) return false;
      const isOf = (x: number, y: number) => this.#memory[x] === this.#memory[y];
      return (isOf(a, input) && isOf(b, output)) || (isOf(b, input) && isOf(a, output));
    });
  }

  /** What is wrong with a plan; nothing for a valid one. */
  faults({offsets, arenas}: Placed): string[] {
    const faults: string[] = [];
    if (this.isContradictory) faults.push('the ties contradict each other');
    const {names, of} = partsOf(this.problem);
    for (const component of this.components) {
      const [first] = component.live;
      const [pool, number] = arenas[first!]!;
      const offset = offsets[first!]! - component.at.get(first!)!;
      if (this.pools[pool] === undefined || (number > 0 && !this.pools[pool].isRepeated)) {
        faults.push(`${first} is in no arena`);
        continue;
      }
      if (!this.mayBeAt(component, offset, pool)) faults.push(`${first} at ${offsets[first!]}`);
      for (const i of component.live) {
        if (!this.mayBeIn(i, pool)) faults.push(`${i} in pool ${pool}`);
        if (offsets[i] !== offset + component.at.get(i)!) faults.push(`${i} is not tied to ${first}`);
        if (arenas[i]![0] !== pool || arenas[i]![1] !== number) faults.push(`${i} is not with ${first}`);
      }
    }
    this.buffers.forEach((_, a) => {
      for (let b = 0; b < a; b++) {
        if (!this.isLive(a) || !this.isLive(b)) continue;
        if (names.length > 1 && of[a] !== of[b]) {
          const isClear =
            offsets[a]! + this.buffers[a]!.size <= offsets[b]! ||
            offsets[b]! + this.buffers[b]!.size <= offsets[a]!;
          if (!isClear) faults.push(`${b} and ${a} of different parts share bytes`);
        }
        if (arenas[a]![0] !== arenas[b]![0] || arenas[a]![1] !== arenas[b]![1]) continue;
        if (this.areApart(a, b)) faults.push(`${b} and ${a} in one arena`);
        if (this.collide(b, a, i => (isSame(arenas[i]!, arenas[a]!) ? offsets[i] : undefined)))
          faults.push(`${b} and ${a} overlap`);
      }
    });
    return faults;
  }

  #join(a: number, b: number): void {
    const [from, to] = [this.#memory[b]!, this.#memory[a]!];
    this.#memory.forEach((memory, i) => {
      if (memory === from) this.#memory[i] = to;
    });
  }

  #keepApart(a: number, b: number): void {
    if (!this.isLive(a) || !this.isLive(b)) return;
    this.#apart.add(`${a} ${b}`).add(`${b} ${a}`);
  }

  /** All ties as a, b, and the bytes from a to b. */
  #ties(): [number, number, number][] {
    const {share = [], views = [], adjacent = []} = this.problem;
    const ties: [number, number, number][] = [];
    for (const group of share) for (const i of group.slice(1)) ties.push([Number(group[0]), Number(i), 0]);
    for (const {buffer, of, offset} of views) ties.push([Number(of), Number(buffer), offset]);
    for (const group of adjacent) {
      let at = 0;
      for (let m = 1; m < group.length; m++) {
        at += this.buffers[Number(group[m - 1])]!.size;
        const unit = this.alignmentOf(Number(group[m]));
        while (at % unit !== 0) at++;
        ties.push([Number(group[0]), Number(group[m]), at]);
      }
    }
    return ties;
  }

  #findComponents(): void {
    const ties = this.#ties();
    const seen = new Set<number>();
    this.buffers.forEach((_, begin) => {
      if (seen.has(begin)) return;
      const at = new Map([[begin, 0]]);
      for (let isSettled = false; !isSettled; ) {
        isSettled = true;
        for (const [a, b, distance] of ties) {
          const [from, to] = [at.get(a), at.get(b)];
          if (from === undefined && to === undefined) continue;
          if (from !== undefined && to !== undefined) {
            if (to - from !== distance) this.isContradictory = true;
            continue;
          }
          isSettled = false;
          if (to === undefined) at.set(b, from! + distance);
          else at.set(a, to - distance);
        }
      }
      for (const i of at.keys()) seen.add(i);
      this.#addComponent(at);
    });
  }

  #addComponent(at: Map<number, number>): void {
    const live = [...at.keys()].filter(i => this.isLive(i)).sort((a, b) => a - b);
    if (live.length === 0) return;
    const lowest = Math.min(...live.map(i => at.get(i)!));
    for (const [i, distance] of at) at.set(i, distance - lowest);
    const stated = [...at].flatMap(([i, distance]) => {
      const {offset} = this.buffers[i]!;
      return offset === undefined ? [] : [offset - distance];
    });
    const fixed = stated.every(offset => offset === stated[0]) ? stated[0] : Number.NaN;
    const extent = Math.max(...live.map(i => at.get(i)! + this.buffers[i]!.size));
    (this.components as Component[]).push({members: [...at.keys()], at, live, extent, fixed});
  }
}

function isSame(a: readonly [number, number], b: readonly [number, number]): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

/** Parts by name; one where none are stated. */
function partsOf({buffers}: Problem): {names: string[]; of: number[]} {
  const names = [...new Set(buffers.map(({part = ''}) => part))];
  return {names, of: buffers.map(({part = ''}) => names.indexOf(part))};
}

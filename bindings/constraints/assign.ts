/**
 * Assigns bundles to arenas by their load over time, without packing: the more a bundle gains in the better pool for
 * the room it takes there, the earlier it chooses. Then bundles change arenas as long as that saves bytes.
 */
import type {Bytes} from '../model/numbers.ts';
import type {Group, Packer} from './assignment.ts';
import type {Memory} from './memories.ts';
import type {Solving} from './subproblems.ts';
import {most, Timeline} from './timeline.ts';
import {Work} from './work.ts';

/** An arena that is being filled. */
export interface OpenArena {
  readonly memory: Memory;
  readonly bundles: Set<number>;
  readonly load: Float64Array;
}

/** Passes over all bundles in which they may change arenas. */
const MOST_PASSES = 8;
/** Above so many bundles, or arenas times bundles, nothing changes arenas. */
const MOST_MOVES = 200_000;

export class Assigner {
  readonly #packer: Packer;
  readonly timeline: Timeline;
  readonly live: readonly number[];
  readonly work = new Work();
  /** Per bundle: the additional cost of the next pool. */
  readonly #gain: readonly number[];

  constructor(packer: Packer) {
    this.#packer = packer;
    const {bundles, memories} = packer;
    this.timeline = new Timeline(bundles);
    this.live = bundles.flatMap(({slices}, k) => (slices.length > 0 ? [k] : []));
    this.#gain = bundles.map((_, k) => {
      const [first, ...others] = memories.choices(k);
      const next = others.find(({cost}) => cost > first!.cost);
      return first && next ? memories.costOf(k, next) - memories.costOf(k, first) : 0;
    });
  }

  /** Orders in which bundles choose: by gain for the room, by gain, by size, by when they begin. */
  get orders(): readonly (readonly number[])[] {
    const {bundles} = this.#packer;
    const by = (key: (k: number) => number) => {
      const keys = new Map(this.live.map(k => [k, key(k)]));
      return [...this.live].sort((a, b) => keys.get(b)! - keys.get(a)! || a - b);
    };
    const size = (k: number) => bundles[k]!.extent;
    const area = (k: number) => this.timeline.areaOf(k);
    const orders = [
      by(k => this.#gain[k]! / area(k)),
      by(k => this.#gain[k]!),
      by(size),
      by(k => -bundles[k]!.slices[0]!.pieces[0]!),
    ];
    return this.#gain.some(gain => gain > 0) ? orders : orders.slice(2);
  }

  /** Every live bundle in an arena. */
  *inOrder(order: readonly number[]): Solving<OpenArena[]> {
    const arenas: OpenArena[] = [];
    for (const memory of this.#packer.memories.list) {
      if (!memory.isRepeated) arenas.push(this.#open(memory));
    }
    for (const k of order) {
      this.put(arenas, k, this.choose(arenas, k) ?? this.#lastResort(arenas, k));
      if (this.work.isDue(this.stepsIn(arenas, k))) yield;
    }
    yield* this.#rearrange(arenas);
    return arenas;
  }

  /** The cheapest arena whose load stays within its capacity, of equals the one that grows least; maybe a new one. */
  choose(arenas: readonly OpenArena[], k: number, except?: OpenArena): OpenArena | undefined {
    for (const memory of this.#packer.memories.choices(k)) {
      const able = arenas.filter(
        arena => arena !== except && arena.memory === memory && this.canTake(arena, k),
      );
      const candidates = memory.isRepeated ? [...able, this.#open(memory)] : able;
      let best: {arena: OpenArena; growth: Bytes} | undefined;
      for (const arena of candidates) {
        const growth = this.#growth(arena, k);
        if (best === undefined || growth < best.growth) best = {arena, growth};
      }
      if (best !== undefined) return best.arena;
    }
    return undefined;
  }

  canTake({memory, bundles, load}: OpenArena, k: number): boolean {
    for (const other of this.#packer.memories.apart[k]!) if (bundles.has(other)) return false;
    return memory.capacity === Number.POSITIVE_INFINITY || this.timeline.mostWith(load, k) <= memory.capacity;
  }

  put(arenas: OpenArena[], k: number, arena: OpenArena): void {
    if (!arenas.includes(arena)) arenas.push(arena);
    arena.bundles.add(k);
    this.timeline.add(arena.load, k);
  }

  take(k: number, arena: OpenArena): void {
    arena.bundles.delete(k);
    this.timeline.add(arena.load, k, -1);
  }

  groupsOf(arenas: readonly OpenArena[]): Group[] {
    return arenas.map(({memory, bundles}) => ({memory, bundles: [...bundles].sort((a, b) => a - b)}));
  }

  #open(memory: Memory): OpenArena {
    return {memory, bundles: new Set(), load: this.timeline.newLoad()};
  }

  /** Bytes that the arena's largest load rises by; all of it in a new one. */
  #growth({load}: OpenArena, k: number): Bytes {
    return Math.max(0, this.timeline.mostWith(load, k) - most(load));
  }

  /** Where a bundle goes that fits nowhere: among those it need not keep apart from, into the largest. */
  #lastResort(arenas: readonly OpenArena[], k: number): OpenArena {
    const {memories} = this.#packer;
    const permitted = memories.permitted(k).sort((a, b) => b.capacity - a.capacity || a.pool - b.pool);
    for (const memory of permitted) {
      const apart = (arena: OpenArena) => [...memories.apart[k]!].some(other => arena.bundles.has(other));
      const arena = arenas.find(one => one.memory === memory && !apart(one));
      if (memory.isRepeated) return this.#open(memory);
      if (arena) return arena;
    }
    // no plan can keep them apart; verify reports it
    return arenas.find(({memory}) => memory === permitted[0]) ?? this.#open(permitted[0]!);
  }

  /** Steps of a look for the arena of bundle `k`. */
  stepsIn(arenas: readonly OpenArena[], k: number): number {
    const {memories} = this.#packer;
    return (
      arenas.length * (this.timeline.ticks.length + 2 * this.timeline.lengthOf(k) + memories.apart[k]!.size)
    );
  }

  *#rearrange(arenas: OpenArena[]): Solving<void> {
    if (arenas.length * this.live.length > MOST_MOVES) return;
    let isChanged = true;
    for (let pass = 0; isChanged && pass < MOST_PASSES; pass++) {
      isChanged = false;
      for (const k of this.live) {
        if (this.#packer.subproblems.isOver) return;
        if (this.#moveIfBetter(arenas, k)) isChanged = true;
        if (this.work.isDue(this.stepsIn(arenas, k))) yield;
      }
    }
  }

  /** Moves bundle `k` to an arena of the same cost where that saves bytes. */
  #moveIfBetter(arenas: OpenArena[], k: number): boolean {
    const from = arenas.find(({bundles}) => bundles.has(k))!;
    const before = most(from.load);
    this.take(k, from);
    const saved = before - most(from.load);
    let best = {arena: from, growth: saved};
    for (const arena of arenas) {
      if (arena === from || arena.memory.cost !== from.memory.cost) continue;
      if (!this.#packer.memories.choices(k).includes(arena.memory) || !this.canTake(arena, k)) continue;
      const growth = this.#growth(arena, k);
      // of equals the one that empties an arena
      const isBetter = growth < best.growth || (growth === best.growth && from.bundles.size === 0);
      if (isBetter && best.arena !== arena) best = {arena, growth};
    }
    this.put(arenas, k, best.arena);
    return best.arena !== from;
  }
}

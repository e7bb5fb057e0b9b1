/**
 * The heaviest antichain of an order, by a maximum flow (Dilworth's theorem with weights: Dilworth 1950, Fulkerson 1956). Each node
 * hands its bytes on to nodes that follow it; what cannot be handed on is the weight of the antichain. The flow is that of Dinic
 * (1970), with the arcs left implicit: those of a node are the ends of chains, and a level of the search is a stretch of each.
 */
import type {Order} from './order.ts';

const NONE = -1;

/** The nodes of the heaviest antichain. `weight`: per node, an integer; nodes of weight 0 are in none. Pauses. */
export function* heaviestAntichain(order: Order, weight: Float64Array): Generator<undefined, number[]> {
  const flow = new Flow(order, weight);
  flow.handOnAtOnce();
  yield;
  while (flow.findLevels()) {
    flow.fill();
    yield;
  }
  return flow.cut();
}

class Flow {
  readonly #order: Order;
  readonly #weight: Float64Array;
  /** Per node: bytes that it can still hand on, and bytes that it can still get. */
  readonly #gives: Float64Array;
  readonly #takes: Float64Array;
  /** Who hands bytes to a node: lists of pairs. */
  readonly #head: Int32Array;
  #pairNext: number[] = [];
  #pairFrom: number[] = [];
  #pairBytes: number[] = [];
  /** Levels of the search: NONE where it does not come. */
  readonly #giverLevel: Int32Array;
  readonly #takerLevel: Int32Array;
  /** Per level and chain: the stretch of places that it reaches first. */
  #low: Int32Array[] = [];
  #high: Int32Array[] = [];
  /** Per chain: its first slot; per slot: the next one that may lead on. */
  readonly #slotOf: Int32Array;
  readonly #alive: Int32Array;
  /** Where a node goes on to look. */
  readonly #chain: Int32Array;
  readonly #pair: Int32Array;

  constructor(order: Order, weight: Float64Array) {
    const {count, chains} = order;
    this.#order = order;
    this.#weight = weight;
    this.#gives = weight.slice();
    this.#takes = weight.slice();
    this.#head = new Int32Array(count).fill(NONE);
    this.#giverLevel = new Int32Array(count);
    this.#takerLevel = new Int32Array(count);
    this.#chain = new Int32Array(count);
    this.#pair = new Int32Array(count);
    this.#slotOf = new Int32Array(chains.length + 1);
    chains.forEach((chain, c) => {
      // one slot more, at which every search ends
      this.#slotOf[c + 1] = this.#slotOf[c]! + chain.length + 1;
    });
    this.#alive = new Int32Array(this.#slotOf[chains.length]!);
  }

  /** A first flow: in order of chains, each node takes from those that ended last. */
  handOnAtOnce(): void {
    const {count, chains, first} = this.#order;
    const width = chains.length;
    chains.forEach((chain, c) => {
      const from = new Int32Array(chain.length + 2);
      for (let x = 0; x < count; x++) from[first[x * width + c]! + 1]!++;
      for (let k = 0; k <= chain.length; k++) from[k + 1]! += from[k]!;
      const sorted = new Int32Array(count);
      const at = from.slice();
      for (let x = 0; x < count; x++) sorted[at[first[x * width + c]!]!++] = x;
      const ready: number[] = [];
      chain.forEach((y, k) => {
        for (let i = from[k]!; i < from[k + 1]!; i++) ready.push(sorted[i]!);
        while (this.#takes[y]! > 0 && ready.length > 0) {
          const x = ready.at(-1)!;
          const bytes = Math.min(this.#gives[x]!, this.#takes[y]!);
          if (bytes > 0) this.#hand(x, y, bytes);
          if (bytes > 0) this.#takes[y]! -= bytes;
          this.#gives[x]! -= bytes;
          if (this.#gives[x] === 0) ready.pop();
        }
      });
    });
  }

  #hand(x: number, y: number, bytes: number): void {
    const head = this.#head[y]!;
    if (head !== NONE && this.#pairFrom[head] === x) {
      this.#pairBytes[head]! += bytes;
      return;
    }
    this.#pairNext.push(head);
    this.#pairFrom.push(x);
    this.#pairBytes.push(bytes);
    this.#head[y] = this.#pairFrom.length - 1;
  }

  /** Searches from all who can give to the nearest who can take; whether there are any. */
  findLevels(): boolean {
    const {count, chains, first} = this.#order;
    const width = chains.length;
    this.#giverLevel.fill(NONE);
    this.#takerLevel.fill(NONE);
    this.#low = [];
    this.#high = [];
    const reached = Int32Array.from(chains, chain => chain.length);
    let frontier: number[] = [];
    for (let x = 0; x < count; x++) if (this.#gives[x]! > 0) frontier.push(x);
    for (const x of frontier) this.#giverLevel[x] = 0;
    let isFound = false;
    for (let level = 0; frontier.length > 0 && !isFound; level++) {
      const high = reached.slice();
      for (const x of frontier) {
        for (let c = 0; c < width; c++) {
          if (first[x * width + c]! < reached[c]!) reached[c] = first[x * width + c]!;
        }
      }
      this.#low.push(reached.slice());
      this.#high.push(high);
      frontier = [];
      for (let c = 0; c < width; c++) {
        for (let k = reached[c]!; k < high[c]!; k++) {
          const y = chains[c]![k]!;
          this.#takerLevel[y] = level;
          if (this.#takes[y]! > 0) isFound = true;
          this.#reachGivers(y, level + 1, frontier);
        }
      }
    }
    return isFound;
  }

  #reachGivers(y: number, level: number, frontier: number[]): void {
    for (let pair = this.#head[y]!; pair !== NONE; pair = this.#pairNext[pair]!) {
      const x = this.#pairFrom[pair]!;
      if (this.#pairBytes[pair] === 0 || this.#giverLevel[x] !== NONE) continue;
      this.#giverLevel[x] = level;
      frontier.push(x);
    }
  }

  /** Sends what the shortest ways carry. */
  fill(): void {
    this.#dropEmptyPairs();
    this.#chain.fill(0);
    this.#pair.set(this.#head);
    for (let slot = 0; slot < this.#alive.length; slot++) this.#alive[slot] = slot;
    for (let x = 0; x < this.#order.count; x++) {
      if (this.#giverLevel[x] !== 0) continue;
      while (this.#gives[x]! > 0 && this.#sendFrom(x));
    }
  }

  #dropEmptyPairs(): void {
    const [next, from, bytes] = [this.#pairNext, this.#pairFrom, this.#pairBytes];
    this.#pairNext = [];
    this.#pairFrom = [];
    this.#pairBytes = [];
    for (let y = 0; y < this.#head.length; y++) {
      let pair = this.#head[y]!;
      this.#head[y] = NONE;
      for (; pair !== NONE; pair = next[pair]!)
        if (bytes[pair]! > 0) this.#hand(from[pair]!, y, bytes[pair]!);
    }
  }

  /** Finds one way from a giver, and sends what it carries; whether there is one. */
  #sendFrom(root: number): boolean {
    /** Takers of the way, and the pairs by which it goes on. */
    const takers: number[] = [];
    const pairs: number[] = [];
    let x = root;
    for (;;) {
      const y = this.#takerFrom(x);
      if (y === NONE) {
        if (pairs.length === 0) return false;
        // the giver leads nowhere: the taker before goes on with its next pair
        const pair = pairs.pop()!;
        const taker = takers.pop()!;
        this.#pair[taker] = this.#pairNext[pair]!;
        x = pairs.length === 0 ? root : this.#pairFrom[pairs.at(-1)!]!;
        continue;
      }
      if (this.#takes[y]! > 0) {
        this.#send(root, [...takers, y], pairs);
        return true;
      }
      const pair = this.#pairOn(y);
      if (pair === NONE) {
        this.#kill(y);
        continue;
      }
      takers.push(y);
      pairs.push(pair);
      x = this.#pairFrom[pair]!;
    }
  }

  /** The next taker of the level of x that may lead on. */
  #takerFrom(x: number): number {
    const {chains, first} = this.#order;
    const width = chains.length;
    const level = this.#giverLevel[x]!;
    const [lows, highs] = [this.#low[level], this.#high[level]];
    if (lows === undefined || highs === undefined) return NONE;
    for (let c = this.#chain[x]!; c < width; c++) {
      const from = Math.max(first[x * width + c]!, lows[c]!);
      if (from < highs[c]!) {
        const place = this.#find(this.#slotOf[c]! + from) - this.#slotOf[c]!;
        if (place < highs[c]!) {
          this.#chain[x] = c;
          return chains[c]![place]!;
        }
      }
    }
    this.#chain[x] = width;
    return NONE;
  }

  /** The next slot that may lead on. */
  #find(slot: number): number {
    let root = slot;
    while (this.#alive[root] !== root) root = this.#alive[root]!;
    for (let at = slot; this.#alive[at] !== root; ) {
      const up = this.#alive[at]!;
      this.#alive[at] = root;
      at = up;
    }
    return root;
  }

  /** A pair of a taker whose giver is one level further. */
  #pairOn(y: number): number {
    const level = this.#takerLevel[y]! + 1;
    let pair = this.#pair[y]!;
    while (
      pair !== NONE &&
      (this.#pairBytes[pair] === 0 || this.#giverLevel[this.#pairFrom[pair]!] !== level)
    )
      pair = this.#pairNext[pair]!;
    this.#pair[y] = pair;
    return pair;
  }

  #kill(y: number): void {
    const slot = this.#slots[y]!;
    this.#alive[slot] = slot + 1;
  }

  /** Per node: its slot. */
  get #slots(): Int32Array {
    if (this.#slotsMade) return this.#slotsMade;
    const slots = new Int32Array(this.#order.count);
    this.#order.chains.forEach((chain, c) => {
      chain.forEach((y, k) => {
        slots[y] = this.#slotOf[c]! + k;
      });
    });
    this.#slotsMade = slots;
    return slots;
  }
  #slotsMade: Int32Array | undefined;

  #send(root: number, takers: readonly number[], pairs: readonly number[]): void {
    const last = takers.at(-1)!;
    let bytes = Math.min(this.#gives[root]!, this.#takes[last]!);
    for (const pair of pairs) bytes = Math.min(bytes, this.#pairBytes[pair]!);
    let x = root;
    takers.forEach((y, k) => {
      this.#hand(x, y, bytes);
      if (k === pairs.length) return;
      this.#pairBytes[pairs[k]!]! -= bytes;
      x = this.#pairFrom[pairs[k]!]!;
    });
    this.#gives[root]! -= bytes;
    this.#takes[last]! -= bytes;
  }

  /** After the last search: the nodes whose bytes nobody can take. */
  cut(): number[] {
    const found: number[] = [];
    for (let x = 0; x < this.#order.count; x++) {
      const isIn = this.#giverLevel[x] !== NONE && this.#takerLevel[x] === NONE;
      if (isIn && this.#weight[x]! > 0) found.push(x);
    }
    return found;
  }
}

/**
 * The order of pieces for the flow, in O(pieces × chains): along a chain each piece knows all that the one before it knew, so what
 * may follow a piece is the end of every chain. The pieces that are born on one stream are such a chain.
 */
import {BitRows} from './bit-rows.ts';
import type {Pieces} from './pieces.ts';

/** A transitive order of nodes. Of a plan that repeats, node `p + pieces` is piece p of the next iteration. */
export interface Order {
  readonly count: number;
  /** Each node is in one chain. */
  readonly chains: readonly Uint32Array[];
  /** Per node and chain: the place from which on the chain's nodes follow the node; the chain's length where none does. */
  readonly first: Uint32Array;
  /** Whether it is "before" itself; false where more had to be ordered to make it transitive. */
  readonly isOwn: boolean;
}

/** Chains at most, and nodes whose order is closed explicitly where it is not transitive. */
const MOST_CHAINS = 64;
const MOST_CLOSED = 2000;

/** Undefined where the order is too large to be bounded by a flow. */
export function orderOf(pieces: Pieces): Order | undefined {
  const chains = chainsOf(pieces);
  if (chains !== undefined) {
    const order = alongChains(pieces, chains);
    if (isTransitive(pieces, chains, order)) return order;
  }
  const nodes = pieces.next ? 2 * pieces.count : pieces.count;
  return nodes <= MOST_CLOSED ? closed(pieces, nodes) : undefined;
}

/** Pieces in order of start, each behind the closest one whose knowledge it has. */
function chainsOf(pieces: Pieces): Uint32Array[] | undefined {
  const {count, start, birth, streams} = pieces;
  const knowledge = new Float64Array(count);
  for (let at = 0; at < birth.length; at++) knowledge[Math.floor(at / streams)]! += birth[at]!;
  const order = Uint32Array.from({length: count}, (_, p) => p).sort(
    (a, b) => start[a]! - start[b]! || knowledge[a]! - knowledge[b]! || a - b,
  );
  const chains: number[][] = [];
  for (const p of order) {
    let best: number[] | undefined;
    for (const chain of chains) {
      const last = chain.at(-1)!;
      const isCloser = best === undefined || knowledge[last]! > knowledge[best.at(-1)!]!;
      if (isCloser && knowsAll(pieces, last, p)) best = chain;
    }
    if (best) best.push(p);
    else if (chains.length === MOST_CHAINS) return undefined;
    else chains.push([p]);
  }
  return chains.map(chain => Uint32Array.from(chain));
}

/** Whether q knows what p knows, in this iteration and in the next. */
function knowsAll({streams, birth, next}: Pieces, p: number, q: number): boolean {
  return isAtMost(birth, p, birth, q, streams) && (!next || isAtMost(next, p, next, q, streams));
}

function isAtMost(a: Uint32Array, p: number, b: Uint32Array, q: number, streams: number): boolean {
  for (let s = 0; s < streams; s++) if (a[p * streams + s]! > b[q * streams + s]!) return false;
  return true;
}

function alongChains(pieces: Pieces, chains: readonly Uint32Array[]): Order {
  const {count, end, start, birth, next} = pieces;
  const own = (p: number, q: number) => end[p]! <= start[q]! && pieces.isKnown(p, birth, q);
  const here = firstOf(count, chains, own);
  if (!next) return {count, chains, first: here, isOwn: true};
  const there = firstOf(count, chains, (p, q) => pieces.isKnown(p, next, q));
  const width = chains.length;
  const first = new Uint32Array(4 * count * width);
  for (let p = 0; p < count; p++) {
    for (let c = 0; c < width; c++) {
      const at = p * width + c;
      first[2 * p * width + c] = here[at]!;
      first[(2 * p + 1) * width + c] = there[at]!;
      first[2 * (count + p) * width + c] = chains[c]!.length;
      first[(2 * (count + p) + 1) * width + c] = here[at]!;
    }
  }
  const again = chains.map(chain => chain.map(p => p + count));
  return {count: 2 * count, chains: [...chains, ...again], first, isOwn: true};
}

/** Per piece and chain: the first place of which the rule holds; it must hold from there on. */
function firstOf(
  count: number,
  chains: readonly Uint32Array[],
  rule: (p: number, q: number) => boolean,
): Uint32Array {
  const first = new Uint32Array(count * chains.length);
  for (let p = 0; p < count; p++) {
    chains.forEach((chain, c) => {
      let [low, high] = [0, chain.length];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (rule(p, chain[middle]!)) high = middle;
        else low = middle + 1;
      }
      first[p * chains.length + c] = low;
    });
  }
  return first;
}

/**
 * Whether the order is surely transitive: what follows a piece knows all that the piece knows. So it is where clocks come of a
 * program. The pieces of one buffer, and those of the next iteration, must follow each other.
 */
function isTransitive(pieces: Pieces, chains: readonly Uint32Array[], {first}: Order): boolean {
  const {count, streams, birth, next, buffer} = pieces;
  const width = chains.length * (next ? 2 : 1);
  for (let p = 0; p < count; p++) {
    for (let c = 0; c < chains.length; c++) {
      const here = chains[c]![first[p * width + c]!];
      if (here !== undefined && !knowsAll(pieces, p, here)) return false;
      const there = next ? chains[c]![first[p * width + chains.length + c]!] : undefined;
      if (there !== undefined && !isAtMost(birth, p, next!, there, streams)) return false;
    }
    if (p + 1 < count && buffer[p] === buffer[p + 1] && !pieces.isKnown(p, birth, p + 1)) return false;
    if (next && !areOverBeforeNext(pieces, p)) return false;
  }
  return true;
}

/** Whether all pieces of the buffer of p begin again after p is over. */
function areOverBeforeNext(pieces: Pieces, p: number): boolean {
  const {first, buffer, next} = pieces;
  for (let q = first[buffer[p]!]!; q < first[buffer[p]! + 1]!; q++) {
    if (!pieces.isKnown(p, next!, q)) return false;
  }
  return true;
}

/** The transitive closure of what is before what; the pieces of one buffer follow each other. */
function closed(pieces: Pieces, count: number): Order {
  const {count: own, start, end, birth, next, buffer} = pieces;
  const follows = (x: number, y: number): boolean => {
    const [p, q] = [x % own, y % own];
    if (x >= own && y < own) return false;
    const isSame = buffer[p] === buffer[q];
    if (x < own && y >= own) return isSame || pieces.isKnown(p, next!, q);
    return end[p]! <= start[q]! && (isSame || pieces.isKnown(p, birth, q));
  };
  const order = Uint32Array.from({length: count}, (_, x) => x).sort(
    (a, b) => Number(a >= own) - Number(b >= own) || start[a % own]! - start[b % own]! || a - b,
  );
  const rows = new BitRows(count);
  for (let k = count - 1; k >= 0; k--) {
    const x = order[k]!;
    for (let later = k + 1; later < count; later++) {
      const y = order[later]!;
      if (rows.has(x, y) || !follows(x, y)) continue;
      rows.set(x, y);
      for (let w = 0; w < rows.words; w++) rows.bits[x * rows.words + w]! |= rows.bits[y * rows.words + w]!;
    }
  }
  const first = new Uint32Array(count * count);
  let isOwn = true;
  for (let x = 0; x < count; x++) {
    for (let k = 0; k < count; k++) {
      const isFollowed = rows.has(x, order[k]!);
      first[x * count + k] = isFollowed ? 0 : 1;
      if (isFollowed && !follows(x, order[k]!)) isOwn = false;
    }
  }
  return {count, chains: Array.from(order, x => Uint32Array.of(x)), first, isOwn};
}

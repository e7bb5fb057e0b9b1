import {alloc} from './arena';
import {setU32, u32At, u64At, setU64} from './column';
import {Items, newItems, orderItems, writePlan} from './items';
import {Problem} from './layout';
import {ABOVE, beginPass, newPass, PASSED, PASSING, Pass, stepPass} from './pass';
import {below, newRandom, next, Random} from './random';
import {beginSearch, Search} from './search';
import {DONE, RUNNING} from './status';
import {cutClasses, NUM_STRATEGIES, rankItems, setStrategy, Strategy} from './strategies';

/** Strategies whose plans are worked on further. */
const NUM_CONTENDERS: u32 = 2;

@unmanaged
export class Contender {
  strategy: Strategy;
  /** u32 ×numFree: the rank of every free item. */
  ranks: usize;
  /** u64 ×items: where they stand. */
  offsets: usize;
  peak: u64;
}

@unmanaged
export class Classes extends Search {
  random: Random;
  items: Items;
  pass: Pass;
  /** The strategy to run next, and the distance to the one after that. */
  next: u32;
  stride: u32;
  isPassing: bool;
  /** What the pass in hand is made of, and whom it comes from: index of a contender, or their number. */
  trial: Contender;
  parent: u32;
  contenders: usize;
  numContenders: u32;
}

export function beginClasses(p: Problem, lowerBound: u64, incumbent: u64, seed: u32, from: u32, stride: u32): Classes {
  const c = changetype<Classes>(alloc(offsetof<Classes>()));
  beginSearch(c, p, lowerBound, incumbent);
  c.random = newRandom(seed);
  c.items = newItems(p);
  c.pass = newPass(c.items);
  c.next = from;
  c.stride = stride;
  c.isPassing = false;
  c.contenders = alloc((NUM_CONTENDERS + 1) << 2);
  for (let k: u32 = 0; k <= NUM_CONTENDERS; k++) setU32(c.contenders, k, <u32>changetype<usize>(newContender(c.items)));
  c.trial = contenderAt(c, NUM_CONTENDERS);
  c.trial.offsets = c.items.offset;
  c.numContenders = 0;
  return c;
}

function newContender(items: Items): Contender {
  const contender = changetype<Contender>(alloc(offsetof<Contender>()));
  contender.strategy = changetype<Strategy>(alloc(offsetof<Strategy>()));
  contender.ranks = alloc((<u64>items.numFree) << 2);
  contender.offsets = alloc((<u64>items.count) << 3);
  return contender;
}

export function contenderAt(c: Classes, index: u32): Contender {
  return changetype<Contender>(<usize>u32At(c.contenders, index));
}

export function stepClasses(c: Classes, nodes: u64): i32 {
  const until = c.nodes + nodes;
  do {
    if (min(c.peak, c.incumbent) <= c.lowerBound) return DONE;
    if (!c.isPassing) begin(c);
    const answer = stepPass(c.pass, until);
    c.nodes = c.pass.nodes;
    if (answer == PASSING) break;
    c.isPassing = false;
    if (answer == PASSED) accept(c);
  } while (c.nodes < until);
  return min(c.peak, c.incumbent) <= c.lowerBound ? DONE : RUNNING;
}

function begin(c: Classes): void {
  c.pass.nodes++;
  c.isPassing = true;
  let limit: u64 = u64.MAX_VALUE;
  if (c.next < NUM_STRATEGIES) {
    setStrategy(c.trial.strategy, c.next);
    c.next += c.stride;
    c.parent = NUM_CONTENDERS;
    turn(c);
    rankItems(c.trial.strategy, c.items, c.trial.ranks);
    if (c.numContenders == NUM_CONTENDERS) limit = contenderAt(c, NUM_CONTENDERS - 1).peak - 1;
  } else {
    c.parent = below(c.random, 4) == 0 ? below(c.random, c.numContenders) : 0;
    const parent = contenderAt(c, c.parent);
    memory.copy(changetype<usize>(c.trial.strategy), changetype<usize>(parent.strategy), offsetof<Strategy>());
    memory.copy(c.trial.ranks, parent.ranks, (<usize>c.items.numFree) << 2);
    turn(c);
    perturb(c, parent);
    limit = parent.peak;
  }
  c.pass.numClasses = cutClasses(c.trial.strategy, c.trial.ranks, c.items.numFree, c.pass.starts, c.pass.members);
  beginPass(c.pass, limit);
}

function turn(c: Classes): void {
  const isReversed = c.trial.strategy.isReversed;
  if (c.items.isReversed != isReversed) orderItems(c.items, isReversed);
}

function accept(c: Classes): void {
  c.trial.peak = c.pass.peak;
  if (c.pass.peak < c.peak) {
    c.peak = c.pass.peak;
    writePlan(c.items, c.plan);
  }
  if (c.parent == NUM_CONTENDERS) {
    if (c.numContenders < NUM_CONTENDERS) c.numContenders++;
    c.parent = c.numContenders - 1;
  }
  exchange(c, c.parent, NUM_CONTENDERS);
  for (let k = c.parent; k > 0; k--) {
    if (contenderAt(c, k).peak >= contenderAt(c, k - 1).peak) break;
    exchange(c, k, k - 1);
  }
  // standing items keep their offsets in every column
  c.trial = contenderAt(c, NUM_CONTENDERS);
  c.items.offset = c.trial.offsets;
  orderItems(c.items, c.items.isReversed);
}

function exchange(c: Classes, a: u32, b: u32): void {
  const held = u32At(c.contenders, a);
  setU32(c.contenders, a, u32At(c.contenders, b));
  setU32(c.contenders, b, held);
}

function perturb(c: Classes, parent: Contender): void {
  const items = c.items;
  const near = parent.peak - (parent.peak - c.lowerBound) / (1 + below(c.random, 8));
  for (let k: u32 = 0; k < items.numFree; k++) {
    if (u64At(parent.offsets, k) + u64At(items.size, k) > near && below(c.random, 2) == 0) {
      setU32(c.trial.ranks, k, <u32>((<u64>u32At(c.trial.ranks, k) * (8 + below(c.random, 8))) >> 4));
    }
  }
  for (let r: u32 = 0; r < 3 && items.numFree > 0; r++) {
    const k = below(c.random, items.numFree);
    const rank = (<u64>u32At(c.trial.ranks, k) * (8 + below(c.random, 16))) >> 4;
    setU32(c.trial.ranks, k, <u32>min<u64>(rank, items.numFree - 1));
  }
}

/**
 * The class sweep as a search, for problems of any size. First it runs the strategies of `strategies.ts`, one pass
 * each (`pass.ts`). Then, for as long as it is stepped, it perturbs the ranks behind the best plans (`perturb.ts`)
 * and sweeps again; a plan that is not worse is kept. A pass ends as soon as a top is above the kept peak.
 *
 * Several searches can share the strategies: each runs its own share first, and the others' only while it has no plan
 * as good as the host's best.
 *
 * Buffers with fixed offsets or gaps are placed before all others, see `items.ts`. The search ends at the lower bound
 * only.
 */
import {alloc} from '../memory/arena';
import {newU32, newU64, setU32, u32At} from '../memory/column';
import {Problem} from '../memory/layout';
import {DONE, RUNNING} from '../memory/status';
import {below, newRandom, Random} from '../search/random';
import {beginSearch, Search} from '../search/search';
import {fillNext, Items, newItems, setDirection, writePlan} from './items';
import {beginPass, newPass, PASS_COMPLETE, PASS_RUNNING, Pass, stepPass, workOf} from './pass';
import {perturbRanks} from './perturb';
import {cutClasses, NUM_STRATEGIES, rankItems, Strategy, setStrategy} from './strategies';

/** Plans that are worked on further; one turn in so many takes any of them, all others the best. */
const NUM_CONTENDERS: u32 = 2;
const OTHERS_ONE_IN: u32 = 4;
/** With many buffers, a strategy whose pass takes more nodes per buffer than this is left out. */
const MOST_WORK: u64 = 64;
const LITTLE_WORK: u64 = 1 << 20;

/** Stages of a trial. */
const CHOOSE: u32 = 0;
const FILL: u32 = 1;
const RANK: u32 = 2;
const CUT: u32 = 3;
const PASS: u32 = 4;

/** A strategy, ranks made by it or perturbed from such, and the plan they yield. */
@unmanaged
export class Contender {
  strategy: Strategy;
  /** u32 ×numFree: the rank of every free item. */
  ranks: usize;
  /** u64 ×items: the items' offsets; and the highest top, bytes. */
  offsets: usize;
  peak: u64;
}

@unmanaged
export class ClassSweep extends Search {
  random: Random;
  items: Items;
  pass: Pass;
  stage: u32;
  /**
   * The strategies of this search: `from`, `from` + `stride`, …; the next one; whether those of other searches are
   * run now.
   */
  from: u32;
  stride: u32;
  next: u32;
  isSecondRound: bool;
  /** u32 ×(NUM_CONTENDERS + 1): the contenders, best first, and the trial after them. */
  contenders: usize;
  numContenders: u32;
  /** Index of the contender that the trial is perturbed from; NUM_CONTENDERS for a strategy. */
  parent: u32;
}

/**
 * Begins a search for plans below `incumbent`, bytes; u64.MAX_VALUE for any. Orders the buffers by birth and places
 * those with gaps at once; all other work is done in steps.
 */
export function beginClassSweep(
  p: Problem,
  lowerBound: u64,
  incumbent: u64,
  seed: u32,
  from: u32,
  stride: u32,
): ClassSweep {
  const c = changetype<ClassSweep>(alloc(offsetof<ClassSweep>()));
  beginSearch(c, p, lowerBound, incumbent);
  c.random = newRandom(seed);
  c.items = newItems(p);
  c.pass = newPass(c.items);
  c.stage = CHOOSE;
  c.from = from;
  c.stride = max<u32>(stride, 1);
  c.next = from;
  c.isSecondRound = false;
  c.numContenders = 0;
  c.contenders = newU32(NUM_CONTENDERS + 1);
  for (let k: u32 = 0; k <= NUM_CONTENDERS; k++) {
    setU32(c.contenders, k, <u32>changetype<usize>(newContender(c.items)));
  }
  c.items.offset = trialOf(c).offsets;
  setDirection(c.items, false);
  return c;
}

function newContender(items: Items): Contender {
  const contender = changetype<Contender>(alloc(offsetof<Contender>()));
  contender.strategy = changetype<Strategy>(alloc(offsetof<Strategy>()));
  contender.ranks = newU32(items.numFree);
  contender.offsets = newU64(items.count);
  return contender;
}

function contenderAt(c: ClassSweep, index: u32): Contender {
  return changetype<Contender>(<usize>u32At(c.contenders, index));
}

function trialOf(c: ClassSweep): Contender {
  return contenderAt(c, NUM_CONTENDERS);
}

/**
 * Goes on for about `nodes` nodes, also in the middle of a pass: RUNNING, or DONE at the lower bound. Cutting a
 * budget into steps that keep to it changes nothing.
 */
export function stepClassSweep(c: ClassSweep, nodes: u64): i32 {
  const until = c.nodes + nodes;
  while (!isDone(c) && c.nodes < until) {
    if (c.stage == CHOOSE) choose(c);
    else if (c.stage == FILL) fill(c, until);
    else if (c.stage == RANK) rank(c);
    else if (c.stage == CUT) cut(c);
    else sweep(c, until);
  }
  return isDone(c) ? DONE : RUNNING;
}

function isDone(c: ClassSweep): bool {
  return min(c.peak, c.incumbent) <= c.lowerBound;
}

/** Enters a stage that costs about as much as putting one buffer in eight on the line. */
function enterStage(c: ClassSweep, stage: u32): void {
  c.stage = stage;
  c.pass.nodes += 1 + (c.items.count >> 3);
  c.nodes = c.pass.nodes;
}

/** Chooses the trial's strategy: one not run yet, or a contender's. */
function choose(c: ClassSweep): void {
  const trial = trialOf(c);
  const index = nextStrategy(c);
  c.parent = NUM_CONTENDERS;
  if (index < NUM_STRATEGIES) {
    setStrategy(trial.strategy, index);
  } else {
    c.parent = below(c.random, OTHERS_ONE_IN) == 0 ? below(c.random, c.numContenders) : 0;
    copyStrategy(trial, contenderAt(c, c.parent));
  }
  const isReversed = trial.strategy.isReversed;
  if (isReversed != c.items.isReversed) setDirection(c.items, isReversed);
  enterStage(c, FILL);
}

function copyStrategy(to: Contender, from: Contender): void {
  memory.copy(changetype<usize>(to.strategy), changetype<usize>(from.strategy), offsetof<Strategy>());
}

/**
 * The next of this search's strategies, then of the others' while it has no best plan; NUM_STRATEGIES when none is
 * left.
 */
function nextStrategy(c: ClassSweep): u32 {
  if (!c.isSecondRound) {
    const index = c.next;
    c.next += c.stride;
    if (index < NUM_STRATEGIES) return index;
    c.isSecondRound = true;
    c.next = 0;
  }
  if (c.numContenders > 0 && c.peak <= c.incumbent) return NUM_STRATEGIES;
  while (c.next < NUM_STRATEGIES && c.next >= c.from && (c.next - c.from) % c.stride == 0) c.next++;
  return c.next < NUM_STRATEGIES ? c.next++ : NUM_STRATEGIES;
}

function fill(c: ClassSweep, until: u64): void {
  while (c.pass.nodes < until) {
    if (!fillNext(c.items)) {
      enterStage(c, RANK);
      return;
    }
    c.pass.nodes++;
  }
  c.nodes = c.pass.nodes;
}

function rank(c: ClassSweep): void {
  const trial = trialOf(c);
  if (c.parent == NUM_CONTENDERS) {
    rankItems(trial.strategy, c.items, trial.ranks);
  } else {
    const parent = contenderAt(c, c.parent);
    memory.copy(trial.ranks, parent.ranks, (<usize>c.items.numFree) << 2);
    const numHeavy = trial.strategy.numHeavy;
    perturbRanks(c.items, trial.ranks, numHeavy, parent.offsets, parent.peak, c.lowerBound, c.random);
  }
  enterStage(c, CUT);
}

function cut(c: ClassSweep): void {
  const trial = trialOf(c);
  const pass = c.pass;
  const count = c.items.numFree;
  pass.numClasses = cutClasses(trial.strategy, trial.ranks, count, pass.starts, pass.members);
  enterStage(c, PASS);
  beginPass(pass, limitOf(c));
  if (c.numContenders > 0 && workOf(pass) > max(MOST_WORK * count, LITTLE_WORK)) c.stage = CHOOSE;
}

/** Highest top that the trial may have and still be kept, bytes. */
function limitOf(c: ClassSweep): u64 {
  if (c.parent < NUM_CONTENDERS) return contenderAt(c, c.parent).peak;
  return c.numContenders < NUM_CONTENDERS ? u64.MAX_VALUE : contenderAt(c, NUM_CONTENDERS - 1).peak - 1;
}

function sweep(c: ClassSweep, until: u64): void {
  const status = stepPass(c.pass, until);
  c.nodes = c.pass.nodes;
  if (status == PASS_RUNNING) return;
  if (status == PASS_COMPLETE) accept(c);
  c.stage = CHOOSE;
}

/** Takes the trial among the contenders, and keeps its plan if it is the best so far. */
function accept(c: ClassSweep): void {
  trialOf(c).peak = c.pass.peak;
  if (c.pass.peak < c.peak) {
    c.peak = c.pass.peak;
    writePlan(c.items, c.plan);
  }
  if (c.parent == NUM_CONTENDERS) {
    if (c.numContenders < NUM_CONTENDERS) c.numContenders++;
    c.parent = c.numContenders - 1;
  }
  swapContenders(c, c.parent, NUM_CONTENDERS);
  for (let k = c.parent; k > 0 && contenderAt(c, k).peak < contenderAt(c, k - 1).peak; k--)
    swapContenders(c, k, k - 1);
  useOffsets(c.items, trialOf(c).offsets);
}

function swapContenders(c: ClassSweep, a: u32, b: u32): void {
  const held = u32At(c.contenders, a);
  setU32(c.contenders, a, u32At(c.contenders, b));
  setU32(c.contenders, b, held);
}

/** Moves the items to another column of offsets; the preplaced ones stay where they are. */
function useOffsets(items: Items, offsets: usize): void {
  const free = (<usize>items.numFree) << 3;
  memory.copy(offsets + free, items.offset + free, ((<usize>items.count) << 3) - free);
  items.offset = offsets;
}

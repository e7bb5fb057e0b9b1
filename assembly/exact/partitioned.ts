/**
 * The best plan, kept partition by partition. A partition that is above the lower bound, and not too large, has a task:
 * its tables, its best plan, its searches. All other buffers are kept together as the rest.
 */
import {alloc, mark, release} from '../memory/arena';
import {newU32, newU64, setU32, setU64, u32At, u64At} from '../memory/column';
import {Problem} from '../memory/layout';
import {sectionNeeds} from '../problem/bounds';
import {BY_BIRTH, orderBy} from '../problem/order';
import {sweepOf} from '../problem/sweep';
import {Search} from '../search/search';
import {BranchAndBound, newSearch} from './branch-and-bound';
import {Dives, newDives} from './dives';
import {newPartition, Partition, partitionBound} from './partition';
import {NUM_RANKINGS, proofRanking} from './ranking';

/** A partition that is searched. */
@unmanaged
export class PartitionTask {
  part: Partition;
  /** Its best plan: the peak, bytes, and the offsets, u64 ×count. */
  peak: u64;
  best: usize;
  /** u32 ×NUM_RANKINGS: addresses of the searches of the proof; the capacity they were begun with. */
  proofs: usize;
  proofCapacity: u64;
  dives: Dives;
}

@unmanaged
export class PartitionedSearch extends Search {
  /** u32 each: addresses of the tasks. */
  tasks: usize;
  numTasks: u32;
  /** u32 each: the buffers of the rest; their peak, bytes. */
  rest: usize;
  numRest: u32;
  restPeak: u64;
}

/** Makes tasks of the partitions of `p`, whose plan in `p.plan` is the best so far; with searches that prove, or none. */
export function beginPartitions(search: PartitionedSearch, p: Problem, proves: bool): void {
  search.rest = newU32(p.numBuffers);
  search.numRest = 0;
  search.restPeak = 0;
  search.tasks = newU32(p.numPartitions);
  search.numTasks = 0;
  memory.copy(search.plan, p.plan, (<usize>p.numBuffers) << 3);
  addPartitions(search, p, proves);
  search.incumbent = u64.MAX_VALUE;
  updatePeak(search);
}

function addPartitions(search: PartitionedSearch, p: Problem, proves: bool): void {
  const s = sweepOf(p);
  const order = orderBy(p, BY_BIRTH);
  const need = sectionNeeds(p, s);
  for (let from: u32 = 0; from < p.numBuffers; ) {
    const partition = u32At(s.partition, u32At(s.hullFirst, u32At(order, from)));
    let to = from;
    let peak: u64 = 0;
    for (; to < p.numBuffers; to++) {
      const i = u32At(order, to);
      if (u32At(s.partition, u32At(s.hullFirst, i)) != partition) break;
      peak = max(peak, u64At(p.plan, i) + u64At(p.size, i));
    }
    if (peak <= search.lowerBound || !addTask(search, p, order, from, to, peak, need, proves)) {
      search.restPeak = max(search.restPeak, peak);
      for (let at = from; at < to; at++) setU32(search.rest, search.numRest++, u32At(order, at));
    }
    from = to;
  }
}

/** False where the partition is too large. Its own lower bound may raise that of the problem. */
function addTask(
  search: PartitionedSearch,
  p: Problem,
  order: usize,
  from: u32,
  to: u32,
  peak: u64,
  need: usize,
  proves: bool,
): bool {
  const scratch = mark();
  const part = newPartition(p, order, from, to);
  if (part == null) {
    release(scratch);
    return false;
  }
  search.lowerBound = max(search.lowerBound, partitionBound(p, part, need));
  const task = changetype<PartitionTask>(alloc(offsetof<PartitionTask>()));
  task.part = part;
  task.peak = peak;
  task.best = newU64(part.count);
  for (let k: u32 = 0; k < part.count; k++) setU64(task.best, k, u64At(p.plan, u32At(part.buffer, k)));
  task.proofs = newU32(NUM_RANKINGS);
  for (let r: u32 = 0; r < NUM_RANKINGS && proves; r++) {
    setU32(task.proofs, r, <u32>changetype<usize>(newSearch(part, proofRanking(part, r))));
  }
  task.proofCapacity = 0;
  task.dives = newDives(part);
  setU32(search.tasks, search.numTasks++, <u32>changetype<usize>(task));
  return true;
}

export function taskAt(search: PartitionedSearch, index: u32): PartitionTask {
  return changetype<PartitionTask>(<usize>u32At(search.tasks, index));
}

/** The search of the proof by a ranking. */
export function proofOf(task: PartitionTask, ranking: u32): BranchAndBound {
  return changetype<BranchAndBound>(<usize>u32At(task.proofs, ranking));
}

/** Takes over offsets of a task's buffers (u64 ×count) where their peak is lower. */
export function improveTask(search: PartitionedSearch, task: PartitionTask, offsets: usize): void {
  const part = task.part;
  let peak: u64 = 0;
  for (let k: u32 = 0; k < part.count; k++) peak = max(peak, u64At(offsets, k) + u64At(part.size, k));
  if (peak >= task.peak) return;
  task.peak = peak;
  memory.copy(task.best, offsets, (<usize>part.count) << 3);
  for (let k: u32 = 0; k < part.count; k++) setU64(search.plan, u32At(part.buffer, k), u64At(offsets, k));
  updatePeak(search);
}

/** Takes over offsets of the rest from a plan of all buffers (u64 ×n) where their peak is lower. */
function improveRest(search: PartitionedSearch, plan: usize): void {
  const p = search.problem;
  let peak: u64 = 0;
  for (let at: u32 = 0; at < search.numRest; at++) {
    const i = u32At(search.rest, at);
    peak = max(peak, u64At(plan, i) + u64At(p.size, i));
  }
  if (peak >= search.restPeak) return;
  search.restPeak = peak;
  for (let at: u32 = 0; at < search.numRest; at++) {
    const i = u32At(search.rest, at);
    setU64(search.plan, i, u64At(plan, i));
  }
  updatePeak(search);
}

/** Takes over the lower parts of a valid plan of all buffers (u64 ×n): each task by itself, and the rest. */
export function adopt(search: PartitionedSearch, plan: usize): void {
  for (let i: u32 = 0; i < search.numTasks; i++) {
    const task = taskAt(search, i);
    const scratch = mark();
    const offsets = newU64(task.part.count);
    for (let k: u32 = 0; k < task.part.count; k++)
      setU64(offsets, k, u64At(plan, u32At(task.part.buffer, k)));
    improveTask(search, task, offsets);
    release(scratch);
  }
  improveRest(search, plan);
}

function updatePeak(search: PartitionedSearch): void {
  search.peak = search.restPeak;
  for (let i: u32 = 0; i < search.numTasks; i++) search.peak = max(search.peak, taskAt(search, i).peak);
  search.incumbent = min(search.incumbent, search.peak);
}

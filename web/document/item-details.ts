/** All facts about one item: its kind, source, neighbours, and its part in the peak. */
import {formatBytes, formatCount} from '../../bindings/model/quantities.ts';
import type {ItemRow} from './items.ts';
import {highestOf} from './peaks.ts';
import type {PlanTask} from './plan-task.ts';
import type {Planned} from './planned.ts';
import type {Subject} from './subject.ts';

/** Another item, beside this one in the plan. */
export interface Neighbour {
  readonly item: number;
  readonly name: string;
  readonly operation: string;
  readonly bytes: number;
}

export interface ItemDetails extends ItemRow {
  readonly stack: readonly string[];
  /** In the plan, touching it from above and below while both are live; the largest first. */
  readonly above: readonly Neighbour[];
  readonly below: readonly Neighbour[];
  /** In sentences. */
  readonly why: readonly string[];
  /** Whether the plan has it: only then a change of it changes anything. */
  readonly isPlanned: boolean;
  /** Rank by size among all, from 1. */
  readonly rank: number;
}

const MOST_NEIGHBOURS = 5;

export function detailsOf(subject: Subject, planned: Planned, row: ItemRow): ItemDetails {
  const {item} = row;
  const {above, below} = neighboursOf(subject, planned, item);
  let rank = 1;
  for (const other of subject.own) if (subject.bytes[other]! > row.bytes) rank++;
  return {
    ...row,
    stack: subject.stackOf(item),
    above,
    below,
    rank,
    isPlanned: planned.task !== undefined && indexOfItem(planned.task, item) >= 0,
    why: [...atPeak(subject, item), ...atBound(planned, item)],
  };
}

function neighboursOf(subject: Subject, {task, plan}: Planned, item: number) {
  const [above, below]: [Neighbour[], Neighbour[]] = [[], []];
  if (!task || !plan || plan.offsets.length === 0) return {above, below};
  const {problem} = task;
  const own = Array.from({length: problem.count}, (_, i) => i).filter(i => task.itemOf(i) === item);
  for (const i of own) {
    const [bottom, top] = [plan.offsets[i]!, plan.offsets[i]! + problem.size[i]!];
    for (let j = 0; j < problem.count; j++) {
      if (j === i || problem.start[j]! >= problem.end[i]! || problem.end[j]! <= problem.start[i]!) continue;
      const other = task.itemOf(j);
      const one = {
        item: other,
        name: subject.nameOf(other),
        operation: subject.operationOf(other),
        bytes: problem.size[j]!,
      };
      // alignment may leave a little between two that touch
      if (plan.offsets[j]! >= top && plan.offsets[j]! - top < 4096) above.push(one);
      else if (
        plan.offsets[j]! + problem.size[j]! <= bottom &&
        bottom - plan.offsets[j]! - problem.size[j]! < 4096
      )
        below.push(one);
    }
  }
  const largest = (list: Neighbour[]) => list.sort((a, b) => b.bytes - a.bytes).slice(0, MOST_NEIGHBOURS);
  return {above: largest(above), below: largest(below)};
}

/** Whether it is live at the peak, and its share of it. */
function atPeak(subject: Subject, item: number): string[] {
  const {live, at, bytes, start, end} = subject;
  const peak = highestOf(subject);
  const moment = at[peak]!;
  if (start[item]! > moment || end[item]! <= moment) {
    const side = end[item]! <= moment ? 'It is gone before' : 'It comes after';
    return [`${side} the peak of the recording, at ${formatCount(moment)}.`];
  }
  const share = ((100 * bytes[item]!) / live[peak]!).toFixed(1);
  const [since, until] = [moment - start[item]!, end[item]! - moment];
  return [
    `It is live at the peak of the recording, at ${formatCount(moment)}, and is ${share} % of the ${formatBytes(live[peak]!)} there: allocated ${formatCount(since)} before, freed ${formatCount(until)} after.`,
  ];
}

/** Whether it is part of the lower bound of the plan. */
function atBound({task, bounds, plan}: Planned, item: number): string[] {
  if (!task || !bounds) return [];
  const {problem} = task;
  const buffer = indexOfItem(task, item);
  if (buffer < 0)
    return [
      'It is not in the planned problem: choose another iteration, or the whole recording, under “What if”.',
    ];
  const isAtBound = problem.start[buffer]! <= bounds.start && problem.end[buffer]! >= bounds.end;
  const isTop = plan && plan.offsets[buffer]! + problem.size[buffer]! === plan.peak;
  return [
    isAtBound
      ? `In the plan it is one of those that make the lower bound: without it, or with another lifetime, the peak might be smaller.`
      : 'In the plan it is not live at the lower bound: making it smaller does not lower the bound.',
    ...(isTop ? ['Its top is the peak of the plan.'] : []),
  ];
}

/** The first buffer of an item; −1 where the problem has none of it. */
function indexOfItem({problem, itemOf}: PlanTask, item: number): number {
  for (let i = 0; i < problem.count; i++) if (itemOf(i) === item) return i;
  return -1;
}

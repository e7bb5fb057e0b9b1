/** Lines for a plan with parts, pools, separation or in-place pairs. */
import type {Obstacle, Plan, PlanArena, PlanPart} from '../../index.ts';
import {idOf, type ProblemColumns} from '../../model/problem.ts';
import {formatBytes, formatCount, plural} from '../../model/quantities.ts';

/** So many parts of an arena are listed. */
const MOST_PARTS = 10;

/** Empty for a plain problem. */
export function constrainedLines(problem: ProblemColumns, plan: Plan): string[] {
  const {arenas, arenaOf, cost, costBound, inPlace, obstacle, parts = []} = plan;
  const counts = new Map<number, number>();
  arenaOf?.forEach((arena, i) => {
    if (problem.size[i]! > 0 && problem.end[i]! > problem.start[i]!)
      counts.set(arena, (counts.get(arena) ?? 0) + 1);
  });
  // with one pool there is no choice, and without a valid plan there is no cost
  const hasNoCost =
    problem.constraints?.pools?.length === 1 || !['optimal', 'feasible'].includes(plan.status);
  return [
    ...parts.slice(0, MOST_PARTS).map((part, k) => `part ${String(k).padEnd(7)} ${describePart(part)}`),
    ...(parts.length > MOST_PARTS ? [`             … ${parts.length - MOST_PARTS} more parts`] : []),
    ...(arenas ?? []).map((arena, k) => `arena ${k}      ${describeArena(arena, counts.get(k) ?? 0)}`),
    ...(cost === undefined || hasNoCost ? [] : [`access cost  ${describeCost(cost, costBound!)}`]),
    ...(inPlace
      ? [
          `in place     ${formatCount(inPlace.length)} of ${plural(problem.constraints!.inPlace!.length, 'pair')}`,
        ]
      : []),
    ...(obstacle ? [`does not fit ${describeObstacle(obstacle, problem)}`] : []),
  ];
}

function describePart({name, start, peak, lowerBound}: PlanPart): string {
  const known = peak === lowerBound ? 'no plan of it is smaller' : `at least ${formatBytes(lowerBound)}`;
  return `${name}: ${formatBytes(peak)} from ${formatCount(start)} on, ${known}`;
}

function describeArena({name, peak, capacity}: PlanArena, buffers: number): string {
  const room = capacity === undefined ? '' : ` of ${formatBytes(capacity)}`;
  const excess =
    capacity !== undefined && peak > capacity ? `: ${formatBytes(peak - capacity)} too much` : '';
  return `${name}: ${formatBytes(peak)}${room}${excess}, ${plural(buffers, 'buffer')}`;
}

function describeCost(cost: number, bound: number): string {
  const known = cost === bound ? 'no plan costs less' : `no plan costs less than ${formatCount(bound)}`;
  return `${formatCount(cost)}; ${known}`;
}

export function describeObstacle(
  {pools, capacity, needed, buffer}: Obstacle,
  problem: ProblemColumns,
): string {
  const where = pools.length === 0 ? 'no pool' : pools.join(' and ');
  const what =
    buffer === undefined
      ? 'buffers that are live at the same time need'
      : `"${idOf(problem, buffer)}" alone needs`;
  return `${what} ${formatBytes(needed)} in ${where}, which ${pools.length > 1 ? 'have' : 'has'} ${formatBytes(capacity)}`;
}

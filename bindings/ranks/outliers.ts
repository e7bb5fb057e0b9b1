/**
 * The typical rank of a group, and the ranks that are unusual in it. A figure is unusual by `unusual` of `robust.ts`: too far
 * from the group's median. A group of one has none, nor has one of two, except that a request failed in one of them.
 */
import {type GroupChange, type GroupSum, groupChanges} from '../compare/index.ts';
import type {Group} from './groups.ts';
import type {NamedSum} from './result.ts';
import {areFew, median, unusual} from './robust.ts';
import type {Rank, RankOutlier} from './run.ts';
import {EQUAL, middleOf, similarity} from './similarity.ts';

const FIGURES = ['peak', 'reserved', 'planned'] as const;
type Reason = RankOutlier['reasons'][number];

/** Below this distance, in parts of `EQUAL`, structures differ by chance: 2 %. */
const LEAST_DISTANCE = EQUAL / 50;
const MOST_OPERATIONS = 10;

export interface JudgedGroup {
  /** Index into the run's ranks. */
  readonly typical: number;
  readonly outliers: readonly RankOutlier[];
}

/** @param operationsOf of a rank, by its index. */
export function judgeGroup(
  group: Group,
  ranks: readonly Rank[],
  operationsOf: (rank: number) => readonly NamedSum[],
): JudgedGroup {
  const members = group.members.map(({index}) => ranks[index]!);
  const distances = distancesOf(group);
  const reasons = reasonsOf(members, distances);
  const typical = group.members[typicalOf(members, distances, reasons)]!.index;
  const outliers = group.members.flatMap(({index}, i) =>
    reasons[i]!.length === 0
      ? []
      : [
          {
            rank: index,
            reasons: reasons[i]!,
            operations: index === typical ? [] : changesOf(operationsOf(typical), operationsOf(index)),
          },
        ],
  );
  return {typical, outliers};
}

/** How far each member's structure is from what most members do, in parts of `EQUAL`. */
function distancesOf({members}: Group): number[] {
  if (members.every(({hash}) => hash === members[0]!.hash)) return members.map(() => 0);
  const middle = middleOf(members.map(({sites}) => sites));
  const ofHash = new Map<string, number>();
  for (const {hash, sites} of members) {
    if (!ofHash.has(hash)) ofHash.set(hash, EQUAL - similarity(sites, middle));
  }
  return members.map(({hash}) => ofHash.get(hash)!);
}

function reasonsOf(members: readonly Rank[], distances: readonly number[]): Reason[][] {
  const reasons: Reason[][] = members.map(() => []);
  const add = (reason: Reason, positions: readonly number[]): void => {
    for (const position of positions) reasons[position]!.push(reason);
  };
  const isAbove = (value: number, middle: number): boolean => value > middle;
  add(
    'structure',
    unusual(distances, (value, middle) => isAbove(value, middle) && value > LEAST_DISTANCE),
  );
  for (const figure of FIGURES) {
    add(figure, unusual(members.map(rank => rank[figure])));
  }
  add(
    'growth',
    unusual(
      members.map(({growth}) => growth),
      isAbove,
    ),
  );
  const failed = members.flatMap(({verdict}, i) => (verdict === null ? [] : [i]));
  if (areFew(failed.length, members.length)) add('failed-request', failed);
  return reasons;
}

/** The position of the member nearest to the medians of all; of those without any reason, where there are such. */
function typicalOf(
  members: readonly Rank[],
  distances: readonly number[],
  reasons: readonly (readonly Reason[])[],
): number {
  const sums = members.map((_, i) => distances[i]!);
  for (const figure of FIGURES) {
    const known = members.map(rank => rank[figure]).filter(value => value !== null);
    if (known.length === 0) continue;
    const middle = median(known);
    members.forEach((rank, i) => {
      const value = rank[figure];
      // a figure that is not known is as far as one of twice the median
      sums[i]! +=
        value === null ? EQUAL : Math.floor((Math.abs(value - middle) * EQUAL) / Math.max(1, middle));
    });
  }
  const areAllUnusual = reasons.every(own => own.length > 0);
  let best = -1;
  for (const [i, sum] of sums.entries()) {
    if (!areAllUnusual && reasons[i]!.length > 0) continue;
    if (best < 0 || sum < sums[best]!) best = i;
  }
  return best;
}

function changesOf(typical: readonly NamedSum[], own: readonly NamedSum[]): GroupChange[] {
  return groupChanges(sumsOf(typical), sumsOf(own)).slice(0, MOST_OPERATIONS);
}

function sumsOf(operations: readonly NamedSum[]): Map<string, GroupSum> {
  return new Map(operations.map(({name, ...sum}) => [name, sum]));
}

/**
 * Groups of ranks that do the same. Ranks of one structure hash are a *class*. Classes are taken by size, the largest
 * first; each joins the group whose largest class is most similar, or begins one:
 *
 * - it joins where the same sites allocate and their counts are alike (`NOISE`): the rest is chance, such as a cache that
 *   hits more often in one rank;
 * - it joins where it is one or two ranks beside three times as many, and at least half alike: such ranks are exceptions (a
 *   rank that logs, or whose recording ended early), and `outliers.ts` names them. Not so if the names of the files say
 *   that it is a whole pipeline stage;
 * - all others stay apart. Three ranks that do exactly the same, and what the others do not, do it on purpose: so do the
 *   stages of a pipeline, of which the first and the last may be small beside all those between.
 *
 * A manifest that names groups decides for its files.
 */
import type {Rank} from './run.ts';
import {EQUAL, haveEqualNames, mostSimilarity, type Sites, similarity} from './similarity.ts';

/** A rank that was analysed. */
export interface GroupedRank {
  /** Index into the run's ranks. */
  readonly index: number;
  readonly hash: string;
  readonly sites: Sites;
  /** As the manifest states it. */
  readonly stated: string | undefined;
  readonly coordinates: Rank['coordinates'];
}

export interface Group {
  /** As the manifest states it. */
  readonly stated: string | undefined;
  /** In the order of `index`. */
  readonly members: readonly GroupedRank[];
}

/**
 * From which similarity counts of the same sites differ by chance, in parts of `EQUAL`. A stage with one layer in 24 less is
 * alike by 96 % and stays apart at the first. The others are tried in turn only while there are more groups than
 * `areTooMany` allows: then it cannot be the stages that differ.
 */
const NOISE = [9_800, 9_500, 9_000, 8_000];
/** Small classes below it are another program. */
const EXCEPTION = EQUAL / 2;
/** Ranks of a class of exceptions, at most; and how many times as many the others must be. */
const MOST_EXCEPTIONS = 2;
const LEAST_OTHERS = 3;
/** Groups that are compared with; a class that is like none of so many stays alone without comparison. */
const MOST_LEADERS = 256;

function areTooMany(groups: number, ranks: number): boolean {
  return groups > Math.max(16, ranks / 4);
}

/** In the order of their first members. */
export function groupRanks(ranks: readonly GroupedRank[]): Group[] {
  const stated = partition(
    ranks.filter(rank => rank.stated !== undefined),
    rank => rank.stated!,
  );
  const others = ranks.filter(rank => rank.stated === undefined);
  const groups = [
    ...stated.map(members => ({stated: members[0]!.stated, members})),
    ...groupByStructure(others).map(members => ({stated: undefined, members})),
  ];
  return groups.sort((a, b) => a.members[0]!.index - b.members[0]!.index);
}

function partition(ranks: readonly GroupedRank[], keyOf: (rank: GroupedRank) => string): GroupedRank[][] {
  const parts = new Map<string, GroupedRank[]>();
  for (const rank of ranks) {
    const own = parts.get(keyOf(rank));
    if (own) own.push(rank);
    else parts.set(keyOf(rank), [rank]);
  }
  return [...parts.values()];
}

function groupByStructure(ranks: readonly GroupedRank[]): GroupedRank[][] {
  const classes = partition(ranks, ({hash}) => hash).sort(
    (a, b) => b.length - a.length || (a[0]!.hash < b[0]!.hash ? -1 : 1),
  );
  const isStage = stageTest(ranks);
  let groups: GroupedRank[][] = [];
  for (const noise of NOISE) {
    groups = joinClasses(classes, noise, isStage);
    if (!areTooMany(groups.length, ranks.length)) break;
  }
  return groups.map(members => members.sort((a, b) => a.index - b.index));
}

interface Leader {
  /** The group's largest class. */
  readonly size: number;
  readonly sites: Sites;
  readonly members: GroupedRank[];
}

function joinClasses(
  classes: readonly (readonly GroupedRank[])[],
  noise: number,
  isStage: (members: readonly GroupedRank[]) => boolean,
): GroupedRank[][] {
  const leaders: Leader[] = [];
  for (const members of classes) {
    const {sites} = members[0]!;
    const best = mostSimilar(leaders, sites);
    const isNoise = best && best.alike >= noise && haveEqualNames(best.leader.sites, sites);
    const isException =
      best &&
      members.length <= MOST_EXCEPTIONS &&
      members.length * LEAST_OTHERS <= best.leader.size &&
      !isStage(members);
    if (isNoise || isException) best.leader.members.push(...members);
    else leaders.push({size: members.length, sites, members: [...members]});
  }
  return leaders.map(({members}) => members);
}

/** The most similar leader, of equals the first; undefined where none is at least half alike. */
function mostSimilar(leaders: readonly Leader[], sites: Sites): {leader: Leader; alike: number} | undefined {
  let best: {leader: Leader; alike: number} | undefined;
  for (const leader of leaders.slice(0, MOST_LEADERS)) {
    const least = best?.alike ?? EXCEPTION - 1;
    if (mostSimilarity(leader.sites, sites) <= least) continue;
    const alike = similarity(leader.sites, sites);
    if (alike > least) best = {leader, alike};
  }
  return best;
}

/** Whether ranks are all those of a pipeline stage by the coordinates in their names. */
function stageTest(ranks: readonly GroupedRank[]): (members: readonly GroupedRank[]) => boolean {
  const stageOf = ({coordinates: {pp, stage}}: GroupedRank): number | undefined => pp ?? stage;
  const sizes = new Map<number | undefined, number>();
  for (const rank of ranks) sizes.set(stageOf(rank), (sizes.get(stageOf(rank)) ?? 0) + 1);
  return members => {
    const stage = stageOf(members[0]!);
    if (stage === undefined) return false;
    return members.length === sizes.get(stage) && members.every(rank => stageOf(rank) === stage);
  };
}

/**
 * The name of each group: as the manifest states it, or the coordinate that all its members and no others have, such as
 * `pp2`, or its number from 1.
 */
export function groupNames(groups: readonly Group[]): string[] {
  const stated = new Set(groups.map(group => group.stated));
  return groups.map((group, number) => {
    if (group.stated !== undefined) return group.stated;
    const name = coordinateOf(group, groups) ?? String(number + 1);
    return stated.has(name) ? `${name} by structure` : name;
  });
}

function coordinateOf(group: Group, groups: readonly Group[]): string | undefined {
  if (groups.length === 1) return undefined;
  const [first] = group.members;
  for (const [key, value] of Object.entries(first!.coordinates)) {
    const has = (rank: GroupedRank): boolean => rank.coordinates[key] === value;
    if (group.members.every(has) && groups.every(other => other === group || !other.members.some(has)))
      return `${key}${value}`;
  }
  return undefined;
}

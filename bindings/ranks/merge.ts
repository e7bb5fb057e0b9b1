/** All results of a batch as one run. The order of files and results changes nothing. */
import {type Analysed, analysedOf} from './analysed.ts';
import {type GroupedRank, groupNames, groupRanks} from './groups.ts';
import {limitOf, settingOf} from './limit.ts';
import {missingOf} from './missing.ts';
import {compareNames} from './names.ts';
import {judgeGroup} from './outliers.ts';
import type {RunSource} from './result.ts';
import {type GrowingRank, MOST_GROWING, type Rank, type RankGroup, RUN_SCHEMA, type Run} from './run.ts';
import {SiteNumbers} from './similarity.ts';
import {commonOptions, warningsOf} from './warnings.ts';

export function mergeRun(folder: RunSource): Run {
  const all = folder.files
    .map(file => analysedOf(file, file.key === null ? undefined : folder.results.get(file.key)))
    .sort(byRank);
  const ranks = all.map(({rank}) => rank);
  const groups = groupsOf(all, ranks);
  const groupOf = new Map(groups.flatMap(({members}, number) => members.map(index => [index, number])));
  const versions = [...new Set(all.flatMap(({result}) => result?.version ?? []))].sort();
  const found = limitOf(all);
  return {
    schema: RUN_SCHEMA,
    versions,
    options: commonOptions(all),
    ranks: ranks.map((rank, index) => ({...rank, group: groupOf.get(index) ?? null})),
    limit: found?.limit ?? null,
    groups,
    growing: growingOf(all),
    setting: found ? settingOf(found.of) : null,
    missing: missingOf(folder),
    warnings: warningsOf(folder, all, {versions}),
  };
}

function byRank({rank: a}: Analysed, {rank: b}: Analysed): number {
  const order = (a.rank ?? Number.POSITIVE_INFINITY) - (b.rank ?? Number.POSITIVE_INFINITY);
  // two without a number differ by NaN
  return order || compareNames(a.file, b.file) || ((a.key ?? '') < (b.key ?? '') ? -1 : 1);
}

function groupsOf(all: readonly Analysed[], ranks: readonly Rank[]): RankGroup[] {
  const numbers = new SiteNumbers();
  const sitesOfHash = new Map<string, GroupedRank['sites']>();
  const grouped = all.flatMap(({file, result, rank}, index): GroupedRank[] => {
    const structure = result?.recording?.structure;
    if (!structure) return [];
    const {hash} = structure;
    const sites = sitesOfHash.get(hash) ?? numbers.sitesOf(structure);
    sitesOfHash.set(hash, sites);
    return [{index, hash, sites, stated: file.group, coordinates: rank.coordinates}];
  });
  const groups = groupRanks(grouped);
  const names = groupNames(groups);
  const operationsOf = (index: number) => all[index]!.result!.recording!.operations;
  return groups.map((group, number) => ({
    name: names[number]!,
    members: group.members.map(({index}) => index),
    ...judgeGroup(group, ranks, operationsOf),
  }));
}

function growingOf(all: readonly Analysed[]): GrowingRank[] {
  return all
    .map(({rank, result}, index) => ({
      rank: index,
      growth: rank.growth ?? 0,
      liveAfter: result?.recording?.iterations.liveAfter ?? [],
    }))
    .filter(({growth}) => growth > 0)
    .sort((a, b) => b.growth - a.growth || a.rank - b.rank)
    .slice(0, MOST_GROWING)
    .map(({rank, liveAfter}) => ({rank, liveAfter}));
}

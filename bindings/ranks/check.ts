/**
 * Every limit of `check` against every rank of a run. What was not looked at fails: a share or a file that is missing, a file
 * that could not be read, a figure that is not known.
 */
import {type CheckedFigures, evaluateChecks, type Limits, raised, within} from '../compare/check.ts';
import type {EvidenceScope} from '../evidence/index.ts';
import {plural} from '../model/quantities.ts';
import {listNames} from '../model/shown.ts';
import type {BatchFolder, FiguresJson} from './result.ts';
import type {Rank, Run} from './run.ts';

export interface RunLimits extends Limits {
  /** Outliers of all groups together. */
  readonly maxOutliers?: number;
  /** Bytes that a rank may grow by per iteration. */
  readonly maxGrowth?: number;
}

/** One limit against one rank. */
export interface RankCheck {
  readonly file: string;
  readonly rank: number | null;
  readonly passed: boolean;
  /** Null where not known. */
  readonly value: number | null;
  readonly limit: number | null;
  /** Why it cannot be evaluated, or what a failure implies; `''` where value and limit suffice. */
  readonly reason: string;
  readonly scope: EvidenceScope;
}

/** One limit against the run, or against one part of all its ranks. */
export interface RunCheck {
  readonly name: string;
  /** `run`: of the run as a whole, and of no rank. */
  readonly scope: EvidenceScope['kind'] | 'run';
  readonly unit: 'bytes' | 'percent' | 'count';
  readonly passed: boolean;
  /** Of the worst rank. */
  readonly value: number | null;
  readonly limit: number | null;
  readonly reason: string;
  /** In the order of ranks; none for `run`. */
  readonly ranks: readonly RankCheck[];
  /** The rank of `value`: one that is not known before all, then the one furthest above its limit. */
  readonly worst: RankCheck | null;
}

/** @param baseline a run of before, whose figures must not be exceeded. */
export function checkRun(folder: BatchFolder, run: Run, limits: RunLimits, baseline?: Run): RunCheck[] {
  return [
    completeness(folder, run),
    ...figureChecks(folder, run, limits),
    ...growthChecks(run, limits),
    ...outlierChecks(run, limits),
    ...(baseline ? baselineChecks(run, baseline, limits) : []),
  ];
}

function completeness({damage = [], results}: BatchFolder, {ranks, missing: {shares, files}}: Run): RunCheck {
  const failed = ranks.filter(({failure}) => failure !== null).map(({file}) => file);
  const empty = ranks.filter(({key}) => {
    const result = key === null ? undefined : results.get(key);
    return result?.failure === null && result.figures.length === 0;
  });
  const lacking = [
    ...(shares.length > 0
      ? [`${plural(shares.length, 'share')} not begun (${listNames(shares.map(String), 5)})`]
      : []),
    ...(files.length > 0
      ? [`${plural(files.length, 'file')} without a result (${listNames(files, 5)})`]
      : []),
    ...(failed.length > 0 ? [`${plural(failed.length, 'file')} not readable (${listNames(failed, 5)})`] : []),
    ...(empty.length > 0 ? [`${plural(empty.length, 'result')} without figures`] : []),
    ...(damage.length > 0 ? [`${plural(damage.length, 'file')} of the folder damaged`] : []),
    ...(ranks.length === 0 ? ['no file at all'] : []),
  ];
  const value = shares.length + files.length + failed.length + empty.length + damage.length;
  return ofRun('complete', value, 0, lacking.join(', '), lacking.length === 0);
}

function ofRun(
  name: string,
  value: number,
  limit: number,
  reason: string,
  passed = value <= limit,
): RunCheck {
  return {name, scope: 'run', unit: 'count', passed, value, limit, reason, ranks: [], worst: null};
}

type Named = RankCheck & Pick<RunCheck, 'name' | 'unit'>;

function figureChecks({results}: BatchFolder, {ranks}: Run, limits: RunLimits): RunCheck[] {
  // the allocator is looked at over the whole recording, which is the first part
  const {maxReserved: _, maxStranded: __, ...ofPlan} = limits;
  const all = ranks.flatMap(({file, rank, key}): Named[] => {
    const figures = (key === null ? undefined : results.get(key))?.figures ?? [];
    return figures.flatMap((own, part) =>
      evaluateChecks(checked(own), part === 0 ? limits : ofPlan).map(({evidence: {scope}, ...check}) => ({
        ...check,
        file,
        rank,
        scope,
      })),
    );
  });
  return byName(all);
}

function checked({evidence: {scope, assumptions}, ...figures}: FiguresJson): CheckedFigures {
  return {...figures, evidence: {scope, assumptions: assumptions.map(({name}) => name)}};
}

/** One check for each name and kind of scope. */
function byName(all: readonly Named[]): RunCheck[] {
  const parts = new Map<string, Named[]>();
  for (const check of all) {
    const key = `${check.name} ${check.scope.kind}`;
    const own = parts.get(key);
    if (own) own.push(check);
    else parts.set(key, [check]);
  }
  return [...parts.values()].map(checks => {
    const ranks = checks.map(({name: _, unit: __, ...check}) => check);
    const worst = ranks.reduce((a, b) => (excessOf(b) > excessOf(a) ? b : a));
    const {scope, value, limit, reason} = worst;
    const {name, unit} = checks[0]!;
    return {
      name,
      scope: scope.kind,
      unit,
      passed: checks.every(({passed}) => passed),
      value,
      limit,
      reason,
      ranks,
      worst,
    };
  });
}

function excessOf({value, limit}: RankCheck): number {
  return value === null || limit === null ? Number.POSITIVE_INFINITY : value - limit;
}

function growthChecks({ranks}: Run, {maxGrowth}: RunLimits): RunCheck[] {
  const recordings = ranks.filter(({group}) => group !== null);
  return byName(
    recordings.flatMap(rank =>
      within(
        'max-growth',
        'bytes',
        rank.growth ?? 'unknown: fewer than three whole iterations',
        maxGrowth,
      ).map(check => of(rank, check)),
    ),
  );
}

function of({file, rank, device}: Rank, check: ReturnType<typeof within>[number]): Named {
  return {...check, file, rank, scope: {kind: 'recording', device: device ?? ''}};
}

function outlierChecks({groups, ranks}: Run, {maxOutliers}: RunLimits): RunCheck[] {
  if (maxOutliers === undefined) return [];
  const outliers = groups.flatMap(group => group.outliers);
  const names = outliers.map(({rank, reasons}) => `${nameOf(ranks[rank]!)} (${reasons.join(', ')})`);
  const reason = names.length > maxOutliers ? listNames(names, 5) : '';
  return [ofRun('max-outliers', outliers.length, maxOutliers, reason)];
}

function nameOf({rank, file}: Rank): string {
  return rank === null ? file : `rank ${rank}`;
}

/** What is compared; a figure that the baseline does not know is not. */
const COMPARED = [
  ['baseline-recording', 'peak'],
  ['baseline-reserved', 'reserved'],
  ['baseline-planned', 'planned'],
] as const;

function baselineChecks(run: Run, baseline: Run, {tolerance = 0}: RunLimits): RunCheck[] {
  const before = byIdentity(baseline.ranks);
  const now = byIdentity(run.ranks);
  const alone = [
    ...[...now].filter(([key]) => !before.has(key)),
    ...[...before].filter(([key]) => !now.has(key)),
  ].map(([, rank]) => nameOf(rank));
  const reason = alone.length === 0 ? '' : `only one of the two runs has ${listNames(alone, 5)}`;
  const checks = COMPARED.flatMap(([name, figure]) =>
    [...now].flatMap(([key, rank]) => {
      const limit = before.get(key)?.[figure] ?? null;
      if (limit === null) return [];
      const value = rank[figure] ?? 'unknown: the baseline has it, this run does not';
      return within(name, 'bytes', value, raised(limit, tolerance)).map(check => of(rank, check));
    }),
  );
  return [ofRun('baseline-ranks', alone.length, 0, reason), ...byName(checks)];
}

/** By the number of the rank where that is unique in the run, else by the name of the file. */
function byIdentity(ranks: readonly Rank[]): Map<string, Rank> {
  const counts = new Map<number | null, number>();
  for (const {rank} of ranks) counts.set(rank, (counts.get(rank) ?? 0) + 1);
  return new Map(
    ranks.map(one => [
      one.rank !== null && counts.get(one.rank) === 1 ? `rank ${one.rank}` : `file ${one.file}`,
      one,
    ]),
  );
}

/** Whether `merge` names the ranks that something is wrong with, and for the right reason. */
import type {RankOutlier, Run} from '../../bindings/ranks/run.ts';
import type {SimulatedRank} from '../../tools/simulate/ranks.ts';
import type {Fault} from '../../tools/simulate/stage.ts';

const REASONS: Readonly<Record<Fault, RankOutlier['reasons'][number]>> = {
  growth: 'growth',
  operation: 'structure',
  'out-of-memory': 'failed-request',
  batch: 'peak',
};

export interface Found {
  readonly planted: number;
  /** Of them. */
  readonly found: number;
  /** Outliers that nothing is wrong with. */
  readonly others: number;
  readonly groups: number;
}

/** @throws Error naming the ranks that were missed */
export function checkOutliers(run: Run, ranks: readonly SimulatedRank[]): Found {
  const outliers = new Map<number | null, RankOutlier>();
  for (const group of run.groups) {
    for (const outlier of group.outliers) outliers.set(run.ranks[outlier.rank]!.rank, outlier);
  }
  const planted = ranks.filter(({fault}) => fault !== undefined);
  const missed = planted.filter(({rank, fault}) => !outliers.get(rank)?.reasons.includes(REASONS[fault!]));
  if (missed.length > 0) {
    const texts = missed.map(({rank, fault}) => {
      const reasons = outliers.get(rank)?.reasons.join(', ') ?? 'nothing';
      return `rank ${rank} (${fault}): found ${reasons}`;
    });
    throw new Error(
      `merge misses ${missed.length} of ${planted.length} planted outliers: ${texts.join('; ')}`,
    );
  }
  return {
    planted: planted.length,
    found: planted.length - missed.length,
    others: outliers.size - planted.length,
    groups: run.groups.length,
  };
}

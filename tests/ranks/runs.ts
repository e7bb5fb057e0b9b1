/** Literal and made runs for tests. */
import type {Rank, Run} from '../../bindings/ranks/run.ts';

export const MIB = 2 ** 20;
export const GIB = 2 ** 30;

export function rankOf(rank: number | null, change: Partial<Rank> = {}): Rank {
  return {
    file: `run/snapshot_rank${rank ?? 'x'}.pickle`,
    rank,
    coordinates: {},
    key: null,
    failure: null,
    device: 'cuda:0',
    microseconds: 2_500_000,
    peak: 6 * GIB,
    reserved: 8 * GIB,
    planned: 6 * GIB,
    isProven: false,
    recoverable: 2 * GIB,
    verdict: null,
    growth: 0,
    group: 0,
    ...change,
  };
}

export function runOf(ranks: readonly Rank[], change: Partial<Run> = {}): Run {
  return {
    schema: 'stowage.run/1',
    versions: ['0.1.0'],
    options: {},
    ranks,
    limit: null,
    groups: [],
    growing: [],
    setting: null,
    missing: {shares: [], files: []},
    warnings: [],
    ...change,
  };
}

/** Three ranks of a group, the last of which is an outlier, and one without a number that could not be read. */
export function fourRanks(): Run {
  const sum = {blocks: 1, bytes: 0, liveBlocks: 0, liveBytes: 0};
  return runOf(
    [
      rankOf(0),
      rankOf(1, {reserved: null, recoverable: null, growth: 3 * MIB}),
      rankOf(2, {reserved: 12 * GIB, recoverable: 5 * GIB, planned: 6 * GIB, verdict: 'fragmentation'}),
      rankOf(null, {
        file: 'run/last.pickle',
        failure: 'the file is empty',
        device: null,
        microseconds: null,
        peak: null,
        reserved: null,
        planned: null,
        recoverable: null,
        growth: null,
        group: null,
      }),
    ],
    {
      limit: {
        file: 'run/snapshot_rank2.pickle',
        rank: 2,
        reason: 'failed-request',
        bytes: 12 * GIB,
        next: 8 * GIB,
      },
      groups: [
        {
          name: 'A',
          members: [0, 1, 2],
          typical: 0,
          outliers: [
            {
              rank: 2,
              reasons: ['reserved', 'failed-request'],
              operations: [{name: 'aten::conv2d', before: sum, after: {...sum, bytes: 20 * MIB}}],
            },
          ],
        },
      ],
      growing: [{rank: 1, liveAfter: [100 * MIB, 103 * MIB, 106 * MIB]}],
      setting: {
        allocator: 'pytorch-cuda:expandable_segments=true',
        reserved: 7 * GIB,
        failed: 0,
        served: 1,
        file: 'run/snapshot_rank2.pickle',
        recorded: 12 * GIB,
      },
      missing: {shares: [3], files: ['run/snapshot_rank4.pickle']},
    },
  );
}

/**
 * A run of dp × tp 4 × pp: pipeline stages are groups, of other sizes; three outliers, one of which needs less; a fifth of a
 * stage grows.
 */
export function madeRun(count: number): Run {
  const stages = Math.min(8, Math.max(1, count / 4));
  const tp = Math.min(4, count);
  const perStage = count / stages;
  const noise = (rank: number) => ((rank * 2_654_435_761) % 1000) / 1000;
  const outliers = count < 3 ? [] : [Math.floor(count * 0.2), Math.floor(count * 0.55), count - 2];
  const ranks = Array.from({length: count}, (_, rank) => {
    const stage = Math.floor(rank / perStage);
    const planned = (44 + 2 * stage + 0.2 * noise(rank)) * GIB;
    const odd = outliers.indexOf(rank);
    const recoverable = (odd === 0 ? 18 : odd === 1 ? 0.2 : 5 + 0.4 * noise(rank + 7)) * GIB;
    const less = odd === 2 ? 9 * GIB : 0;
    const [needs, free] = [Math.round(planned - less), Math.round(recoverable)];
    return rankOf(rank, {
      file: `snapshots/snapshot_dp${Math.floor((rank % perStage) / tp)}_tp${rank % tp}_pp${stage}.pickle`,
      coordinates: {dp: Math.floor((rank % perStage) / tp), tp: rank % tp, pp: stage},
      planned: needs,
      recoverable: free,
      reserved: needs + free,
      peak: needs - 100 * MIB,
      isProven: rank % 3 === 0,
      group: stage,
      growth: rank % 5 === 0 && stage === 1 ? Math.round((2 + noise(rank)) * 8 * MIB) : 0,
      verdict: odd === 0 ? 'fragmentation' : null,
    });
  });
  const sum = {blocks: 4, bytes: 8 * GIB, liveBlocks: 4, liveBytes: 8 * GIB};
  const groups = Array.from({length: stages}, (_, stage) => ({
    name: String.fromCharCode(65 + stage),
    members: ranks.flatMap(({group}, i) => (group === stage ? [i] : [])),
    typical: Math.floor(stage * perStage),
    outliers: outliers
      .filter(rank => Math.floor(rank / perStage) === stage)
      .map(rank => ({
        rank,
        reasons: ['reserved' as const],
        operations: [
          {name: 'aten::_scaled_dot_product_flash_attention', before: sum, after: {...sum, bytes: 9.5 * GIB}},
          {name: 'c10d::allreduce_', before: sum, after: {...sum, bytes: 7.75 * GIB}},
        ],
      })),
  }));
  const growing = ranks
    .flatMap(({growth}, rank) => (growth! > 0 ? [{rank, growth: growth!}] : []))
    .sort((a, b) => b.growth - a.growth)
    .slice(0, 7)
    .map(({rank, growth}) => ({
      rank,
      liveAfter: Array.from(
        {length: 24},
        (_, i) => 40 * GIB + i * growth + Math.round(noise(i + rank) * MIB),
      ),
    }));
  const worst = outliers[0] ?? 0;
  return runOf(ranks, {
    groups,
    growing,
    limit: {
      file: ranks[worst]!.file,
      rank: worst,
      reason: outliers.length > 0 ? 'failed-request' : 'reserved',
      bytes: ranks[worst]!.reserved!,
      next:
        count > 1 ? Math.max(...ranks.flatMap(({reserved}, i) => (i === worst ? [] : [reserved!]))) : null,
    },
    setting: {
      allocator: 'pytorch-cuda:expandable_segments=true',
      reserved: 50 * GIB,
      failed: 0,
      served: 1,
      file: ranks[worst]!.file,
      recorded: ranks[worst]!.reserved!,
    },
  });
}

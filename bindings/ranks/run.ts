/** A run as one thing: the recordings of all its ranks. The contract `stowage.run/1`, documented in `docs/run.schema.json`. */
import type {GroupChange} from '../compare/diff.ts';
import type {HelpfulSetting} from './result.ts';

export const RUN_SCHEMA = 'stowage.run/1';

export interface Run {
  readonly schema: typeof RUN_SCHEMA;
  /** Of stowage; several where the results are of several versions. */
  readonly versions: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  /** In the order of rank, those without a number last, by name. */
  readonly ranks: readonly Rank[];
  /** The rank that needs most; null where none was analysed. */
  readonly limit: RunLimit | null;
  readonly groups: readonly RankGroup[];
  /** The ranks that grow most, the worst first; at most `MOST_GROWING`. */
  readonly growing: readonly GrowingRank[];
  /** The setting that helps the rank that limits the run; null where none does. */
  readonly setting: (HelpfulSetting & {readonly file: string; readonly recorded: number}) | null;
  /** What is not in these figures. */
  readonly missing: {
    /** Shares that have not begun, by number from 1. */
    readonly shares: readonly number[];
    /** Files of begun shares that have no result yet. */
    readonly files: readonly string[];
  };
  readonly warnings: readonly string[];
}

/** Bytes throughout; null where not known. */
export interface Rank {
  readonly file: string;
  /** From the manifest or the name. */
  readonly rank: number | null;
  /** Coordinates that the name states, such as dp, tp and pp. */
  readonly coordinates: Readonly<Record<string, number>>;
  readonly key: string | null;
  readonly failure: string | null;
  readonly device: string | null;
  readonly microseconds: number | null;
  readonly peak: number | null;
  readonly reserved: number | null;
  /** Persistent blocks and the planned peak of the whole recording. */
  readonly planned: number | null;
  /** Whether no smaller plan exists, within the evidence of the result. */
  readonly isProven: boolean;
  readonly recoverable: number | null;
  readonly verdict: 'capacity' | 'fragmentation' | 'unknown' | null;
  /** Bytes that stay behind per iteration; 0 where it does not grow; null with fewer than three whole iterations. */
  readonly growth: number | null;
  /** Index into `groups`; null where the rank was not analysed. */
  readonly group: number | null;
}

export interface RunLimit {
  readonly file: string;
  readonly rank: number | null;
  /** Why it is this one: a request failed, or it reserves, or needs, most. */
  readonly reason: 'failed-request' | 'reserved' | 'peak';
  readonly bytes: number;
  /** The next rank's bytes; null where there is none. */
  readonly next: number | null;
}

/** Entries of `Run.growing`. */
export const MOST_GROWING = 7;

export interface GrowingRank {
  /** Index into `ranks`. */
  readonly rank: number;
  /** Bytes live after each of its last whole iterations, in order of time. */
  readonly liveAfter: readonly number[];
}

/** Ranks that do the same. */
export interface RankGroup {
  readonly name: string;
  /** Indices into `ranks`. */
  readonly members: readonly number[];
  /** The member that is most like all others: index into `ranks`. */
  readonly typical: number;
  readonly outliers: readonly RankOutlier[];
}

export interface RankOutlier {
  /** Index into `ranks`. */
  readonly rank: number;
  /** What is unusual. */
  readonly reasons: readonly ('structure' | 'peak' | 'reserved' | 'planned' | 'growth' | 'failed-request')[];
  /** What differs from the typical rank by operation, the largest first; at most ten. */
  readonly operations: readonly GroupChange[];
}

/**
 * The result of one file of a batch: the contract `stowage.result/1`, documented in `docs/result.schema.json`. It depends on
 * the file's content, the options and the version alone, so it holds no path and no time of the machine.
 */
import type {CheckedFigures} from '../compare/check.ts';
import type {GroupSum} from '../compare/groups.ts';
import type {EvidenceJson, RecordingPeak} from '../evidence/index.ts';
import type {CudaReportJson} from '../report/cuda-report.ts';

export const RESULT_SCHEMA = 'stowage.result/1';

export interface BatchResult {
  readonly schema: typeof RESULT_SCHEMA;
  /** Of stowage. */
  readonly version: string;
  readonly content: {readonly sha256: string; readonly bytes: number};
  /** The options of the analysis that were given, by name. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Null where the file could not be read. */
  readonly format: string | null;
  /** Why there is no analysis, without the file's name; null where there is one. */
  readonly failure: {readonly message: string; readonly exitCode: number} | null;
  /** What `check` judges: of a problem one entry; of a recording the whole of it, then its last whole iteration. */
  readonly figures: readonly FiguresJson[];
  /** Null where the file is no recording, or could not be read. */
  readonly recording: RankRecording | null;
  readonly warnings: readonly string[];
}

/** Figures of one scope, with the plan's status. A text in place of bytes says why they are not known. */
export interface FiguresJson extends Omit<CheckedFigures, 'evidence' | 'baseline'> {
  readonly evidence: EvidenceJson;
  /** Buffers of the problem. */
  readonly buffers: number;
}

/** One device's recording. Bytes throughout. */
export interface RankRecording {
  readonly device: string;
  /** Microseconds from the first to the last memory event; null where the recording has no times. */
  readonly microseconds: number | null;
  readonly peak: RecordingPeak;
  /** The most that was reserved; null where the recording does not show it. */
  readonly reserved: number | null;
  readonly recoverable: CudaReportJson['recoverable'] | null;
  /** The verdict on the last failed request; null where none failed. */
  readonly outOfMemory: CudaReportJson['outOfMemory'] | null;
  readonly iterations: RankIterations;
  readonly structure: RankStructure;
  /** Blocks of the structure's window by the operation that allocated them, in the order of names; `''` where unknown. */
  readonly operations: readonly NamedSum[];
  /** Settings of the allocator that the model says help, the best first; empty where none does. */
  readonly settings: readonly HelpfulSetting[];
}

export interface RankIterations {
  readonly source: string;
  /** Whole iterations. */
  readonly whole: number;
  /** Bytes live after each of the last whole iterations, at most 64, in order of time. */
  readonly liveAfter: readonly number[];
}

/** What the program does, without sizes and addresses: ranks that do the same have the same. */
export interface RankStructure {
  /** The window that was looked at. */
  readonly scope: EvidenceJson['scope'];
  /** SHA-256 over the sites. */
  readonly hash: string;
  /** Allocations by site (operation, else source frame, else size class), in the order of names. */
  readonly sites: readonly {readonly name: string; readonly count: number}[];
}

export interface NamedSum extends GroupSum {
  readonly name: string;
}

export interface HelpfulSetting {
  /** As `stowage replay --allocator` takes it. */
  readonly allocator: string;
  /** The most that the model reserves, and the requests that it cannot serve. */
  readonly reserved: number;
  readonly failed: number;
  /** Requests that failed in the recording and that it serves. */
  readonly served: number;
}

/** One file of a batch: the contract `stowage.file/1`, documented in `docs/result.schema.json`. */
export interface BatchFile {
  readonly schema: 'stowage.file/1';
  /** The path below the root with `/`, or the URL. */
  readonly name: string;
  /** As the manifest states it. */
  readonly rank?: number;
  readonly group?: string;
  /** Bytes; null where the file could not be opened. */
  readonly bytes: number | null;
  /** The name of the result, `results/KEY.json`; null where there is none. */
  readonly key: string | null;
  /** Why there is none; the next run tries again. */
  readonly failure: {readonly message: string; readonly exitCode: number} | null;
}

/** A share of a batch: the contract `stowage.share/1`, documented in `docs/result.schema.json`. Written when it begins. */
export interface BatchShare {
  readonly schema: 'stowage.share/1';
  /** This one, from 1 to `shares`. */
  readonly share: number;
  readonly shares: number;
  /** SHA-256 over the names of all files of all shares and the options: shares of one batch have the same. */
  readonly batch: string;
  /** Names of the files of this share. */
  readonly files: readonly string[];
}

/** What a run is made of. */
export interface RunSource {
  readonly shares: readonly BatchShare[];
  readonly files: readonly BatchFile[];
  /** By key. */
  readonly results: ReadonlyMap<string, RunResult>;
  /** What in the folder cannot be read, each with its place and the reason. */
  readonly damage?: readonly string[];
}

/** What a run takes of a result. */
export type RunResult = Omit<BatchResult, 'schema' | 'content'>;

/** All that is in the folder of a batch. */
export interface BatchFolder extends RunSource {
  readonly results: ReadonlyMap<string, BatchResult>;
}

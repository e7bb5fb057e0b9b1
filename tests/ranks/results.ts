/** Files of a batch as `stowage batch` writes them, in few words. */
import {createHash} from 'node:crypto';
import type {
  BatchFile,
  BatchFolder,
  BatchResult,
  BatchShare,
  NamedSum,
  RankRecording,
} from '../../bindings/ranks/result.ts';

export interface Planted {
  readonly name: string;
  readonly rank?: number;
  readonly group?: string;
  /** Allocations by site. */
  readonly sites?: Readonly<Record<string, number>>;
  /** Bytes of the blocks of an operation, all live at the moment. */
  readonly operations?: Readonly<Record<string, number>>;
  readonly peak?: number;
  readonly reserved?: number | null;
  /** Persistent, kept and planned peak. */
  readonly needed?: number;
  readonly lowerBound?: number;
  readonly recoverable?: number | null;
  readonly liveAfter?: readonly number[];
  /** Of a request that failed, with its verdict. */
  readonly request?: number;
  readonly verdict?: 'capacity' | 'fragmentation' | 'unknown';
  readonly settings?: RankRecording['settings'];
  /** Why the content cannot be read. */
  readonly failure?: string;
  /** A problem, and no recording. */
  readonly isProblem?: boolean;
  readonly version?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly warnings?: readonly string[];
}

const SCOPE = {kind: 'recording', device: 'cuda:0'} as const;
const EVIDENCE = {scope: SCOPE, assumptions: []};

/** A folder with these files, in one share if none is given. */
export function folderOf(planted: readonly Planted[], shares?: readonly BatchShare[]): BatchFolder {
  const made = planted.map(one => ({file: fileOf(one), result: resultOf(one)}));
  return {
    shares: shares ?? [shareOf(planted.map(({name}) => name))],
    files: made.map(({file}) => file),
    results: new Map(made.map(({file, result}) => [file.key!, result])),
  };
}

export function shareOf(files: readonly string[], share = 1, shares = 1, batch = 'one'): BatchShare {
  return {schema: 'stowage.share/1', share, shares, batch: digest(batch), files};
}

export function fileOf(planted: Planted): BatchFile {
  const {name, rank, group} = planted;
  return {
    schema: 'stowage.file/1',
    name,
    ...(rank === undefined ? {} : {rank}),
    ...(group === undefined ? {} : {group}),
    bytes: 14_000_000,
    key: digest(JSON.stringify(planted)),
    failure: null,
  };
}

export function resultOf(planted: Planted): BatchResult {
  const {name, failure, isProblem = false, version = '1.0.0', options = {}, warnings = []} = planted;
  const isRead = failure === undefined;
  return {
    schema: 'stowage.result/1',
    version,
    content: {sha256: digest(name), bytes: 14_000_000},
    options,
    format: isRead ? (isProblem ? 'csv' : 'cuda-snapshot') : null,
    failure: isRead ? null : {message: failure, exitCode: 3},
    figures: isRead ? figuresOf(planted) : [],
    recording: isRead && !isProblem ? recordingOf(planted) : null,
    warnings,
  };
}

function figuresOf({isProblem, ...planted}: Planted): BatchResult['figures'] {
  const {peak = 900, needed = 1000, lowerBound = needed, reserved = 1200} = planted;
  const unknown = 'unknown: not recorded';
  return [
    {
      evidence: isProblem ? {scope: {kind: 'problem'}, assumptions: []} : EVIDENCE,
      peak: needed,
      lowerBound,
      load: peak,
      persistent: 0,
      reserved: isProblem ? unknown : (reserved ?? unknown),
      allocated: isProblem ? unknown : peak,
      ...(isProblem ? {} : {recording: peak}),
      buffers: 10,
    },
  ];
}

function recordingOf(planted: Planted): RankRecording {
  const {peak = 900, reserved = 1200, needed = 1000, request = 0} = planted;
  const {sites = {add: 10, mul: 5}, operations = {add: peak}, liveAfter = [500, 500, 500]} = planted;
  return {
    device: 'cuda:0',
    microseconds: 1_000_000,
    peak: {bytes: peak, older: 0, failedRequest: request, event: 10, events: 20, place: {kind: 'anywhere'}},
    reserved,
    recoverable: reserved === null ? null : recoverableOf(planted, reserved, needed),
    outOfMemory: planted.verdict === undefined ? null : outOfMemoryOf(planted.verdict, request, peak, needed),
    iterations: {source: 'marks', whole: liveAfter.length, liveAfter},
    structure: {
      scope: SCOPE,
      hash: digest(JSON.stringify(sorted(sites))),
      sites: sorted(sites).map(([name, count]) => ({name, count})),
    },
    operations: sorted(operations).map(
      ([name, bytes]): NamedSum => ({name, blocks: 1, bytes, liveBlocks: 1, liveBytes: bytes}),
    ),
    settings: planted.settings ?? [],
  };
}

function recoverableOf(
  {lowerBound, recoverable}: Planted,
  reserved: number,
  needed: number,
): NonNullable<RankRecording['recoverable']> {
  const bound = lowerBound ?? needed;
  return {
    evidence: EVIDENCE,
    reserved,
    isReservedAtEnd: false,
    persistent: 0,
    kept: 0,
    plannedPeak: needed,
    lowerBound: bound,
    needed,
    recoverable: recoverable === undefined ? Math.max(0, reserved - needed) : recoverable,
    isProven: needed === bound,
    reason: '',
    parts: 1,
  };
}

function outOfMemoryOf(
  verdict: NonNullable<Planted['verdict']>,
  request: number,
  peak: number,
  needed: number,
): NonNullable<RankRecording['outOfMemory']> {
  return {
    evidence: EVIDENCE,
    verdict,
    request,
    live: peak - request,
    persistent: 0,
    kept: 0,
    plannedPeak: needed,
    capacity: 2000,
    capacitySource: 'given',
    isCapacityGiven: true,
    needed: needed + request,
  };
}

function sorted(values: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

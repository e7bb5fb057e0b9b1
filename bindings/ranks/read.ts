/** The files of a batch folder, and a run, from their JSON. What is not as its contract says is an error that names the field. */
import {ImportError} from '../model/errors.ts';
import type {BatchFile, BatchResult, BatchShare} from './result.ts';
import {RESULT_SCHEMA} from './result.ts';
import {RUN_SCHEMA, type Run} from './run.ts';
import {
  anything,
  bytesOrReason,
  count,
  digest,
  duration,
  flag,
  listOf,
  nullable,
  numberTo,
  object,
  oneOf,
  optional,
  parseAs,
  recordOf,
  text,
} from './shapes.ts';

/** As `--shard` takes them. */
const MOST_SHARES = 9_999_999;
/** As in `RankIterations`. */
const MOST_ITERATIONS = 64;

const VERDICT = oneOf('capacity', 'fragmentation', 'unknown');

const FAILURE = nullable(object({message: text, exitCode: count}));

const SCOPE = object({
  kind: oneOf('problem', 'iteration', 'recording', 'end'),
  iteration: optional(count),
  device: optional(text),
});

const EVIDENCE = object({scope: SCOPE, assumptions: listOf(object({name: text, meaning: text}))});

const FIGURES = object({
  evidence: EVIDENCE,
  peak: bytesOrReason,
  lowerBound: bytesOrReason,
  load: bytesOrReason,
  persistent: count,
  besideGraphs: optional(object({peak: bytesOrReason, lowerBound: count, kept: count})),
  recording: optional(count),
  reserved: bytesOrReason,
  allocated: bytesOrReason,
  buffers: count,
});

const PEAK = object({
  bytes: count,
  older: count,
  failedRequest: count,
  event: count,
  events: count,
  place: object({kind: oneOf('iteration', 'before', 'after', 'between', 'anywhere')}),
});

const RECOVERABLE = object({
  evidence: EVIDENCE,
  reserved: count,
  plannedPeak: count,
  lowerBound: count,
  needed: count,
  recoverable: nullable(count),
  isProven: flag,
  reason: text,
});

const OUT_OF_MEMORY = object({evidence: EVIDENCE, verdict: VERDICT, request: count, live: count});

const SETTING = {allocator: text, reserved: count, failed: count, served: count};

const SUM = {blocks: count, bytes: count, liveBlocks: count, liveBytes: count};

const RECORDING = object({
  device: text,
  microseconds: nullable(duration),
  peak: PEAK,
  reserved: nullable(count),
  recoverable: nullable(RECOVERABLE),
  outOfMemory: nullable(OUT_OF_MEMORY),
  iterations: object({source: text, whole: count, liveAfter: listOf(count, MOST_ITERATIONS)}),
  structure: object({scope: SCOPE, hash: digest, sites: listOf(object({name: text, count}))}),
  operations: listOf(object({name: text, ...SUM})),
  settings: listOf(object(SETTING)),
});

const RESULT = object({
  version: text,
  content: object({sha256: digest, bytes: count}),
  options: recordOf(anything),
  format: nullable(text),
  failure: FAILURE,
  figures: listOf(FIGURES),
  recording: nullable(RECORDING),
  warnings: listOf(text),
});

const FILE = object({
  name: text,
  rank: optional(count),
  group: optional(text),
  bytes: nullable(count),
  key: nullable(digest),
  failure: FAILURE,
});

const SHARE = object({
  share: numberTo(MOST_SHARES),
  shares: numberTo(MOST_SHARES),
  batch: digest,
  files: listOf(text),
});

const CHANGE = object({name: text, before: object(SUM), after: object(SUM)});

const RANK = object({
  file: text,
  rank: nullable(count),
  coordinates: recordOf(count),
  key: nullable(digest),
  failure: nullable(text),
  device: nullable(text),
  microseconds: nullable(duration),
  peak: nullable(count),
  reserved: nullable(count),
  planned: nullable(count),
  isProven: flag,
  recoverable: nullable(count),
  verdict: nullable(VERDICT),
  growth: nullable(count),
  group: nullable(count),
});

const REASON = oneOf('structure', 'peak', 'reserved', 'planned', 'growth', 'failed-request');

const RUN = object({
  versions: listOf(text),
  options: recordOf(anything),
  ranks: listOf(RANK),
  limit: nullable(
    object({
      file: text,
      rank: nullable(count),
      reason: oneOf('failed-request', 'reserved', 'peak'),
      bytes: count,
      next: nullable(count),
    }),
  ),
  groups: listOf(
    object({
      name: text,
      members: listOf(count),
      typical: count,
      outliers: listOf(object({rank: count, reasons: listOf(REASON), operations: listOf(CHANGE)})),
    }),
  ),
  growing: listOf(object({rank: count, liveAfter: listOf(count, MOST_ITERATIONS)})),
  setting: nullable(object({...SETTING, file: text, recorded: count})),
  missing: object({shares: listOf(count), files: listOf(text)}),
  warnings: listOf(text),
});

/** @param file its name, with which every error begins. @throws ImportError that names file and field. */
export function parseResult(content: string, file: string): BatchResult {
  return parseAs<BatchResult>(content, file, RESULT_SCHEMA, RESULT);
}

/** As `parseResult`. */
export function parseFile(content: string, file: string): BatchFile {
  return parseAs<BatchFile>(content, file, 'stowage.file/1', FILE);
}

/** As `parseResult`. */
export function parseShare(content: string, file: string): BatchShare {
  const share = parseAs<BatchShare>(content, file, 'stowage.share/1', SHARE);
  if (share.share <= share.shares) return share;
  throw new ImportError(`${file}: share: expected at most ${share.shares}, got ${share.share}`);
}

/** As `parseResult`. Indices into ranks and groups are within them. */
export function parseRun(content: string, file: string): Run {
  const run = parseAs<Run>(content, file, RUN_SCHEMA, RUN);
  const {ranks, groups, growing} = run;
  const indices = [
    ...groups.flatMap(({members, typical, outliers}) => [
      ...members,
      typical,
      ...outliers.map(({rank}) => rank),
    ]),
    ...growing.map(({rank}) => rank),
  ];
  const isWithin = (index: number | null, all: readonly unknown[]): boolean =>
    index === null || index < all.length;
  if (indices.every(index => isWithin(index, ranks)) && ranks.every(({group}) => isWithin(group, groups)))
    return run;
  throw new ImportError(
    `${file}: a group, an outlier or a growing rank names a rank that the run does not have`,
  );
}

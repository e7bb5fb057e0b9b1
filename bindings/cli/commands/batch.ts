/** `stowage batch`: analyses many files, each into a result, on this machine or its share of them. */

import {availableParallelism} from 'node:os';
import {type Command, InvalidArgumentError} from 'commander';
import {plural} from '../../model/quantities.ts';
import type {AnalysisChoice} from '../batch/analyse.ts';
import {type BatchSummary, runBatch} from '../batch/batch.ts';
import {type Listing, listFiles} from '../batch/files.ts';
import {readManifest} from '../batch/manifest.ts';
import {filesOfShare, parseShare, type ShareNumber, shareOfEnvironment} from '../batch/shares.ts';
import type {Store} from '../batch/store.ts';
import {storeOf} from '../batch/store-of.ts';
import {CliError, EXIT} from '../io/exit.ts';
import {readSource} from '../io/input.ts';
import {print, printJson, warn} from '../io/output.ts';
import {type CommandContext, withAnalysis, withQueue} from './options.ts';
import {parseInteger} from './parse.ts';

export interface BatchCommandOptions extends AnalysisChoice {
  readonly out: string;
  readonly manifest?: string;
  readonly root: string;
  readonly jobs?: number;
  readonly shard?: ShareNumber;
  readonly shards?: number;
  readonly queue?: string;
  readonly json?: boolean;
}

/** Failed files that are listed; JSON has all of them. */
const MOST_LISTED = 10;

export function addBatchCommand(root: Command, {done}: CommandContext): void {
  const batch = root
    .command('batch')
    .argument('[PATH...]', 'recordings, models or problems: files, folders, globs or URLs')
    .description(
      'analyse many files, such as the snapshots of all ranks of a run, each into a result; `stowage merge` makes one run of them. A result that is there already is not made again',
    )
    .requiredOption(
      '--out <DIR>',
      'folder of the results, which many machines may share, or s3://BUCKET/PREFIX',
    )
    .option('--manifest <FILE>', 'JSON Lines of files, with rank, group and options of each; - is stdin')
    .option('--root <DIR>', 'folder that names and the files of a manifest are relative to', '.')
    .option(
      '--jobs <N>',
      'processes, each with one file at a time (default: the number of cores)',
      parseInteger(1),
    )
    .option(
      '--shard <I/N>',
      'do the I-th of N shares, balanced by bytes, e.g. 3/16 (default: as SLURM_ARRAY_TASK_ID, or JOB_COMPLETION_INDEX with --shards, says)',
      parseShard,
    )
    .option(
      '--shards <N>',
      'number of shares of an Indexed Job, whose environment does not say it',
      parseInteger(1),
    )
    .option('--json', 'print one object');
  withAnalysis(withQueue(batch)).action(async (paths: string[], options: BatchCommandOptions) =>
    done(await batchCommand(paths, options)),
  );
}

function parseShard(text: string): ShareNumber {
  const share = parseShare(text);
  if (!share) throw new InvalidArgumentError('expected I/N with I from 1 to N, e.g. 3/16.');
  return share;
}

/** @returns the exit code. */
export async function batchCommand(paths: readonly string[], options: BatchCommandOptions): Promise<number> {
  checkQueue(options);
  const share = shareOf(options);
  const listing = await listingOf(paths, options);
  warnLeftOut(listing);
  const store = await storeOf(options.out);
  const {jobs = availableParallelism()} = options;
  const choice = choiceOf(options);
  const own = filesOfShare(listing.files, share).length;
  if (!options.json && share.shares > 1) print(shareLine(share, own, listing.files.length));
  const summary =
    options.queue === undefined
      ? await runBatch(listing.files, store, {jobs, share, options: choice})
      : await onQueue(options.queue, listing, store, choice);
  if (options.json) printJson(batchJson(summary, options, share));
  else for (const line of summaryLines(summary, options.out)) print(line);
  return summary.failed.length > 0 ? EXIT.unreadable : EXIT.ok;
}

function checkQueue({queue, shard, shards, jobs}: BatchCommandOptions): void {
  const other = Object.entries({shard, shards, jobs}).find(([, value]) => value !== undefined);
  if (queue === undefined || other === undefined) return;
  const why = other[0] === 'jobs' ? '`stowage worker` has it' : 'workers take files as they are free';
  throw new CliError(`--${other[0]} and --queue cannot be combined: ${why}`, EXIT.usage);
}

async function onQueue(
  queue: string,
  {files}: Listing,
  store: Store,
  options: AnalysisChoice,
): Promise<BatchSummary> {
  const {runQueuedBatch} = await import('../queue/coordinator.ts');
  return runQueuedBatch(files, store, {queue, options});
}

function shareOf({queue, shard, shards}: BatchCommandOptions): ShareNumber {
  if (queue !== undefined) return {share: 1, shares: 1, source: ''};
  if (shard && shards !== undefined && shards !== shard.shares)
    throw new CliError(`--shard ${shard.share}/${shard.shares} and --shards ${shards} disagree`, EXIT.usage);
  return shard ?? shareOfEnvironment(shards, process.env) ?? {share: 1, shares: 1, source: ''};
}

async function listingOf(
  paths: readonly string[],
  {manifest, root, out}: BatchCommandOptions,
): Promise<Listing> {
  if (paths.length === 0 && manifest === undefined)
    throw new CliError('nothing to do: expected PATHs or --manifest FILE', EXIT.usage);
  const entries = manifest === undefined ? [] : readManifest(manifest, await textOf(manifest));
  const listing = await listFiles(paths, entries, root, out);
  if (listing.files.length > 0) return listing;
  throw new CliError(`${paths.join(', ')}: holds no recording, model or problem`, EXIT.unreadable);
}

async function textOf(file: string): Promise<string> {
  return new TextDecoder().decode(await readSource(file, source => source.whole()));
}

function warnLeftOut({leftOut}: Listing): void {
  const [first] = leftOut;
  if (first === undefined) return;
  const are = leftOut.length === 1 ? 'is' : 'are';
  warn(
    `${plural(leftOut.length, 'file')} of the folders ${are} left out, because of the ending of the name; the first is ${first}: name such files themselves`,
  );
}

/** The options that were given and that results depend on. */
function choiceOf(options: BatchCommandOptions): AnalysisChoice {
  const ofBatch: readonly string[] = ['out', 'manifest', 'root', 'jobs', 'shard', 'shards', 'queue', 'json'];
  return Object.fromEntries(Object.entries(options).filter(([name]) => !ofBatch.includes(name)));
}

function shareLine({share, shares, source}: ShareNumber, own: number, all: number): string {
  const from = source === '' ? '' : `, by ${source}`;
  return `share ${share} of ${shares}${from}: ${own} of ${plural(all, 'file')}`;
}

function batchJson(
  {files, known, failed}: BatchSummary,
  {out}: BatchCommandOptions,
  share: ShareNumber,
): object {
  return {
    schema: 'stowage.batch/1',
    out,
    share: share.share,
    shares: share.shares,
    files,
    analysed: files - known - failed.length,
    known,
    failed,
  };
}

function summaryLines({files, known, failed}: BatchSummary, out: string): string[] {
  const parts = [
    `${files - known - failed.length} analysed`,
    ...(known > 0 ? [`${known} there already`] : []),
    ...(failed.length > 0 ? [`${failed.length} failed`] : []),
  ];
  const more = failed.length - MOST_LISTED;
  return [
    ...failed.slice(0, MOST_LISTED).map(({name, message}) => `failed       ${name}: ${message}`),
    ...(more > 0 ? [`             and ${more} more: see \`stowage merge ${out}\``] : []),
    `${plural(files, 'file')}: ${parts.join(', ')}; results in ${out}`,
  ];
}

/** `stowage check DIR`: the limits against every rank of a run. */
import {stat} from 'node:fs/promises';
import {plural} from '../../model/quantities.ts';
import {checkRun, mergeRun, parseRun, type Run, type RunLimits} from '../../report.ts';
import {readBatch} from '../batch/read-batch.ts';
import {storeOf} from '../batch/store-of.ts';
import {CliError, EXIT} from '../io/exit.ts';
import {readSource} from '../io/input.ts';
import {runCheckLines, runChecksJson, runCheckTable} from '../text/check-run.ts';
import {markdownName, markdownTable} from '../text/table.ts';
import {type FormOptions, publish} from './publish.ts';

/** Whether a path is a batch folder or a bucket, and no single file. */
export async function isBatch(path: string): Promise<boolean> {
  if (path.startsWith('s3://')) return true;
  return stat(path).then(
    found => found.isDirectory(),
    () => false,
  );
}

/** @returns the exit code. */
export async function checkRunCommand(
  folder: string,
  limits: RunLimits,
  options: FormOptions & {readonly baseline?: string},
): Promise<number> {
  const baseline = options.baseline === undefined ? undefined : await readRun(options.baseline);
  const batch = await readBatch(await storeOf(folder));
  const run = mergeRun(batch);
  const checks = checkRun(batch, run, limits, baseline);
  const failed = checks.filter(({passed}) => !passed).length;
  const all = plural(checks.length, 'check');
  const verdict = failed === 0 ? `${all} passed` : `${failed} of ${all} failed`;
  const of = `${folder}: ${plural(run.ranks.length, 'file')} in ${plural(run.groups.length, 'group')}`;
  const json = {
    schema: 'stowage.check/1',
    source: {file: folder, format: 'batch', iteration: null, device: null},
    passed: failed === 0,
    ...runChecksJson(checks),
    figures: null,
    iteration: null,
    warnings: run.warnings,
  };
  const result = {
    json,
    warnings: run.warnings.map(warning => `${folder}: ${warning}`),
    lines: [...checks.flatMap(runCheckLines), `${verdict}: ${of}`],
    markdown: [`stowage check: ${markdownName(of)}`, ...markdownTable(runCheckTable(verdict, checks))],
  };
  await publish(result, options);
  return failed === 0 ? EXIT.ok : EXIT.checkFailed;
}

/** @throws CliError where the file is no run. */
async function readRun(file: string): Promise<Run> {
  const content = await readSource(file, source => source.whole());
  try {
    return parseRun(new TextDecoder().decode(content), file);
  } catch (error) {
    throw new CliError((error as Error).message, EXIT.unreadable);
  }
}

/** Reads bytes as the command line does, up to the problem that would be planned, and judges the result or the error. */
import type {ProblemColumns} from '../../../bindings/model/problem.ts';
import {toColumns} from '../../../bindings/model/to-columns.ts';
import {
  importFile,
  isPlanJson,
  openSource,
  readPlanCsv,
  readPlanJson,
  readPlanTotals,
  stepProblem,
  type Trace,
} from '../../../bindings/trace.ts';
import type {Fault, Verdict} from '../campaign.ts';

export type Reader = 'import' | 'strict' | 'plan' | 'totals';

export interface Reading {
  readonly reader: Reader;
  /** Bytes of a chunk; 0 for all at once. */
  readonly chunk: number;
}

const REFUSALS = new Set(['ImportError', 'UsageError', 'LimitError']);
const MOST_MESSAGE = 1000;
/** Seconds of processor for some kilobytes. */
const MOST_SECONDS = 2;

export async function judgeBytes(bytes: Uint8Array, reading: Reading): Promise<Verdict> {
  const began = process.cpuUsage();
  const verdict = await read(bytes, reading);
  const {user, system} = process.cpuUsage(began);
  const seconds = (user + system) / 1e6;
  if (verdict.fault || seconds < MOST_SECONDS) return verdict;
  return {fault: {kind: 'slow', message: `${seconds.toFixed(1)} s of processor for ${bytes.length} bytes`}};
}

async function read(bytes: Uint8Array, {reader, chunk}: Reading): Promise<Verdict> {
  const input = {name: 'unknown', data: chunk > 0 ? chunks(bytes, chunk) : bytes};
  try {
    if (reader === 'plan' || reader === 'totals') return {counts: {read: await readAsPlan(input, reader)}};
    const imported = await importFile(input, {strict: reader === 'strict'});
    const warnings = imported.kind === 'trace' ? imported.trace.warnings : imported.warnings;
    const fault =
      judgeEnd(bytes, imported.format, warnings) ??
      (imported.kind === 'trace' ? judgeTrace(imported.trace) : judgeProblem(imported.problem, warnings));
    return fault ? {fault} : {counts: {read: 1}};
  } catch (error) {
    return judgeError(error);
  }
}

const LINE_FORMATS = ['csv', 'event-log', 'heaptrack', 'ltrace', 'mtrace', 'singa', 'xla'];
/** Ends of lines that nothing can be missing from. */
const WHOLE = /[}"\n\r]\s*$|^= End\s*$|\+\+\+\s*$|^\s*$/;

/** A last line without a line break may be cut, and then a warning says so. */
function judgeEnd(bytes: Uint8Array, format: string, warnings: readonly string[]): Fault | undefined {
  if (!LINE_FORMATS.includes(format) || bytes[0] === 0x1f || bytes[0] === 0x28) return undefined;
  const text = new TextDecoder().decode(bytes.subarray(-4096));
  const last = text.slice(text.lastIndexOf('\n') + 1);
  if (WHOLE.test(last) || warnings.some(warning => /cut|no line break|ends the table/.test(warning)))
    return undefined;
  return {
    kind: `silent end of ${format}`,
    message: `${JSON.stringify(last.slice(-60))} is read as if it were whole`,
  };
}

async function readAsPlan(input: Parameters<typeof openSource>[0], reader: Reader): Promise<number> {
  const source = await openSource(input);
  try {
    if (reader === 'totals') await readPlanTotals(source);
    else if (isPlanJson(source)) await readPlanJson(source);
    else await readPlanCsv(source);
    return 1;
  } finally {
    await source.close();
  }
}

async function* chunks(bytes: Uint8Array, chunk: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
}

/** A refusal says what is wrong, briefly, and where. */
export function judgeError(error: unknown): Verdict {
  const refused = error as {name?: string; message?: string; format?: string; stack?: string};
  if (!(error instanceof Error) || !REFUSALS.has(error.name)) {
    const place = /at (?:\S+ )?\(?\S*?([\w-]+\.ts):\d+/.exec(refused.stack ?? '')?.[1] ?? 'no place';
    return {
      fault: {
        kind: `${refused.name ?? typeof error} in ${place}`,
        message: `${refused.name}: ${refused.message}`.slice(0, 300),
      },
    };
  }
  if (error.message === '' || error.message.length > MOST_MESSAGE)
    return {
      fault: {
        kind: 'message',
        message: `a message of ${error.message.length} characters: ${error.message.slice(0, 80)}`,
      },
    };
  const isUnknown = /Formats that are read/.test(error.message);
  if (
    error.name === 'ImportError' &&
    refused.format === undefined &&
    !isUnknown &&
    !/byte/.test(error.message)
  )
    return {fault: {kind: 'no place', message: error.message}};
  return {counts: {[isUnknown ? 'unknown' : 'refused']: 1}};
}

function judgeTrace(trace: Trace): Fault | undefined {
  const {events, blocks, devices, operations, warnings} = trace;
  const long = warnings.find(warning => warning.length > MOST_MESSAGE);
  if (long) return {kind: 'warning', message: `a warning of ${long.length} characters: ${long.slice(0, 80)}`};
  for (let i = 0; i < events.count; i++) {
    if (!(events.block[i]! < blocks.count))
      return {kind: 'unsound trace', message: `event ${i} is of no block`};
    if (i > 0 && !(events.time[i]! >= events.time[i - 1]!))
      return {kind: 'unsound trace', message: `event ${i} is before the one before it`};
  }
  for (let block = 0; block < blocks.count; block++)
    if (
      !Number.isSafeInteger(blocks.bytes[block]) ||
      blocks.bytes[block]! <= 0 ||
      !(blocks.device[block]! < devices.length && blocks.operation[block]! < operations.length)
    )
      return {kind: 'unsound trace', message: `block ${block}: ${blocks.bytes[block]} bytes`};
  return judgeProblem(stepProblem(trace).problem, []);
}

function judgeProblem(problem: ProblemColumns, warnings: readonly string[]): Fault | undefined {
  const long = warnings.find(warning => warning.length > MOST_MESSAGE);
  if (long) return {kind: 'warning', message: `a warning of ${long.length} characters: ${long.slice(0, 80)}`};
  const {count, start, end, size, offset, ids, gapIndex, gapStart, gapEnd} = problem;
  for (let i = 0; i < count; i++) {
    const isSound =
      start[i]! <= end[i]! && Number.isSafeInteger(size[i]) && size[i]! >= 0 && offset[i]! >= -1;
    if (!isSound)
      return {kind: 'unsound problem', message: `buffer ${i}: [${start[i]}, ${end[i]}) ${size[i]} B`};
    for (let gap = gapIndex[i]!; gap < gapIndex[i + 1]!; gap++)
      if (!(gapStart[gap]! >= start[i]! && gapStart[gap]! < gapEnd[gap]! && gapEnd[gap]! <= end[i]!))
        return {kind: 'unsound problem', message: `buffer ${i}: gap [${gapStart[gap]}, ${gapEnd[gap]})`};
  }
  if (gapIndex[count] !== gapStart.length || (ids && ids.length !== count))
    return {
      kind: 'unsound problem',
      message: `${count} buffers, ${ids?.length} names, ${gapStart.length} gaps`,
    };
  toColumns(problem);
  return undefined;
}

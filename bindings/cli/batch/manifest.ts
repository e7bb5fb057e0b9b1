/**
 * A manifest: one JSON object a line, `{"file": "rank3.pickle", "rank": 3, "group": "stage 0", "options": {"device": "cuda:1"}}`. Only
 * `file` is needed: a path below the root, or a URL. Options are those of `stowage batch`, and override them.
 */
import {show} from '../../model/shown.ts';
import {ONNX_RUNTIMES} from '../../trace.ts';
import {CliError, EXIT} from '../io/exit.ts';
import type {AnalysisChoice} from './analyse.ts';

export interface ManifestEntry {
  readonly file: string;
  readonly rank?: number;
  readonly group?: string;
  readonly options?: AnalysisChoice;
}

/** What a value of each option must be, in words and as a test. */
const OPTIONS: {
  readonly [key in keyof Required<AnalysisChoice>]: readonly [string, (value: unknown) => boolean];
} = {
  device: ['a text', isText],
  streams: ['"apart" or "together"', oneOf('apart', 'together')],
  idle: ['"iteration"', oneOf('iteration')],
  linear: ['true or false', isBoolean],
  strict: ['true or false', isBoolean],
  dropOwnPlan: ['true or false', isBoolean],
  end: ['"inclusive" or "exclusive"', oneOf('inclusive', 'exclusive')],
  runtime: [ONNX_RUNTIMES.map(name => `"${name}"`).join(' or '), oneOf(...ONNX_RUNTIMES)],
  alignment: ['a power of two', value => isCount(value) && Number.isInteger(Math.log2(value as number))],
  nodeLimit: ['a whole number of at least 1', value => isCount(value) && value !== 0],
  seed: ['a whole number', isCount],
  dim: [
    'an object of whole numbers',
    value => isObject(value) && Object.values(value).every(size => isCount(size)),
  ],
};

/** @param file for messages. @throws CliError with the line */
export function readManifest(file: string, text: string): ManifestEntry[] {
  const entries: ManifestEntry[] = [];
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '') return;
    const fail = (reason: string): never => {
      throw new CliError(`${file}:${index + 1}: ${reason}`, EXIT.unreadable);
    };
    entries.push(entryOf(parsed(line, fail), fail));
  });
  if (entries.length === 0) throw new CliError(`${file}: the manifest names no file`, EXIT.unreadable);
  return entries;
}

type Fail = (reason: string) => never;

function parsed(line: string, fail: Fail): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    return fail(`is not JSON: ${(error as Error).message}`);
  }
}

function entryOf(value: unknown, fail: Fail): ManifestEntry {
  if (!isObject(value)) return fail(`expected an object with "file", got ${show(value)}`);
  const {file, rank, group, options, ...others} = value;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    return fail(`unknown field ${show(unknown)}: expected file, rank, group or options`);
  if (typeof file !== 'string' || file === '')
    return fail(`file: expected a path or a URL, got ${show(file)}`);
  if (rank !== undefined && !isCount(rank)) return fail(`rank: expected a whole number, got ${show(rank)}`);
  if (group !== undefined && !isText(group)) return fail(`group: expected a text, got ${show(group)}`);
  if (options !== undefined) checkedOptions(options, fail);
  return value as unknown as ManifestEntry;
}

/** @param fail makes the error of a reason, or throws it */
export function checkedOptions(options: unknown, fail: (reason: string) => Error): AnalysisChoice {
  if (!isObject(options)) throw fail(`options: expected an object, got ${show(options)}`);
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(OPTIONS, name))
      throw fail(`options: unknown ${show(name)}: expected ${Object.keys(OPTIONS).join(', ')}`);
    const [expected, isValid] = OPTIONS[name as keyof typeof OPTIONS];
    if (!isValid(value)) throw fail(`options.${name}: expected ${expected}, got ${show(value)}`);
  }
  return options;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function oneOf(...names: readonly string[]): (value: unknown) => boolean {
  return value => names.includes(value as string);
}

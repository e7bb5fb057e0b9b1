/** The analysis of one file of a batch, as a process of its own does it: what is asked for, and the reply. */
import type {Planner} from '../../index.ts';
import {ImportError, LimitError, UsageError} from '../../model/errors.ts';
import {parseResult} from '../../ranks/read.ts';
import {type BatchFile, type BatchResult, RESULT_SCHEMA} from '../../ranks/result.ts';
import {CliError, describeError, EXIT, inputError} from '../io/exit.ts';
import {importOptions} from '../io/input.ts';
import {version} from '../io/version.ts';
import {type AnalysisChoice, analyseInput} from './analyse.ts';
import {fileEntry, keyOf, resultName, sorted, writeFileEntry, writeResult} from './layout.ts';
import {Location} from './location.ts';
import type {Store} from './store.ts';

/** Plain data, so that it can be sent to a process or put on a queue. */
export interface AnalysisRequest extends Pick<BatchFile, 'name' | 'rank' | 'group'> {
  /** Where this machine finds the file: a path or a URL. */
  readonly place: string;
  readonly options: AnalysisChoice;
  /** SHA-256 that the content must have, where it is known. */
  readonly hash?: string;
}

export interface AnalysisReply {
  readonly file: BatchFile;
  /** Why there is no analysis: of the result, or of the file. */
  readonly failure: BatchFile['failure'];
  /** Whether the result was there before. */
  readonly isKnown: boolean;
  /** Bytes; null where the file has none that is known. */
  readonly peak: number | null;
}

/**
 * Writes the result, unless it is there, and then the file's entry. A fault of the content is a result; one of this machine
 * is none, so that the next run tries again.
 * @throws CliError where the store cannot be written.
 */
export async function analyseFile(
  request: AnalysisRequest,
  store: Store,
  planner: Planner,
): Promise<AnalysisReply> {
  const failed = async (bytes: number | null, failure: Failure): Promise<AnalysisReply> => {
    const file = fileEntry(request, {bytes, key: null, failure});
    await writeFileEntry(store, file);
    return {file, failure, isKnown: false, peak: null};
  };
  const opened = await openedOrFailure(request);
  if ('failure' in opened) return failed(null, opened.failure);
  const {location} = opened;
  try {
    const made = await resultOf(location, request, store, planner);
    if ('machine' in made) return await failed(location.bytes, made.machine);
    const {key, failure, isKnown, peak} = made;
    const file = fileEntry(request, {bytes: location.bytes, key, failure: null});
    await writeFileEntry(store, file);
    return {file, failure, isKnown, peak};
  } finally {
    await location.close();
  }
}

type Failure = NonNullable<BatchResult['failure']>;

async function openedOrFailure({
  name,
  place,
}: AnalysisRequest): Promise<{readonly location: Location} | {readonly failure: Failure}> {
  try {
    return {location: await Location.open(place)};
  } catch (error) {
    return {failure: failureOf(error, name).failure};
  }
}

interface Made {
  readonly key: string;
  readonly failure: Failure | null;
  readonly isKnown: boolean;
  readonly peak: number | null;
}

async function resultOf(
  location: Location,
  {name, options, hash}: AnalysisRequest,
  store: Store,
  planner: Planner,
): Promise<Made | {readonly machine: Failure}> {
  const sha256 = await hashOrFailure(location, name);
  if (typeof sha256 !== 'string') return {machine: sha256};
  if (hash !== undefined && hash !== sha256) return {machine: {message: CHANGED, exitCode: EXIT.unreadable}};
  const given = sorted({...options});
  const key = keyOf(sha256, given, version);
  const known = await knownResult(store, key);
  if (known) return {key, failure: known.failure, isKnown: true, peak: peakOf(known)};
  const content = {sha256, bytes: location.bytes};
  const base = {schema: RESULT_SCHEMA, version, content, options: given} as const;
  const result = await analysed(location, name, options, planner);
  if ('machine' in result) return result;
  if (!(await location.isUnchanged().catch(() => false)))
    return {machine: {message: CHANGED, exitCode: EXIT.unreadable}};
  await writeResult(store, key, {...base, ...result});
  return {key, failure: result.failure, isKnown: false, peak: peakOf(result)};
}

const CHANGED = 'its content is not what it was when the batch listed or opened it: run the batch again';

async function hashOrFailure(location: Location, name: string): Promise<string | Failure> {
  try {
    return await location.hash();
  } catch (error) {
    return failureOf(error, name).failure;
  }
}

/** The recording's, or that of the plan. */
export function peakOf({recording, figures}: Pick<BatchResult, 'recording' | 'figures'>): number | null {
  const peak = recording?.peak.bytes ?? figures[0]?.peak;
  return typeof peak === 'number' ? peak : null;
}

/** Undefined where it is not there, or is damaged or of another key, as `readBatch` would find: it is made again. */
export async function knownResult(store: Store, key: string): Promise<BatchResult | undefined> {
  const name = resultName(key);
  const bytes = await store.read(name);
  if (!bytes) return undefined;
  try {
    const found = parseResult(Buffer.from(bytes).toString(), name);
    return keyOf(found.content.sha256, found.options, found.version) === key ? found : undefined;
  } catch (error) {
    if (error instanceof ImportError) return undefined;
    throw error;
  }
}

type Analysed = Omit<BatchResult, 'schema' | 'version' | 'content' | 'options'>;

async function analysed(
  location: Location,
  name: string,
  options: AnalysisChoice,
  planner: Planner,
): Promise<Analysed | {readonly machine: Failure}> {
  try {
    const imported = await location.import(name, importOptions(options));
    const {format, ...analysis} = await analyseInput(name, imported, options, planner);
    return {format, failure: null, ...analysis};
  } catch (error) {
    const {failure, isOfMachine} = failureOf(error, name);
    if (isOfMachine) return {machine: failure};
    return {format: null, failure, figures: [], recording: null, warnings: []};
  }
}

/** The error without the file's name, and whether another machine may do better. */
function failureOf(error: unknown, file: string): {readonly failure: Failure; readonly isOfMachine: boolean} {
  const {message, exitCode} = described(error, file);
  const own = [`${file}: `, `${file}:`].find(start => message.startsWith(start)) ?? '';
  const place = own.endsWith(':') ? 'line ' : '';
  const isOfContent =
    error instanceof ImportError ||
    error instanceof UsageError ||
    (error instanceof CliError && exitCode !== EXIT.internal && exitCode !== EXIT.interrupted);
  return {failure: {message: `${place}${message.slice(own.length)}`, exitCode}, isOfMachine: !isOfContent};
}

function described(error: unknown, file: string): {readonly message: string; readonly exitCode: number} {
  if (error instanceof LimitError) return {message: error.message, exitCode: EXIT.internal};
  try {
    return inputError(file, error);
  } catch {
    const {message, exitCode} = describeError(error);
    return {message, exitCode};
  }
}

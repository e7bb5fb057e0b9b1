/** Reads a batch folder whole. What is damaged is left out and named; the rest stays a run. */
import {ImportError} from '../../model/errors.ts';
import {parseFile, parseResult, parseShare} from '../../ranks/read.ts';
import type {BatchFile, BatchFolder, BatchResult, BatchShare} from '../../ranks/result.ts';
import {CliError, EXIT} from '../io/exit.ts';
import {inTurns} from './in-turns.ts';
import {FILES, fileName, keyOf, RESULTS, resultName, SHARES, shareName} from './layout.ts';
import type {Store} from './store.ts';

/** Files that are read at once: a store over the network answers each after milliseconds. */
const AT_ONCE = 32;

/** What was read, and what could not be, each with its place and the reason. */
export type ReadBatch = BatchFolder & {readonly damage: readonly string[]};

/** @throws CliError where the folder is no batch folder, or cannot be listed. */
export async function readBatch(store: Store): Promise<ReadBatch> {
  const damage: string[] = [];
  const shares = await readFolder<BatchShare>(store, SHARES, parseShare, shareName, damage);
  const files = await readFolder<BatchFile>(store, FILES, parseFile, ({name}) => fileName(name), damage);
  if (shares.length === 0 && files.length === 0 && damage.length === 0)
    throw new CliError(
      `${store.address}: no batch folder: it has neither ${SHARES} nor ${FILES}; stowage batch PATH… --out ${store.address} makes one`,
      EXIT.unreadable,
    );
  const keys = new Set(files.flatMap(({key}) => key ?? []));
  const results = await readAll<BatchResult>(store, [...keys].map(resultName), parseResult, damage);
  const isOwn = ([name, {content, options, version}]: readonly [string, BatchResult]): boolean =>
    resultName(keyOf(content.sha256, options, version)) === name;
  const byKey = results
    .filter(entry => isNamed(store, entry, isOwn, damage))
    .map(([name, result]) => [name.slice(RESULTS.length + 1, -'.json'.length), result] as const);
  return {shares, files, results: new Map(byKey), damage: damage.sort()};
}

type Parse<T> = (content: string, file: string) => T;

async function readFolder<T>(
  store: Store,
  folder: string,
  parse: Parse<T>,
  nameOf: (value: T) => string,
  damage: string[],
): Promise<T[]> {
  // a network file system leaves hidden files of its own
  const names = (await store.list(folder)).filter(name => !name.startsWith('.'));
  const read = await readAll(
    store,
    names.map(name => `${folder}/${name}`),
    parse,
    damage,
  );
  return read
    .filter(entry => isNamed(store, entry, ([name, value]) => nameOf(value) === name, damage))
    .map(([, value]) => value);
}

/** Files whose name is not that of their content were renamed or changed by others. */
function isNamed<T>(
  store: Store,
  entry: readonly [string, T],
  fits: (entry: readonly [string, T]) => boolean,
  damage: string[],
): boolean {
  const isOwn = fits(entry);
  if (!isOwn)
    damage.push(
      `${store.address}/${entry[0]}: its name is not that of its content: it was renamed or changed`,
    );
  return isOwn;
}

/** Files that are not there are left out. */
async function readAll<T>(
  store: Store,
  names: readonly string[],
  parse: Parse<T>,
  damage: string[],
): Promise<[string, T][]> {
  const found: [string, T][] = [];
  await inTurns(names, AT_ONCE, async name => {
    try {
      const bytes = await store.read(name);
      if (bytes) found.push([name, parse(decoded(bytes), `${store.address}/${name}`)]);
    } catch (error) {
      if (!(error instanceof ImportError || error instanceof CliError)) throw error;
      damage.push(error.message);
    }
  });
  return found;
}

/** Bytes that are no UTF-8 become U+FFFD, which the name of the content shows. */
function decoded(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

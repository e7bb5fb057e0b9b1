/** The layout of a batch folder: the names of its files, and what is in them. */
import {createHash} from 'node:crypto';
import type {BatchFile, BatchResult, BatchShare} from '../../ranks/result.ts';
import {jsonLine} from '../io/output.ts';
import type {Store} from './store.ts';

export const RESULTS = 'results';
export const FILES = 'files';
export const SHARES = 'shares';

/** Digits of a digest in the name of a file's entry: enough that no two of a batch are equal. */
const NAME_DIGITS = 32;

/** The options of the analysis that were given, by name, in the order of names. */
export type AnalysisOptions = Readonly<Record<string, unknown>>;

/**
 * The key of a result: SHA-256 over all that it depends on.
 * @param content SHA-256 of the file, hexadecimal.
 */
export function keyOf(content: string, options: AnalysisOptions, version: string): string {
  return digestOf(JSON.stringify([content, sorted(options), version]));
}

/** SHA-256 over the files and options of a batch: shares of one batch have the same. */
export function batchDigest(names: readonly string[], options: AnalysisOptions, version: string): string {
  return digestOf(JSON.stringify([[...names].sort(), sorted(options), version]));
}

export function sorted(options: AnalysisOptions): AnalysisOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function resultName(key: string): string {
  return `${RESULTS}/${key}.json`;
}

/** @param name of the file, as in `BatchFile.name` */
export function fileName(name: string): string {
  return `${FILES}/${digestOf(name).slice(0, NAME_DIGITS)}.json`;
}

export function shareName({share, shares}: Pick<BatchShare, 'share' | 'shares'>): string {
  return `${SHARES}/${share}-of-${shares}.json`;
}

/** The entry of a file; fields that are not known are left out, so that equal entries are equal bytes. */
export function fileEntry(
  {name, rank, group}: Pick<BatchFile, 'name' | 'rank' | 'group'>,
  outcome: Pick<BatchFile, 'bytes' | 'key' | 'failure'>,
): BatchFile {
  return {
    schema: 'stowage.file/1',
    name,
    ...(rank === undefined ? {} : {rank}),
    ...(group === undefined ? {} : {group}),
    ...outcome,
  };
}

export function writeResult(store: Store, key: string, result: BatchResult): Promise<void> {
  return store.write(resultName(key), contentOf(result));
}

export function writeFileEntry(store: Store, file: BatchFile): Promise<void> {
  return store.write(fileName(file.name), contentOf(file));
}

export function writeShare(store: Store, share: BatchShare): Promise<void> {
  return store.write(shareName(share), contentOf(share));
}

function contentOf(value: object): Uint8Array {
  return Buffer.from(`${jsonLine(value)}\n`);
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

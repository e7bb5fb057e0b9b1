/** Inputs for the importers: texts, damaged bytes, files of the repository and of the data beside it. */
import {existsSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {type Imported, importFile, type Trace} from '../../bindings/trace.ts';
import {has, lacks, type Skippable} from '../requirements.ts';

const ROOT = new URL('../../', import.meta.url);

const read = (file: URL | string): Uint8Array => new Uint8Array(readFileSync(file));

export const fixture = (name: string): Uint8Array => read(new URL(`tests/trace/fixtures/${name}`, ROOT));
export const example = (name: string): Uint8Array => read(new URL(`examples/${name}`, ROOT));

/** A file of the data beside the checkout. @returns undefined where it is not there: then the test is skipped */
export function sharedData(t: Skippable, name: string): Uint8Array | undefined {
  const path = fileURLToPath(new URL(`../shared/data/${name}`, ROOT));
  if (existsSync(path)) return read(path);
  if (has(t, 'shared')) lacks(t, 'shared', `../shared/data/${name} is not there`);
  return undefined;
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Imports bytes or a text under a name that says nothing. */
export function importBytes(data: Uint8Array | string): Promise<Imported> {
  return importFile({name: 'unknown', data: typeof data === 'string' ? bytesOf(data) : data});
}

export async function importTrace(data: Uint8Array | string): Promise<Trace> {
  const imported = await importBytes(data);
  if (imported.kind !== 'trace') throw new Error(`expected a trace, got a ${imported.kind}`);
  return imported.trace;
}

/** The bytes in chunks of that many, as a stream would bring them. */
export async function* inChunks(data: Uint8Array, bytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += bytes) yield data.subarray(at, at + bytes);
}

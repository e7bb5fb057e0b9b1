/** The files of a batch: by paths, folders, globs and manifests, each once, with its name below the root. */
import {stat} from 'node:fs/promises';
import {basename, isAbsolute, join, relative, resolve, sep} from 'node:path';
import {mayBeInput} from '../../ranks/file-names.ts';
import {CliError, EXIT, inputError} from '../io/exit.ts';
import {inTurns} from './in-turns.ts';
import {isUrl} from './location.ts';
import type {ManifestEntry} from './manifest.ts';

export interface ListedFile extends Omit<ManifestEntry, 'file'> {
  /** Below the root, with `/`; the absolute path of a file elsewhere; or the URL. */
  readonly name: string;
  /** Where it is on this machine. */
  readonly place: string;
  /** Null where that is not known before it is opened. */
  readonly bytes: number | null;
}

export interface Listing {
  /** In the order of names. */
  readonly files: readonly ListedFile[];
  /** In folders: files of which the name is that of no recording. */
  readonly leftOut: readonly string[];
}

/** Files whose size is asked for at a time. */
const AT_ONCE = 32;

/**
 * @param root folder that names are relative to.
 * @param out a folder that is left out, if any: its results are no recordings.
 * @throws CliError for a path or a glob that matches nothing.
 */
export async function listFiles(
  paths: readonly string[],
  entries: readonly ManifestEntry[],
  root: string,
  out?: string,
): Promise<Listing> {
  const leftOut: string[] = [];
  const found = new Map<string, Omit<ListedFile, 'bytes'>>();
  const add = (place: string, more: Omit<ManifestEntry, 'file'> = {}): void => {
    const name = nameOf(place, root);
    found.set(name, {name, place, ...found.get(name), ...more});
  };
  for (const path of paths) for (const place of await matches(path, out, leftOut)) add(place);
  for (const {file, ...more} of entries) add(isUrl(file) ? file : resolve(root, file), more);
  const listed = [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {files: await withBytes(listed), leftOut: leftOut.sort()};
}

/** @returns the path below the root; the absolute path of a file elsewhere; a URL as it is */
export function nameOf(place: string, root: string): string {
  if (isUrl(place)) return place;
  const path = resolve(place);
  const below = relative(resolve(root), path);
  const isBelow = below !== '' && below !== '..' && !below.startsWith(`..${sep}`) && !isAbsolute(below);
  return (isBelow ? below : path).replaceAll(sep, '/');
}

async function matches(path: string, out: string | undefined, leftOut: string[]): Promise<string[]> {
  if (isUrl(path)) return [path];
  const found = await stat(path).catch(absent(path));
  if (found?.isDirectory()) {
    const all = await globbed(['**/*'], path, out);
    const isRecording = (place: string) => mayBeInput(basename(place));
    leftOut.push(...all.filter(place => !isRecording(place)));
    return all.filter(isRecording);
  }
  if (found) return [path];
  const all = await globbed([path.replaceAll('\\', '/')], process.cwd(), out);
  if (all.length > 0) return all;
  const advice = /[*?[{(!]/.test(path) ? 'no file matches' : 'no such file';
  throw new CliError(`${path}: ${advice}`, EXIT.unreadable);
}

function absent(path: string): (error: unknown) => undefined {
  return error => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw inputError(path, error);
  };
}

async function globbed(patterns: string[], cwd: string, out: string | undefined): Promise<string[]> {
  const {glob} = await import('tinyglobby');
  const all = await glob(patterns, {
    cwd,
    absolute: true,
    expandDirectories: false,
    followSymbolicLinks: false,
  });
  if (out === undefined) return all.map(place => join(place));
  // a bucket's address is no folder that anything is in
  const own = `${resolve(out).replaceAll(sep, '/')}/`;
  return all.filter(place => !place.startsWith(own)).map(place => join(place));
}

/** The sizes, by which shares are balanced. */
function withBytes(files: readonly Omit<ListedFile, 'bytes'>[]): Promise<ListedFile[]> {
  return inTurns(files, AT_ONCE, async file => {
    const found = isUrl(file.place) ? undefined : await stat(file.place).catch(() => undefined);
    return {...file, bytes: found?.isFile() ? found.size : null};
  });
}

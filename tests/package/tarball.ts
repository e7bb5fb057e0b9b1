/** The package as npm would publish it, and a project that has it installed. */
import {execFileSync} from 'node:child_process';
import {mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {gunzipSync} from 'node:zlib';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const BLOCK = 512;
const PREFIX = 'package/';

/** One file of the package. */
export interface Packed {
  readonly path: string;
  /** Unix permissions. */
  readonly mode: number;
  readonly bytes: Uint8Array;
}

/** Packs this repository as it is, without running its scripts. @returns the tarball's path */
export function pack(folder: string): string {
  const args = ['pack', '--ignore-scripts', '--offline', '--pack-destination', folder];
  // under `npm test` npm passes its path; run by hand, its command must be found, by the shell on Windows
  const npm = process.env.npm_execpath;
  if (npm?.endsWith('npm-cli.js')) execFileSync(process.execPath, [npm, ...args], {cwd: ROOT, stdio: 'pipe'});
  else execFileSync('npm', args, {cwd: ROOT, stdio: 'pipe', shell: process.platform === 'win32'});
  const tarball = readdirSync(folder).find(name => name.endsWith('.tgz'));
  if (!tarball) throw new Error('npm pack made no tarball');
  return join(folder, tarball);
}

/** The files of an npm tarball, which are plain ones with short names: all that this needs to know of tar. */
export function unpack(tarball: string): Packed[] {
  const tar = gunzipSync(readFileSync(tarball));
  const files: Packed[] = [];
  for (let at = 0; at < tar.length && tar[at] !== 0; ) {
    const header = tar.subarray(at, at + BLOCK);
    const size = Number.parseInt(field(header, 124, 12), 8);
    const type = String.fromCharCode(header[156]!);
    const name = [field(header, 345, 155), field(header, 0, 100)].filter(part => part !== '').join('/');
    if (type === '0') {
      if (!name.startsWith(PREFIX)) throw new Error(`${name} is outside ${PREFIX}`);
      const bytes = tar.subarray(at + BLOCK, at + BLOCK + size);
      files.push({path: name.slice(PREFIX.length), mode: Number.parseInt(field(header, 100, 8), 8), bytes});
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

function field(header: Uint8Array, from: number, length: number): string {
  return new TextDecoder()
    .decode(header.subarray(from, from + length))
    .replace(/\0.*$/s, '')
    .trim();
}

/** Makes a project in `folder` that has the package and its dependencies. @returns the package's folder in it */
export function install(files: readonly Packed[], folder: string): string {
  const modules = join(folder, 'node_modules');
  const home = join(modules, 'stowage');
  for (const {path, mode, bytes} of files) {
    const file = join(home, path);
    mkdirSync(dirname(file), {recursive: true});
    writeFileSync(file, bytes, {mode});
  }
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({name: 'consumer', type: 'module', private: true}),
  );
  const {dependencies = {}} = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name), 'junction');
  }
  return home;
}

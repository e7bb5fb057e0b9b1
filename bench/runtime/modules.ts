/** The allocators, each compiled with the same loop when the bench runs. */
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync, statSync} from 'node:fs';
import {dirname} from 'node:path';
import {fileURLToPath} from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FLAGS = [
  '--config',
  'none',
  '--use',
  'abort=',
  '-O3',
  '--converge',
  '--noAssert',
  '--uncheckedBehavior',
  'always',
];
const SHARED = [
  '--importMemory',
  '--sharedMemory',
  '--enable',
  'threads',
  '--initialMemory',
  '1',
  '--maximumMemory',
  '65536',
];

/** How a module gets at memory and table: of its own, the memory shared, or both from an allocator's module. */
export type Linking = 'own' | 'shared' | 'guest' | 'shared guest';

/** Of a module: its sources, its flags, its compiler. */
const SOURCES = [
  'assembly',
  'bench/assembly',
  'bench/runtime/modules.ts',
  'bench/standalone.ts',
  'package-lock.json',
];

/** When the last of them was written, in milliseconds. */
let newest: number | undefined;

function timesIn(path: string): number[] {
  const found = statSync(`${ROOT}/${path}`);
  if (!found.isDirectory()) return [found.mtimeMs];
  return readdirSync(`${ROOT}/${path}`).flatMap(name => timesIn(`${path}/${name}`));
}

const compiled = new Map<string, Uint8Array<ArrayBuffer>>();

/** Compiles `bench/assembly/<name>.ts`, once. */
export function compile(name: string, linking: Linking = 'own'): Uint8Array<ArrayBuffer> {
  const key = `${name} ${linking}`;
  const bytes = compiled.get(key) ?? compileAs(name, linking);
  compiled.set(key, bytes);
  return bytes;
}

function compileAs(name: string, linking: Linking): Uint8Array<ArrayBuffer> {
  const isShared = linking.startsWith('shared');
  const isGuest = linking.endsWith('guest');
  const out = `build/bench/${name}.${linking.replace(' ', '.')}.wasm`;
  return compileTo(out, `bench/assembly/${name}.ts`, [
    ...(isShared ? SHARED : isGuest ? ['--importMemory'] : []),
    isGuest ? '--importTable' : '--exportTable',
    '--runtime',
    name === 'standard' ? 'minimal' : 'stub',
  ]);
}

/** Compiles a module to a file, unless it is newer than all that it is made of; both paths are from the root. */
export function compileTo(out: string, source: string, flags: readonly string[]): Uint8Array<ArrayBuffer> {
  const file = `${ROOT}/${out}`;
  newest ??= Math.max(...SOURCES.flatMap(timesIn));
  if (existsSync(file) && statSync(file).mtimeMs > newest) return new Uint8Array(readFileSync(file));
  mkdirSync(dirname(file), {recursive: true});
  run(process.execPath, [
    `${ROOT}/node_modules/assemblyscript/bin/asc.js`,
    source,
    ...FLAGS,
    ...flags,
    '-o',
    out,
  ]);
  return new Uint8Array(readFileSync(`${ROOT}/${out}`));
}

/** dlmalloc as Debian's wasi-libc has it; why not, where clang or wasi-libc is missing. */
export function compileDlmalloc(): Uint8Array<ArrayBuffer> | string {
  const clang = ['clang-19', 'clang'].find(name => spawnSync(name, ['--version']).status === 0);
  if (!clang)
    return 'clang is not installed (Debian: clang-19, lld-19, wasi-libc, libclang-rt-19-dev-wasm32)';
  const out = `${ROOT}/build/bench/dlmalloc.wasm`;
  const {status, stderr} = spawnSync(
    clang,
    [
      '--target=wasm32-wasi',
      '-O3',
      '-mexec-model=reactor',
      '-Wl,-s',
      '-Wl,--export-table',
      'bench/assembly/dlmalloc.c',
      '-o',
      out,
    ],
    {cwd: ROOT, encoding: 'utf8'},
  );
  if (status !== 0) return `${clang} cannot build it: ${stderr.trim().split('\n')[0]}`;
  return new Uint8Array(readFileSync(out));
}

function run(command: string, args: readonly string[]): void {
  const {status, stderr} = spawnSync(command, args, {cwd: ROOT, encoding: 'utf8'});
  if (status !== 0) throw new Error(stderr);
}

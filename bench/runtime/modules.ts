/** The allocators, each compiled with the same loop when the bench runs. */
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync, statSync} from 'node:fs';
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

/** All modules that the benches of the runtime and of inference need. */
const MODULES: readonly (readonly [name: string, linking: Linking])[] = [
  ...['none', 'oracle', 'planned', 'bump', 'general', 'standard'].map(name => [name, 'own'] as const),
  ...['none', 'oracle', 'planned', 'bump', 'general'].map(name => [name, 'shared'] as const),
  ['network', 'guest'],
  ['network', 'shared guest'],
];

/** A module to compile to a file; paths are from the root. */
interface Job {
  readonly out: string;
  readonly source: string;
  readonly flags: readonly string[];
}

/** The module of `bench/assembly/<name>.ts`. Where it is older than its sources, all modules are compiled in one go. */
export function compile(name: string, linking: Linking = 'own'): Uint8Array<ArrayBuffer> {
  const job = jobOf(name, linking);
  if (isStale(job)) compileAll([job, ...MODULES.map(([other, how]) => jobOf(other, how))]);
  return new Uint8Array(readFileSync(`${ROOT}/${job.out}`));
}

function jobOf(name: string, linking: Linking): Job {
  const isShared = linking.startsWith('shared');
  const isGuest = linking.endsWith('guest');
  const flags = [
    ...(isShared ? SHARED : isGuest ? ['--importMemory'] : []),
    isGuest ? '--importTable' : '--exportTable',
    '--runtime',
    name === 'standard' ? 'minimal' : 'stub',
  ];
  const out = `build/bench/${name}.${linking.replace(' ', '.')}.wasm`;
  return {out, source: `bench/assembly/${name}.ts`, flags};
}

/** Whether it is older than what it is made of. */
function isStale({out}: Job): boolean {
  const file = `${ROOT}/${out}`;
  newest ??= Math.max(...SOURCES.flatMap(timesIn));
  return !existsSync(file) || statSync(file).mtimeMs <= newest;
}

function compileAll(jobs: readonly Job[]): void {
  const stale = new Map(jobs.filter(isStale).map(job => [job.out, job]));
  mkdirSync(`${ROOT}/build/bench`, {recursive: true});
  const args = Array.from(stale.values(), ({out, source, flags}) => [source, ...FLAGS, ...flags, '-o', out]);
  run(process.execPath, ['bench/runtime/compile.mjs', JSON.stringify(args)]);
}

/** Compiles a module to a file, unless it is newer than all that it is made of. */
export function compileTo(out: string, source: string, flags: readonly string[]): Uint8Array<ArrayBuffer> {
  const job = {out, source, flags};
  if (isStale(job)) compileAll([job]);
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

/**
 * The benches without JavaScript: builds `build/bench.wasm`, a WASI command that needs a clock and an output alone, and
 * runs it under every engine that is there. An interpreter gets `build/bench.short.wasm`.
 */
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {printTable} from './measure.ts';
import type {BenchOptions} from './options.ts';
import {compileTo} from './runtime/modules.ts';

/** Arguments of Node that run a WASI command. `node:wasi` of Node 22 crashes in V8's fast calls (seen in 22.23.3). */
export const NODE_WASI = ['--no-warnings', '--no-turbo-fast-api-calls', 'bench/engines/node-wasi.mjs'];

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Milliseconds for one engine. */
const LIMIT = 300_000;

export const BUILDS = {full: 'build/bench.wasm', short: 'build/bench.short.wasm'} as const;

/** Bytes of its memory from the start, in pages: it never grows, since Node 20's node:wasi crashes at exit if it has. */
const PAGES = 3072;

/** Builds one or both. @returns the paths, from the root */
export function buildStandalone(builds: readonly (keyof typeof BUILDS)[]): string[] {
  for (const build of builds) {
    compileTo(BUILDS[build], `bench/assembly/standalone-${build}.ts`, [
      '--runtime',
      'stub',
      '--initialMemory',
      String(PAGES),
    ]);
  }
  return builds.map(build => BUILDS[build]);
}

/** How an engine runs a WASI command. */
interface Engine {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Prints the version; fails where the engine is missing. */
  readonly version: readonly string[];
  /** Where its output is not the module's. */
  readonly isMute?: boolean;
  readonly isSlow?: boolean;
}

const bin = (name: string) => `${ROOT}node_modules/.bin/${name}`;
const python = process.env.PYTHON ?? 'python3';

const ENGINES: readonly Engine[] = [
  {
    name: 'node:wasi',
    command: process.execPath,
    args: NODE_WASI,
    version: ['--version'],
  },
  {
    name: 'Deno, node:wasi',
    command: bin('deno'),
    args: ['run', '--quiet', '--allow-read', 'bench/engines/node-wasi.mjs'],
    version: ['--version'],
  },
  {name: 'Bun', command: bin('bun'), args: [], version: ['--version']},
  {name: 'wasmtime', command: 'wasmtime', args: ['run'], version: ['--version']},
  {
    name: 'wasmtime (Python)',
    command: python,
    args: ['bench/engines/python_wasmtime.py'],
    version: ['-c', 'import importlib.metadata, wasmtime; print(importlib.metadata.version("wasmtime"))'],
  },
  {name: 'wasmer', command: 'wasmer', args: ['run'], version: ['--version']},
  {name: 'WasmEdge', command: 'wasmedge', args: [], version: ['--version']},
  {name: 'WAMR', command: 'iwasm', args: [], version: ['--version'], isSlow: true},
  {
    // Debian builds it without WASI: it runs all of it, but has no clock and no output
    name: 'wasm-interp (wabt)',
    command: 'wasm-interp',
    args: ['--dummy-import-func', '--run-all-exports'],
    version: ['--version'],
    isMute: true,
    isSlow: true,
  },
];

export function benchStandalone({quick, only}: BenchOptions): void {
  buildStandalone(['full', 'short']);
  console.log(`standalone: ${BUILDS.full}, a WASI command that imports clock_time_get and fd_write\n`);
  const missing: string[] = [];
  for (const engine of ENGINES.filter(({name}) => only.test(name))) {
    const {command, version, name} = engine;
    const asked = spawnSync(command, [...version], {encoding: 'utf8'});
    if (asked.status !== 0) missing.push(name);
    else runEngine(engine, asked.stdout.split('\n')[0]!, quick);
  }
  if (missing.length > 0) console.log(`standalone: not on this machine: ${missing.join(', ')}`);
}

function runEngine({name, command, args, isMute, isSlow}: Engine, version: string, quick: boolean): void {
  const file = quick || isSlow ? BUILDS.short : BUILDS.full;
  const {status, signal, stdout, stderr} = spawnSync(command, [...args, file], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: LIMIT,
  });
  console.log(`${name} ${version}, ${file}`);
  if (status !== 0)
    console.log(`failed: ${signal ?? `exit code ${status}`}: ${stderr.trim().split('\n')[0]}\n`);
  else if (isMute)
    console.log('runs to its end; it has neither clock nor output here, so nothing is measured\n');
  else printRows(stdout);
}

/** Its lines as tables, one per head. */
function printRows(output: string): void {
  let table: string[][] = [];
  for (const line of [...output.trim().split('\n'), '']) {
    const cells = line.split(',');
    if (cells[0] === 'buffer') continue;
    if (table.length > 0 && cells.length !== table[0]!.length) {
      printTable(table[0]!, table.slice(1));
      table = [];
    }
    if (line !== '') table.push(cells);
  }
}

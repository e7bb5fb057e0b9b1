/** Node, Deno and Bun as child processes: each runs one of the host programs and gives what it printed. */
import {execFile} from 'node:child_process';
import {existsSync, readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** One of the programs beside this file. */
export type Program = 'planner.js' | 'trace.js' | 'workers.js' | 'strict.js' | 'closed.js';

/** The files that a program reads, relative to the root: the only permissions that a host needs. */
const READ: Readonly<Record<Program, readonly string[]>> = {
  'planner.js': [],
  'trace.js': [
    'examples/five.csv',
    'examples/mobilenet_v2.inference.json.gz',
    'tests/trace/fixtures/cuda-snapshot/everything.pickle',
    'tests/trace/fixtures/onnx/small.onnx',
    'tests/trace/fixtures/tflite/small.tflite',
  ],
  'workers.js': ['dist'], // a worker's modules are files to Deno
  'strict.js': ['dist'],
  'closed.js': ['dist'],
};
const MOST_OUTPUT = 64 << 20;
const TIMEOUT_MS = 120_000;

export function runNode(program: Program): Promise<string> {
  return run(process.execPath, [join('tests', 'hosts', program)], {});
}

/**
 * Runs Deno without network, packages and configuration, and, for the planner, without any permission at all.
 * @param cache folder for what Deno would else leave in the user's home
 */
export function runDeno(binary: string, program: Program, cache: string): Promise<string> {
  const permissions = READ[program].length > 0 ? [`--allow-read=${READ[program].join()}`] : [];
  const closed = ['--no-prompt', '--no-remote', '--no-npm', '--no-config', '--no-lock'];
  const env = {DENO_DIR: cache, DENO_NO_PACKAGE_JSON: '1', DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1'};
  return run(binary, ['run', ...closed, ...permissions, join('tests', 'hosts', program)], env);
}

export function runBun(binary: string, program: Program): Promise<string> {
  // the cache of transpiled sources would stay behind
  const env = {BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0', DO_NOT_TRACK: '1', NO_COLOR: '1'};
  return run(binary, ['--no-install', join('tests', 'hosts', program)], env);
}

async function run(binary: string, args: readonly string[], env: Record<string, string>): Promise<string> {
  const {stdout} = await promisify(execFile)(binary, args, {
    cwd: ROOT,
    env: {...process.env, ...env},
    maxBuffer: MOST_OUTPUT,
    timeout: TIMEOUT_MS,
  });
  return stdout;
}

/** Where npm's packages for the single platforms keep the binaries. */
const PACKAGES = {
  deno: {scope: '@deno', binary: 'deno'},
  bun: {scope: '@oven', binary: join('bin', 'bun')},
} as const;
/** Bytes; Bun's placeholder is a short script. */
const LARGEST_PLACEHOLDER = 1 << 20;

/**
 * The binary of Deno or Bun for this machine. It is in the package for the platform, whether or not install scripts
 * ran; Bun's script moves it to where the placeholder was.
 * @returns undefined on platforms for which none is published
 * @throws where one is published but was not installed
 */
export function binaryOf(runtime: 'deno' | 'bun'): string | undefined {
  const {scope, binary} = PACKAGES[runtime];
  const folder = join(ROOT, 'node_modules', scope);
  const found = (existsSync(folder) ? readdirSync(folder).sort() : [])
    .map(platform => join(folder, platform, process.platform === 'win32' ? `${binary}.exe` : binary))
    .concat(runtime === 'bun' ? join(ROOT, 'node_modules', 'bun', 'bin', 'bun.exe') : [])
    .find(isBinary);
  if (found) return found;
  const published = /^(linux|darwin|win32)-(x64|arm64)$/.test(`${process.platform}-${process.arch}`);
  if (published)
    throw new Error(`${runtime} is not installed: run \`npm install\` with optional dependencies`);
  return undefined;
}

function isBinary(file: string): boolean {
  return (statSync(file, {throwIfNoEntry: false})?.size ?? 0) > LARGEST_PLACEHOLDER;
}

/** A Vite, a webpack and an esbuild project that have the packed package installed: built, then run. */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {build as buildWithEsbuild} from 'esbuild';
import {build as buildWithVite} from 'vite';
import webpack from 'webpack';
import {type RunningChromium, startChromium} from '../hosts/chromium.ts';
import {binaryOf} from '../hosts/runtimes.ts';
import {install, type Packed, pack, unpack} from '../package/tarball.ts';
import {lacks, type Skippable} from '../requirements.ts';
import {serveFolder} from './site.ts';

/** Milliseconds that a program may take. */
const RUN_MS = 120_000;

const HERE = fileURLToPath(new URL('.', import.meta.url));

let home: string;
let files: readonly Packed[];
let browser: RunningChromium | undefined;
/** The program's output unbundled, in Node. */
let expected: {offsets: readonly string[]; peak: number; status: string; header: boolean};

before(async () => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'stowage-bundlers-')));
  files = unpack(pack(home));
  const folder = projectOf('esbuild', 'unbundled');
  expected = JSON.parse(execFileSync(process.execPath, ['main.js'], {cwd: folder, encoding: 'utf8'}));
  browser = await startChromium();
});

after(async () => {
  await browser?.close();
  rmSync(home, {recursive: true, force: true, maxRetries: 3});
});

/** A copy of a project with the package in its node_modules; nothing is fetched. */
function projectOf(bundler: string, name: string): string {
  const folder = join(home, name);
  mkdirSync(folder);
  cpSync(join(HERE, bundler), folder, {recursive: true});
  cpSync(join(HERE, 'main.js'), join(folder, 'main.js'));
  install(files, folder);
  return folder;
}

async function assertRunsInChromium(context: Skippable, folder: string): Promise<void> {
  if (!browser) return lacks(context, 'chromium');
  const site = await serveFolder(folder);
  try {
    assert.deepEqual(JSON.parse(await browser.open(`${site.origin}/`)), expected);
  } finally {
    await site.close();
  }
}

test('the program plans as it is, in Node', () => {
  const [first] = expected.offsets;
  assert.deepEqual(expected, {offsets: Array(4).fill(first), peak: 20, status: 'optimal', header: true});
});

test('Vite builds it, and Chromium runs it, workers and all', async context => {
  const folder = projectOf('vite', 'vite');
  const cwd = process.cwd();
  process.chdir(folder);
  try {
    await buildWithVite({root: folder, configFile: join(folder, 'vite.config.js')});
  } finally {
    process.chdir(cwd);
  }
  await assertRunsInChromium(context, join(folder, 'built'));
});

test('webpack builds it, and Chromium runs it, workers and all', async context => {
  const folder = projectOf('webpack', 'webpack');
  const {default: config} = await import(pathToFileURL(join(folder, 'webpack.config.js')).href);
  const stats = await new Promise<webpack.Stats>((resolve, reject) => {
    webpack(config, (error, done) => (done ? resolve(done) : reject(error)));
  });
  assert.deepEqual([stats.toJson().errors, stats.toJson().warnings], [[], []]);
  await assertRunsInChromium(context, join(folder, 'built'));
});

/** Builds the program with esbuild in a project of its own. @returns the folder of the outputs */
async function builtWithEsbuild(name: string): Promise<string> {
  const folder = projectOf('esbuild', name);
  const {default: options} = await import(pathToFileURL(join(folder, 'options.js')).href);
  await buildWithEsbuild({...options, absWorkingDir: folder});
  return join(folder, 'built');
}

function assertRuns(binary: string, args: readonly string[], cwd: string): void {
  const env = {...process.env, DENO_DIR: join(home, 'deno-cache'), BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0'};
  const printed = execFileSync(binary, [...args, 'main.js'], {cwd, encoding: 'utf8', env, timeout: RUN_MS});
  assert.deepEqual(JSON.parse(printed), expected, binary);
}

test('esbuild builds it, and Node and Chromium run it, workers and all', async context => {
  const folder = await builtWithEsbuild('esbuild');
  assertRuns(process.execPath, [], folder);
  await assertRunsInChromium(context, folder);
});

/** Per runtime: the flags for the bundle of esbuild, and those for the package as it is installed. */
const RUNTIMES = {
  deno: [
    ['run', '--no-prompt', '--allow-read=.'],
    ['run', '--no-prompt', '--no-remote', '--allow-read', '--node-modules-dir=manual'],
  ],
  bun: [['--no-install'], ['--no-install']],
} as const;

for (const runtime of ['deno', 'bun'] as const) {
  test(`${runtime} runs the bundle of esbuild, and the package as it is installed`, async context => {
    const binary = binaryOf(runtime);
    if (!binary) return lacks(context, runtime);
    const [forBuilt, forInstalled] = RUNTIMES[runtime];
    assertRuns(binary, forBuilt, await builtWithEsbuild(`${runtime}-built`));
    const folder = projectOf('esbuild', runtime);
    // it looks for packages in node_modules; a link would lead it out of the project
    assert.ok(readdirSync(join(folder, 'node_modules')).includes('stowage'));
    assertRuns(binary, forInstalled, folder);
  });
}

/** In Chromium, a model run from a plan computes what it does without, in a strict page and in one with threads. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';
import {loadPlannerSync} from '../../bindings/index.ts';
import {memoize} from '../../bindings/tfjs.ts';
import {startChromium} from '../hosts/chromium.ts';
import {lacks} from '../requirements.ts';
import {loadLibraries} from './libraries.ts';
import {type Report, report} from './report.ts';

const PROGRAM = fileURLToPath(new URL('page.js', import.meta.url));
const BINARIES = ['', '-simd', '-threaded-simd'].map(kind => `tfjs-backend-wasm${kind}.wasm`);

/** The program with TensorFlow.js in one file, as a bundler makes it, and the binaries of the backend. */
async function madeFiles(): Promise<Map<string, Uint8Array>> {
  const {outputFiles} = await build({
    entryPoints: [PROGRAM],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    logLevel: 'silent',
  });
  const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  return new Map([
    ['/tfjs/page.js', outputFiles[0]!.contents],
    ...BINARIES.map(name => [`/tfjs/${name}`, readFileSync(join(folder, name))] as const),
  ]);
}

interface Printed {
  readonly isThreaded: boolean;
  readonly threads: number;
  readonly reports: readonly Report[];
}

test('Chromium computes the same bits with plans as without, and has the same output as Node', async context => {
  const expected = await report(await loadLibraries(), loadPlannerSync(), memoize);
  assert.equal(expected.length, 4);
  for (const {name, isSame, served, missed, plans, broken, left} of expected) {
    assert.ok(served > 0, name);
    assert.deepEqual(
      {isSame, missed, plans, broken, left},
      {isSame: true, missed: 0, plans: 2, broken: 0, left: 0},
    );
  }
  const browser = await startChromium(await madeFiles());
  if (!browser) return lacks(context, 'chromium');
  try {
    context.diagnostic(`Chromium ${browser.version}`);
    for (const isIsolated of [false, true]) {
      const printed = JSON.parse(await browser.run('/tfjs/page.js', {isIsolated})) as Printed;
      context.diagnostic(`threads: ${printed.isThreaded}, ${printed.threads}`);
      assert.equal(printed.isThreaded, isIsolated);
      assert.deepEqual(printed.reports, expected);
    }
  } finally {
    await browser.close();
  }
});

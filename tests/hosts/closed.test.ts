/** Hosts that do not let a program compile WebAssembly, or run any. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {build} from 'esbuild';
import {loadPlannerSync} from '../../bindings/index.ts';
import {loadPlannerSync as loadJs} from '../../bindings/js.ts';
import {lacks} from '../requirements.ts';
import {startChromium} from './chromium.ts';
import {corpus, runCorpus} from './corpus.js';
import {ROOT, runNode} from './runtimes.ts';

type Told = readonly [offsets: string, nodes: number, algorithm: string];
const HELP =
  /^this host does not compile WebAssembly at run time \(.+\): allow 'wasm-unsafe-eval'.* pass \{module\}.* stowage\/js/;

/** The results of the planner in WebAssembly for the first problems of the corpus. */
const expected: Readonly<Record<string, Told>> = Object.fromEntries(
  [...corpus()].slice(0, 12).map(([name, problem]) => {
    const {offsets, nodes, algorithm} = loadPlannerSync().plan(problem, {nodeLimit: 2000});
    return [name, [offsets.join(), nodes, algorithm]];
  }),
);

test('the core in JavaScript plans the corpus as the one in WebAssembly does, byte for byte', () => {
  assert.deepEqual(runCorpus(loadJs()), runCorpus(loadPlannerSync()));
});

test('a page whose policy forbids WebAssembly gets an error that says so, and plans with stowage/js, also in workers', async context => {
  const browser = await startChromium();
  if (!browser) return lacks(context, 'chromium');
  try {
    const {refusals, plans} = JSON.parse(await browser.run('strict.js', {wasm: false}));
    for (const [name, message] of refusals) {
      assert.equal(name, 'HostError');
      assert.match(message, HELP);
    }
    assert.equal(refusals.length, 2);
    const {async: there, ...here} = plans;
    assert.deepEqual(here, expected);
    assert.deepEqual(there, Object.values(expected)[9]);
  } finally {
    await browser.close();
  }
});

test('where nothing is compiled at run time, a module that is there already plans', async () => {
  const {refusal, plans} = JSON.parse(await runNode('closed.js'));
  assert.equal(refusal[0], 'HostError');
  assert.match(refusal[1], HELP);
  const both = Object.fromEntries(Object.entries(expected).map(([name, told]) => [name, [told, told]]));
  assert.deepEqual(plans, both);
});

interface Miniflare {
  dispatchFetch(url: string): Promise<Response>;
  dispose(): Promise<void>;
}

test('a Cloudflare Worker plans with the module that it was deployed with', async context => {
  const name = 'miniflare'; // 120 MB, so that it is not among what the project installs
  const found = (await import(process.env.STOWAGE_MINIFLARE ?? name).catch(() => undefined)) as
    | {Miniflare: new (options: object) => Miniflare}
    | undefined;
  if (!found) return lacks(context, 'miniflare');
  const bundle = await build({
    entryPoints: [join(ROOT, 'tests', 'hosts', 'closed-worker.js')],
    bundle: true,
    write: false,
    format: 'esm',
    external: ['stowage-core.wasm'],
  });
  const worker = new found.Miniflare({
    modules: [
      {type: 'ESModule', path: 'worker.mjs', contents: bundle.outputFiles[0]!.text},
      {
        type: 'CompiledWasm',
        path: 'stowage-core.wasm',
        contents: readFileSync(join(ROOT, 'dist', 'core.wasm')),
      },
    ],
    compatibilityDate: '2026-01-01',
  });
  try {
    const {refusal, plans} = (await (await worker.dispatchFetch('http://localhost/')).json()) as {
      refusal: readonly [string, string];
      plans: unknown;
    };
    assert.equal(refusal[0], 'HostError');
    assert.match(refusal[1], HELP);
    assert.deepEqual(plans, expected);
  } finally {
    await worker.dispose();
  }
});

/** The built package, unchanged, in Node, Deno, Bun and Chromium: the same plans and the same imports, byte for byte. */
import assert from 'node:assert/strict';
import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {before, test} from 'node:test';
import {lacks} from '../requirements.ts';
import {startChromium} from './chromium.ts';
import {binaryOf, type Program, ROOT, runBun, runDeno, runNode} from './runtimes.ts';

/** The program that every host runs; the others are for hosts that refuse something. */
type Common = Extract<Program, 'planner.js' | 'trace.js' | 'workers.js'>;
type RunProgram = (program: Common) => Promise<string>;

let expected: Readonly<Record<Common, unknown>>;

before(async () => {
  assert.ok(
    existsSync(join(ROOT, 'dist', 'index.js')),
    'dist/index.js is missing: run `npm run build` first',
  );
  expected = await resultsOf(runNode);
});

async function resultsOf(run: RunProgram): Promise<Record<Common, unknown>> {
  return {
    'planner.js': JSON.parse(await run('planner.js')),
    'trace.js': JSON.parse(await run('trace.js')),
    'workers.js': JSON.parse(await run('workers.js')),
  };
}

test('Node plans the corpus and reads the examples', () => {
  const planned = Object.values(expected['planner.js'] as Record<string, string>);
  assert.ok(planned.length >= 500, `${planned.length} plans`);
  const refused = planned.filter(result => result.endsWith('Error'));
  assert.ok(refused.length < planned.length / 10, `${refused.length} of ${planned.length} refused`);
  assert.ok(
    new Set(planned).size > planned.length / 2,
    'the problems and algorithms differ, so most results must',
  );
  const [csv, trace, snapshot] = expected['trace.js'] as [
    Record<string, unknown>,
    Record<string, unknown>,
    Record<string, unknown>,
  ];
  assert.deepEqual(csv, {
    kind: 'problem',
    format: csv.format,
    ends: [3, 5, 8, 8, 9],
    sizes: [4096, 4096, 2048, 1024, 6144],
  });
  assert.equal(trace.kind, 'trace');
  const others = (expected['trace.js'] as {format: string; sizes: number[]}[]).slice(3);
  assert.deepEqual(
    others.map(({format, sizes}) => [format, sizes.length]),
    [
      ['csv', 2],
      ['onnx', 8],
      ['tflite', 13],
    ],
  );
  assert.deepEqual(snapshot.bytes, [1000, 5 << 20, 600, 4096, 3 << 20, 512]);
  const worked = Object.values(expected['workers.js'] as Record<string, [unknown, unknown]>);
  assert.equal(worked.length, 6);
  for (const [here, there] of worked) assert.deepEqual(there, here);
});

test('Deno, allowed only to read the examples, has the same output as Node', async context => {
  const binary = binaryOf('deno');
  if (!binary) return lacks(context, 'deno');
  const cache = mkdtempSync(join(tmpdir(), 'stowage-deno-'));
  try {
    assert.deepEqual(await resultsOf(program => runDeno(binary, program, cache)), expected);
  } finally {
    rmSync(cache, {recursive: true, force: true});
  }
});

test('Bun has the same output as Node', async context => {
  const binary = binaryOf('bun');
  if (!binary) return lacks(context, 'bun');
  assert.deepEqual(await resultsOf(program => runBun(binary, program)), expected);
});

test('Chromium, under a strict content policy, has the same output as Node', async context => {
  const browser = await startChromium();
  if (!browser) return lacks(context, 'chromium');
  try {
    context.diagnostic(`Chromium ${browser.version}`);
    assert.deepEqual(await resultsOf(browser.run), expected);
  } finally {
    await browser.close();
  }
});

/** docs/features.md is checked at the end of a run: each claim names a test, and that test ran and passed. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';

type Results = ReadonlyMap<string, {passed: readonly string[]; skipped: readonly string[]}>;
const script = new URL('../../scripts/features.mjs', import.meta.url);
const {checkFeatures} = (await import(script.href)) as {
  checkFeatures(
    document: string,
    results: Results,
    isWhole: boolean,
  ): {shown: number; skipped: number; faults: string[]};
};

const rowOf = (feature: string, name: string) => `| ${feature} | Y: \`tests/a.test.ts\` “${name}” | - |`;
const DOCUMENT = [
  '| feature | stowage | other |',
  '|---|---|---|',
  rowOf('shown', 'it holds'),
  rowOf('skipped', 'Chromium'),
  '| nothing | - | Y |',
].join('\n');
const RESULTS: Results = new Map([
  ['tests/a.test.ts', {passed: ['release: it holds'], skipped: ['in Chromium']}],
]);

test('a claim is shown by a test that passed; one whose test was skipped is counted apart', () => {
  assert.deepEqual(checkFeatures(DOCUMENT, RESULTS, true), {shown: 1, skipped: 1, faults: []});
});

test('a claim is a fault where its test failed or is not there, its file did not run, or it names none', () => {
  const document = [DOCUMENT, rowOf('failed', 'another'), '| unnamed | Y: by inspection | - |'].join('\n');
  assert.deepEqual(checkFeatures(document, RESULTS, false).faults, [
    'failed: no test of tests/a.test.ts passed that says “another”',
    'unnamed: names no test: Y: by inspection',
  ]);
  assert.deepEqual(checkFeatures(DOCUMENT, new Map(), false).faults, []);
  assert.deepEqual(checkFeatures(DOCUMENT, new Map(), true).faults, [
    'shown: tests/a.test.ts did not run',
    'skipped: tests/a.test.ts did not run',
  ]);
});

test('docs/features.md has claims, and every claim names a test', () => {
  const document = readFileSync(new URL('../../docs/features.md', import.meta.url), 'utf8');
  const {faults} = checkFeatures(document, new Map(), true);
  assert.ok(faults.length >= 25, `${faults.length} claims`);
  assert.deepEqual(
    faults.filter(fault => !fault.endsWith(' did not run')),
    [],
  );
});

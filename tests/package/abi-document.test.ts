/** docs/abi.md says what core.wasm exports, and a host that knows nothing else can plan with it. */
import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {FAULT, RECORD, STATUS} from '../../bindings/core/abi.ts';
import {loadPlannerSync, toColumns} from '../../bindings/index.ts';
import {HEURISTICS, VIOLATION_KINDS} from '../../bindings/model/names.ts';
import {importFile, writeCsv} from '../../bindings/trace.ts';
import {newFolder} from '../cli/stowage.ts';
import {pythonWith} from '../python.ts';
import {randomProblem, seeded} from '../random.ts';
import {signaturesOf} from './signatures.ts';

const ROOT = new URL('../../', import.meta.url);
const DOCUMENT = readFileSync(new URL('docs/abi.md', ROOT), 'utf8');
const CORE = fileURLToPath(new URL('build/release.wasm', ROOT));

test('docs/abi.md has every exported function with its signature, and no other', () => {
  const documented = [...DOCUMENT.matchAll(/^\| `(\w+)\(([^)]*)\)(?: → (\w+))?` \|/gm)].map(
    ([, name, parameters, result]): [string, unknown] => [
      name!,
      {
        parameters: parameters === '' ? [] : parameters!.split(', ').map(one => one.split(': ')[1]),
        results: result === undefined ? [] : [result],
      },
    ],
  );
  assert.equal(new Map(documented).size, documented.length);
  assert.deepEqual(
    Object.fromEntries([...documented].sort()),
    Object.fromEntries([...signaturesOf(readFileSync(CORE))].sort()),
  );
});

test("docs/abi.md has the record's words, and the numbers that cross", () => {
  const words = [...DOCUMENT.matchAll(/^\| (\d+) \| `(\w+)` \|/gm)].map(([, word, name]) => [
    name,
    Number(word),
  ]);
  assert.deepEqual(Object.fromEntries(words), RECORD);
  const text = DOCUMENT.replace(/\s+/g, ' ');
  for (const [name, value] of Object.entries(STATUS)) assert.match(text, new RegExp(`${value} ${name}\\b`));
  assert.deepEqual(FAULT, {NONE: 0, MEMORY: 1});
  assert.match(text, /Faults: 0 none, 1 memory/);
  for (const [value, kind] of VIOLATION_KINDS.entries()) assert.ok(text.includes(`${value} ${kind}`), kind);
  assert.ok(text.includes(`0 to ${HEURISTICS.length - 1}, in this order: ${HEURISTICS.join(', ')}.`));
});

test('the host in Python plans CSVs as the library does, and its plans hold', async context => {
  const python = pythonWith(context, 'wasmtime', 'wasmtime');
  if (!python) return;
  const planner = loadPlannerSync();
  const folder = newFolder();
  const random = seeded(5);
  const shapes = [
    {buffers: 40, ticks: 30, sizes: 1000},
    {buffers: 90, ticks: 60, sizes: 50, alignment: 16},
  ];
  const csvs = [
    readFileSync(new URL('examples/five.csv', ROOT), 'utf8'),
    'id,lower,upper,size\n',
    'id,lower,upper,size\nnever,3,3,7\nnothing,0,2,0\none,0,2,5\n',
    ...shapes.map(shape => [...writeCsv(toColumns(randomProblem(random, shape)))].join('')),
  ];
  let proven = 0;
  for (const csv of csvs) {
    writeFileSync(join(folder, 'problem.csv'), csv);
    const printed = python([
      fileURLToPath(new URL('examples/plan.py', ROOT)),
      CORE,
      join(folder, 'problem.csv'),
    ]);
    const rows = printed.trim().split(/\r?\n/).slice(1);
    const offsets = rows.map(row => Number(row.split(',').at(-1)));
    const imported = await importFile({name: 'problem', data: new TextEncoder().encode(csv)});
    assert.ok(imported.kind === 'problem');
    const {problem} = imported;
    assert.deepEqual(planner.verify(problem, {offsets}), []);
    const tops = offsets.map((offset, i) =>
      problem.end[i]! > problem.start[i]! ? offset + problem.size[i]! : 0,
    );
    const peak = Math.max(0, ...tops);
    const plan = planner.plan(problem, {nodeLimit: 100_000});
    if (plan.status === 'optimal') assert.equal(peak, plan.peak);
    assert.ok(peak >= plan.lowerBound && peak <= planner.plan(problem, {algorithm: 'portfolio'}).peak);
    proven += plan.status === 'optimal' ? 1 : 0;
  }
  assert.ok(proven >= 4, `${proven} proven`);
});

/** `stowage check DIR`: a gate for a run of many ranks. */
import assert from 'node:assert/strict';
import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {before, test} from 'node:test';
import {Ajv2020} from 'ajv/dist/2020.js';
import {writeFolder} from '../ranks/folders.ts';
import type {Planted} from '../ranks/results.ts';
import {newFolder, stowage} from './stowage.ts';

const ajv = new Ajv2020({allErrors: true, allowUnionTypes: true});
const isCheck = ajv.compile(
  JSON.parse(readFileSync(new URL('../../docs/check.schema.json', import.meta.url), 'utf8')),
);

const RANKS: readonly Planted[] = [
  {name: 'rank0.pickle'},
  {name: 'rank1.pickle'},
  {name: 'rank2.pickle', peak: 1300, reserved: 1500, needed: 1400},
  {name: 'rank3|`@a`.pickle', liveAfter: [500, 600, 700]},
];

const cwd = newFolder();
before(() => writeFolder(join(cwd, 'run'), RANKS));

const check = (...args: string[]) => stowage(['check', 'run', ...args], {cwd});

test('all limits hold: exit code 0, and each says by how many ranks and by which most', () => {
  const {status, stdout, stderr} = check(
    '--capacity',
    '1400',
    '--max-reserved',
    '1500',
    '--max-growth',
    '100',
  );
  assert.deepEqual([status, stderr], [0, '']);
  assert.equal(
    stdout,
    `ok      complete: 0 of at most 0
ok      max-reserved of the whole recording: 4 ranks, rank 2 most: 1,500 B (1.5 KiB) of at most 1,500 B (1.5 KiB)
ok      capacity of the whole recording: 4 ranks, rank 2 most: 1,400 B (1.4 KiB) of at most 1,400 B (1.4 KiB)
ok      max-growth of the last whole iterations: 4 ranks, rank 3 most: 100 B of at most 100 B
4 checks passed: run: 4 files in 1 group
`,
  );
});

test('limits that are exceeded: exit code 1, and every rank that failed is named', () => {
  const {status, stdout} = check('--capacity', '999', '--max-outliers', '0');
  assert.equal(status, 1);
  assert.equal(
    stdout,
    `ok      complete: 0 of at most 0
FAILED  capacity of the whole recording: 4 of 4 ranks, rank 2 worst: 1,400 B (1.4 KiB) of at most 999 B: no plan of the whole recording can fit
  rank 0  1,000 B of at most 999 B: no plan of the whole recording can fit
  rank 1  1,000 B of at most 999 B: no plan of the whole recording can fit
  rank 3  1,000 B of at most 999 B: no plan of the whole recording can fit
FAILED  max-outliers: 2 of at most 0: rank 2 (peak, reserved, planned), rank 3 (growth)
2 of 3 checks failed: run: 4 files in 1 group
`,
  );
});

test('JSON fits the schema, and markdown keeps names in their cells', () => {
  const passed = JSON.parse(check('--max-reserved', '1500', '--json').stdout);
  const failed = JSON.parse(check('--max-reserved', '1400', '--max-growth', '9', '--json').stdout);
  for (const json of [passed, failed]) assert.ok(isCheck(json), ajv.errorsText(isCheck.errors));
  assert.deepEqual([passed.passed, failed.passed], [true, false]);
  assert.deepEqual(
    failed.ranks.map(({name, file, value, limit}: Record<string, unknown>) => [name, file, value, limit]),
    [
      ['max-reserved', 'rank2.pickle', 1500, 1400],
      ['max-growth', 'rank3|`@a`.pickle', 100, 9],
    ],
  );
  const {stdout} = check('--max-growth', '9', '--markdown');
  assert.match(
    stdout,
    /^\| ❌ \| max-growth \| the last whole iterations \| 1 of 4 failed \| `rank 3` \| 100 B \| 9 B \|/m,
  );
});

test('a folder that is not whole fails, though every limit holds', async () => {
  const folder = newFolder();
  await writeFolder(join(folder, 'run'), RANKS);
  const results = join(folder, 'run', 'results');
  rmSync(join(results, readdirSync(results)[0]!));
  const {status, stdout} = stowage(['check', 'run', '--capacity', '9999'], {cwd: folder});
  assert.equal(status, 1);
  assert.match(stdout, /^FAILED {2}complete: 1 of at most 0: 1 file without a result \(rank/m);
});

test('a run of before is a baseline', () => {
  assert.equal(stowage(['merge', 'run', '-o', 'before.json'], {cwd}).status, 0);
  assert.match(check('--baseline', 'before.json').stdout, /^5 checks passed/m);
  const run = JSON.parse(readFileSync(join(cwd, 'before.json'), 'utf8'));
  run.ranks[1].peak -= 100;
  writeFileSync(join(cwd, 'smaller.json'), JSON.stringify(run));
  const {status, stdout} = check('--baseline', 'smaller.json', '--tolerance', '10%');
  assert.equal(status, 1);
  assert.match(
    stdout,
    /^FAILED {2}baseline-recording of the whole recording: 1 of 4 ranks, rank 1 worst: 900 B of at most 880 B$/m,
  );
  writeFileSync(join(cwd, 'plan.json'), '{"schema":"stowage.plan/1"}');
  const foreign = check('--baseline', 'plan.json');
  assert.equal(foreign.status, 3);
  assert.match(foreign.stderr, /plan.json: schema: expected "stowage.run\/1", got "stowage.plan\/1"/);
});

test('options of an analysis, and limits of a batch for one file, are wrong usage', () => {
  const {status, stderr} = check('--node-limit', '5', '--capacity', '1');
  assert.equal(status, 2);
  assert.match(
    stderr,
    /--node-limit does not apply to run, the folder of a batch: .*give it to stowage batch/,
  );
  const file = stowage(['check', 'five.csv', '--max-outliers', '1']);
  assert.equal(file.status, 2);
  assert.match(file.stderr, /--max-outliers applies to the folder of a batch, and five.csv is none/);
});

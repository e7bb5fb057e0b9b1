/** `stowage merge`: what it prints and writes, and the exit code of a run that is not whole. */
import assert from 'node:assert/strict';
import {readdirSync, readFileSync, truncateSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {Ajv2020} from 'ajv/dist/2020.js';
import type {Run as Merged} from '../../bindings/ranks/run.ts';
import {writeFolder} from '../ranks/folders.ts';
import {type Planted, shareOf} from '../ranks/results.ts';
import {EXAMPLES, newFolder, type Run, stowage} from './stowage.ts';

const SCHEMAS = new URL('../../docs/', import.meta.url);
const ajv = new Ajv2020({allErrors: true, allowUnionTypes: true});
const schemaOf = (name: string) =>
  ajv.compile(JSON.parse(readFileSync(new URL(`${name}.schema.json`, SCHEMAS), 'utf8')));
const isRun = schemaOf('run');
const isOfBatch = schemaOf('result');

const RANKS: readonly Planted[] = [
  {name: 'rank0.pickle'},
  {name: 'rank1.pickle'},
  {name: 'rank2.pickle', peak: 1300, reserved: 1500, needed: 1400, operations: {add: 900, conv: 400}},
  {name: 'rank3.pickle', liveAfter: [500, 600, 700]},
];

async function merged(ranks: readonly Planted[], ...args: string[]): Promise<Run & {folder: string}> {
  const folder = newFolder();
  await writeFolder(join(folder, 'run'), ranks, [shareOf([...ranks.map(({name}) => name)])]);
  return {folder, ...stowage(['merge', 'run', ...args], {cwd: folder})};
}

test('the text says who limits the run, the outliers, what grows, and lists the ranks', async () => {
  const {status, stdout, stderr} = await merged(RANKS, '--top', '2');
  assert.deepEqual([status, stderr], [0, '']);
  assert.equal(
    stdout,
    `read         run: 4 files: 4 recordings in 1 group
limited by   rank 2 (rank2.pickle): it reserves most, 1,500 B (1.5 KiB); the next rank 1,200 B (1.2 KiB)
groups of ranks that do the same: their typical rank, its most live bytes, its reserved bytes
  1  4 ranks  rank 0  900 B  1,200 B (1.2 KiB)  2 outliers
outlier      rank 2 of group 1, beside rank 0: peak 1,300 B (1.3 KiB), typical 900 B; reserved 1,500 B (1.5 KiB), typical 1,200 B (1.2 KiB); planned 1,400 B (1.4 KiB), typical 1,000 B
  conv  +400 B  live at the peak
outlier      rank 3 of group 1, beside rank 0: grows by 100 B per iteration
growth       1 rank grows from iteration to iteration, rank 3 most: by 100 B per iteration, over its last 3 whole ones
ranks, those that reserve most first: most live, reserved, planned, recoverable of the whole recording
  2  1,300 B (1.3 KiB)          1,500 B (1.5 KiB)  1,400 B (1.4 KiB) (proven)  100 B    1  rank2.pickle
  0              900 B          1,200 B (1.2 KiB)            1,000 B (proven)  200 B    1  rank0.pickle
                        at most 1,200 B (1.2 KiB)                                          2 further ranks
`,
  );
});

test('JSON, CSV and a page are written whole, and the text is printed beside them', async () => {
  const {folder, stdout} = await merged(RANKS, '-o', 'run.json');
  assert.match(stdout, /^limited by/m);
  const run = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
  assert.ok(isRun(run), ajv.errorsText(isRun.errors));
  assert.deepEqual(JSON.parse(stowage(['merge', 'run', '--json'], {cwd: folder}).stdout), run);
  assert.equal(stowage(['merge', 'run', '-o', 'run.csv'], {cwd: folder}).status, 0);
  const rows = readFileSync(join(folder, 'run.csv'), 'utf8').trim().split('\n');
  assert.equal(rows.length, 5);
  assert.match(rows[0]!, /^rank,file,group,typical,outlier,device,peak \(bytes\),reserved \(bytes\)/);
  assert.match(rows[3]!, /^2,rank2.pickle,1,,peak reserved planned,cuda:0,1300,1500,1400,yes,100,0,/);
  assert.equal(stowage(['merge', 'run', '-o', 'run.html'], {cwd: folder}).status, 0);
  assert.match(readFileSync(join(folder, 'run.html'), 'utf8'), /<\/html>\s*$/);
  const {status, stderr} = stowage(['merge', 'run', '-o', 'run.xml'], {cwd: folder});
  assert.equal(status, 2);
  assert.match(stderr, /-o run.xml: expected a name that ends in .json, .csv, .html/);
});

test('a file that failed and damage in the folder: exit code 3, and the run is written all the same', async () => {
  const {folder} = await merged([...RANKS, {name: 'rank4.pickle', failure: 'no known format'}]);
  const [damaged] = readdirSync(join(folder, 'run', 'shares'));
  truncateSync(join(folder, 'run', 'shares', damaged!), 10);
  const {status, stdout, stderr} = stowage(['merge', 'run', '-o', 'run.csv'], {cwd: folder});
  assert.equal(status, 3);
  assert.match(stdout, /^failed {7}rank4.pickle: no known format$/m);
  assert.match(stderr, /run\/shares\/1-of-1.json: the file is damaged or cut short/);
  assert.match(
    stderr,
    /the run is not whole: 1 file of it could not be read, 1 recording could not be read\n$/,
  );
  assert.equal(readFileSync(join(folder, 'run.csv'), 'utf8').trim().split('\n').length, 6);
});

test('missing shares and files are told; with --complete they fail', async () => {
  const folder = newFolder();
  await writeFolder(join(folder, 'run'), RANKS, [shareOf(['rank0.pickle', 'rank9.pickle'], 1, 3)]);
  const {status, stdout} = stowage(['merge', 'run'], {cwd: folder});
  assert.equal(status, 0);
  assert.match(
    stdout,
    /^missing {6}2 shares not begun: 2, 3\nmissing {6}1 file without a result: rank9.pickle$/m,
  );
  const complete = stowage(['merge', 'run', '--complete'], {cwd: folder});
  assert.equal(complete.status, 1);
  assert.match(complete.stderr, /the run is not whole: 2 shares not begun, 1 file without a result/);
});

test('names in results neither reach the terminal nor leave their cells', async () => {
  const hostile = 'rank0\u001b[2J\n=cmd|"x",<b>.pickle';
  const {stdout, folder} = await merged([
    {name: hostile, group: '\u202egroup', sites: {'\u0007': 1}},
    {name: 'rank1', group: '\u202egroup'},
  ]);
  for (const obeyed of ['\u001b', '\u0007', '\u202e']) assert.ok(!stdout.includes(obeyed));
  assert.match(stdout, /rank0\\x1b\[2J\\n=cmd/);
  stowage(['merge', 'run', '-o', 'run.csv'], {cwd: folder});
  const csv = readFileSync(join(folder, 'run.csv'), 'utf8');
  assert.ok(csv.includes(`\n0,"${hostile.replaceAll('"', '""')}",`), csv);
});

test('a folder that is no batch folder is refused', () => {
  const {status, stderr} = stowage(['merge', 'absent'], {cwd: newFolder()});
  assert.equal(status, 3);
  assert.match(
    stderr,
    /absent: no batch folder: it has neither shares nor files; stowage batch PATH… --out absent makes one/,
  );
});

test('what batch writes of the examples fits the schema, and merges', () => {
  const folder = newFolder();
  const files = ['five.csv', 'resnet50.training.json.gz', 'out-of-memory.pickle.gz'];
  const {status, stderr} = stowage(
    ['batch', ...files, '--node-limit', '2000', '--jobs', '1', '--out', folder],
    {cwd: EXAMPLES},
  );
  assert.equal(status, 0, stderr);
  for (const kind of ['results', 'files', 'shares']) {
    for (const name of readdirSync(join(folder, kind))) {
      const value = JSON.parse(readFileSync(join(folder, kind, name), 'utf8'));
      assert.ok(isOfBatch(value), `${kind}/${name}: ${ajv.errorsText(isOfBatch.errors)}`);
    }
  }
  const run: Merged = JSON.parse(stowage(['merge', folder, '--json']).stdout);
  assert.ok(isRun(run as unknown), ajv.errorsText(isRun.errors));
  assert.deepEqual(
    [run.limit!.file, run.limit!.reason, run.groups.length],
    ['out-of-memory.pickle.gz', 'failed-request', 2],
  );
});

/** `stowage batch`: what is in the folder afterwards, however it came about. */
import assert from 'node:assert/strict';
import {cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {test} from 'node:test';
import {Ajv2020} from 'ajv/dist/2020.js';
import type {BatchFile, BatchResult} from '../../bindings/ranks/result.ts';
import {EXAMPLES, newFolder, type Run, stowage} from '../cli/stowage.ts';

const schema = JSON.parse(readFileSync(new URL('../../docs/batch.schema.json', import.meta.url), 'utf8'));
const fitsSchema = new Ajv2020().compile(schema);

const problem = (size: number) => `id,lower,upper,size\na,0,2,${size}\nb,1,3,${size}\n`;

/** A folder `in` with three problems, a file that is cut short, and a recording if it is wanted. */
function inputs(more: 'recording' | 'none' = 'none'): string {
  const cwd = newFolder();
  mkdirSync(join(cwd, 'in'));
  for (const size of [1, 2, 3]) writeFileSync(join(cwd, 'in', `p${size}.csv`), problem(size));
  writeFileSync(
    join(cwd, 'in', 'rank4.pickle'),
    readFileSync(join(EXAMPLES, 'out-of-memory.pickle.gz')).subarray(0, 4000),
  );
  if (more === 'recording')
    cpSync(join(EXAMPLES, 'mobilenet_v2.inference.json.gz'), join(cwd, 'in', 'rank5.json.gz'));
  return cwd;
}

const batch = (cwd: string, ...args: string[]): Run =>
  stowage(['batch', 'in', '--out', 'out', ...args], {cwd});

/** All files of the store by their names, without the shares. */
function contentOf(cwd: string, out = 'out'): Record<string, string> {
  const folders = ['files', 'results'];
  const names = folders.flatMap(folder =>
    readdirSync(join(cwd, out, folder)).map(name => `${folder}/${name}`),
  );
  return Object.fromEntries(names.map(name => [name, readFileSync(join(cwd, out, name), 'utf8')]));
}

function entriesOf(cwd: string): BatchFile[] {
  const all = Object.entries(contentOf(cwd)).filter(([name]) => name.startsWith('files/'));
  const entries = all.map(([, text]) => JSON.parse(text) as BatchFile);
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function resultOf(cwd: string, name: string): BatchResult {
  const {key} = entriesOf(cwd).find(entry => entry.name === name)!;
  return JSON.parse(readFileSync(join(cwd, 'out', 'results', `${key}.json`), 'utf8')) as BatchResult;
}

test('every file has a result, one that cannot be read has one that says why, and the exit code says so', () => {
  const cwd = inputs('recording');
  const {status, stdout} = batch(cwd);
  assert.equal(status, 3);
  assert.match(
    stdout,
    /^failed {7}in\/rank4\.pickle: .*cut short.*\n5 files: 4 analysed, 1 failed; results in out\n$/,
  );
  const names = ['p1.csv', 'p2.csv', 'p3.csv', 'rank4.pickle', 'rank5.json.gz'].map(name => `in/${name}`);
  assert.deepEqual(
    entriesOf(cwd).map(({name, failure}) => [name, failure]),
    names.map(name => [name, null]),
  );
  const {failure, figures, format} = resultOf(cwd, 'in/rank4.pickle');
  assert.match(failure!.message, /^the gzip data is damaged or cut short/);
  assert.deepEqual([failure!.exitCode, figures, format], [3, [], null]);
  const {peak, lowerBound, buffers, evidence} = resultOf(cwd, 'in/p3.csv').figures[0]!;
  assert.deepEqual([peak, lowerBound, buffers, evidence.scope], [6, 6, 2, {kind: 'problem'}]);
  const {recording, figures: both} = resultOf(cwd, 'in/rank5.json.gz');
  assert.deepEqual(
    [recording!.device, recording!.peak.bytes, recording!.reserved],
    ['cpu', 48_975_264, null],
  );
  assert.deepEqual(
    both.map(({evidence: {scope}}) => scope.kind),
    ['recording', 'iteration'],
  );
});

test('the same command does nothing again, and prints the same failures', () => {
  const cwd = inputs();
  batch(cwd);
  const before = contentOf(cwd);
  const {status, stdout} = batch(cwd, '--json');
  assert.equal(status, 3);
  const report = JSON.parse(stdout) as {files: number; analysed: number; known: number; failed: unknown[]};
  assert.ok(fitsSchema(report as unknown), JSON.stringify(fitsSchema.errors));
  assert.deepEqual([report.files, report.analysed, report.known, report.failed.length], [4, 0, 3, 1]);
  assert.deepEqual(contentOf(cwd), before);
});

test('jobs and shares change nothing in results and files', () => {
  const cwd = inputs();
  batch(cwd, '--jobs', '1');
  const whole = contentOf(cwd);
  rmSync(join(cwd, 'out'), {recursive: true});
  batch(cwd, '--jobs', '3');
  assert.deepEqual(contentOf(cwd), whole);
  rmSync(join(cwd, 'out'), {recursive: true});
  const third = batch(cwd, '--shard', '3/3');
  assert.match(third.stdout, /^share 3 of 3: \d of 4 files\n/);
  for (const share of ['1/3', '2/3']) batch(cwd, '--shard', share);
  assert.deepEqual(contentOf(cwd), whole);
  assert.deepEqual(readdirSync(join(cwd, 'out', 'shares')), ['1-of-3.json', '2-of-3.json', '3-of-3.json']);
});

test('options are a part of the key, and those of a manifest come first', () => {
  const cwd = inputs();
  writeFileSync(
    join(cwd, 'list.jsonl'),
    '{"file":"in/p1.csv","rank":9,"options":{"alignment":16}}\n{"file":"in/p2.csv"}\n',
  );
  const args = ['batch', '--manifest', 'list.jsonl', '--out', 'out'];
  assert.equal(stowage([...args, '--alignment', '4'], {cwd}).status, 0);
  assert.deepEqual(resultOf(cwd, 'in/p1.csv').options, {alignment: 16});
  assert.deepEqual(resultOf(cwd, 'in/p1.csv').figures[0]!.peak, 17);
  assert.deepEqual(resultOf(cwd, 'in/p2.csv').options, {alignment: 4});
  assert.deepEqual(
    entriesOf(cwd).map(({name, rank}) => [name, rank]),
    [
      ['in/p1.csv', 9],
      ['in/p2.csv', undefined],
    ],
  );
  assert.equal(readdirSync(join(cwd, 'out', 'results')).length, 2);
  assert.equal(stowage([...args, '--alignment', '8'], {cwd}).status, 0);
  assert.equal(readdirSync(join(cwd, 'out', 'results')).length, 3);
});

test('equal contents share a result, and each file has its entry', () => {
  const cwd = newFolder();
  mkdirSync(join(cwd, 'in'));
  for (const name of ['a', 'b']) writeFileSync(join(cwd, 'in', `${name}.csv`), problem(5));
  assert.equal(batch(cwd, '--jobs', '1').status, 0);
  assert.equal(readdirSync(join(cwd, 'out', 'results')).length, 1);
  const [a, b] = entriesOf(cwd);
  assert.equal(a!.key, b!.key);
});

test('a file that is not there is tried again by the next run, and a damaged result is made again', () => {
  const cwd = newFolder();
  writeFileSync(join(cwd, 'list.jsonl'), '{"file":"later.csv"}\n{"file":"now.csv"}\n');
  writeFileSync(join(cwd, 'now.csv'), problem(2));
  const args = ['batch', '--manifest', 'list.jsonl', '--out', 'out'];
  const first = stowage(args, {cwd});
  assert.deepEqual(
    [first.status, first.stdout],
    [3, 'failed       later.csv: no such file\n2 files: 1 analysed, 1 failed; results in out\n'],
  );
  assert.deepEqual(entriesOf(cwd)[0], {
    schema: 'stowage.file/1',
    name: 'later.csv',
    bytes: null,
    key: null,
    failure: {message: 'no such file', exitCode: 3},
  });
  writeFileSync(join(cwd, 'later.csv'), problem(3));
  const before = contentOf(cwd);
  const [result] = Object.keys(before).filter(name => name.startsWith('results/'));
  writeFileSync(join(cwd, 'out', result!), before[result!]!.slice(0, 100));
  assert.equal(stowage(args, {cwd}).stdout, '2 files: 2 analysed; results in out\n');
  assert.equal(contentOf(cwd)[result!], before[result!]);
});

test("a result that is JSON and no result, or another file's, is made again", () => {
  const cwd = inputs();
  rmSync(join(cwd, 'in', 'rank4.pickle'));
  assert.equal(batch(cwd).status, 0);
  const before = contentOf(cwd);
  const [first, second, third] = Object.keys(before).filter(name => name.startsWith('results/'));
  writeFileSync(join(cwd, 'out', first!), '{"schema":"stowage.result/1"}\n');
  writeFileSync(join(cwd, 'out', second!), before[third!]!);
  assert.equal(batch(cwd).stdout, '3 files: 2 analysed, 1 there already; results in out\n');
  assert.deepEqual(contentOf(cwd), before);
});

test('a URL is read, and one that fails says why', async () => {
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/p.csv' ? 200 : 404;
    response.end(problem(7));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const cwd = newFolder();
    // the server is of this process: the command must not block it
    const {spawn} = await import('node:child_process');
    const main = new URL('../../dist/cli/main.js', import.meta.url).pathname;
    const child = spawn(process.execPath, [main, 'batch', `${url}/p.csv`, `${url}/q.csv`, '--out', 'out'], {
      cwd,
    });
    let stdout = '';
    child.stdout.on('data', chunk => {
      stdout += chunk;
    });
    const status = await new Promise(resolve => child.on('close', resolve));
    assert.deepEqual(
      [status, stdout],
      [
        3,
        `failed       ${url}/q.csv: the server answers 404 Not Found\n2 files: 1 analysed, 1 failed; results in out\n`,
      ],
    );
    assert.equal(resultOf(cwd, `${url}/p.csv`).figures[0]!.peak, 14);
  } finally {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  }
});

for (const [args, message] of [
  [[], 'nothing to do: expected PATHs or --manifest FILE'],
  [
    ['in', '--shard', '4/3'],
    "option '--shard <I/N>' argument '4/3' is invalid. expected I/N with I from 1 to N, e.g. 3/16.",
  ],
  [['in', '--shard', '1/3', '--shards', '4'], '--shard 1/3 and --shards 4 disagree'],
  [
    ['in', '--shards', '4'],
    '--shards: expected SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX in the environment: use --shard I/N',
  ],
  [
    ['in', '--jobs', '0'],
    "option '--jobs <N>' argument '0' is invalid. expected a whole number of at least 1.",
  ],
] as const) {
  test(`bad usage exits with 2 and says why: stowage batch ${args.join(' ')}`, () => {
    const {status, stderr} = stowage(['batch', ...args, '--out', 'out'], {cwd: newFolder()});
    assert.deepEqual([status, stderr], [2, `stowage: ${message}\n`]);
  });
}

test('a folder without recordings, and results that cannot be written, are errors', () => {
  const cwd = inputs();
  mkdirSync(join(cwd, 'empty'));
  const none = stowage(['batch', 'empty', '--out', 'out'], {cwd});
  assert.deepEqual([none.status, none.stderr], [3, 'stowage: empty: holds no recording, model or problem\n']);
  const onFile = stowage(['batch', 'in', '--out', 'in/p1.csv'], {cwd});
  assert.equal(onFile.status, 3);
  assert.match(onFile.stderr, /^stowage: in\/p1\.csv\/temporary: a part of the path is not a folder\n$/);
});

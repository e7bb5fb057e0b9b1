/** Constraints at the command line: problems in JSON, pools, in place, advice, plans read back, and what is refused. */
import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {newFolder, stowage} from './stowage.ts';

const FIXTURES = fileURLToPath(new URL('../trace/fixtures/', import.meta.url));
const EVERYTHING = join(FIXTURES, 'problem-json', 'everything.json');
const ONNX = join(FIXTURES, 'onnx', 'small.onnx');

function fileOf(problem: object, name = 'problem.json'): string {
  const file = join(newFolder(), name);
  writeFileSync(file, JSON.stringify({schema: 'stowage.problem/1', ...problem}));
  return file;
}

const THREE = [
  {id: 'a', size: 600, start: 0, end: 4, accesses: 1},
  {id: 'b', size: 600, start: 1, end: 5, accesses: 9},
  {id: 'c', size: 400, start: 2, end: 6},
];

test('a problem with every constraint is planned, written as JSON and CSV, and read back', () => {
  for (const name of ['plan.json', 'plan.csv']) {
    const plan = join(newFolder(), name);
    const run = stowage(['plan', EVERYTHING, '-o', plan]);
    assert.deepEqual([run.status, run.stderr], [0, '']);
    const {status, stdout} = stowage(['verify', EVERYTHING, plan]);
    assert.equal(status, 0, stdout);
    assert.match(stdout, /^valid: 8 buffers, peak /);
  }
});

test('verify finds a constraint that a plan breaks', () => {
  const file = fileOf({
    buffers: THREE,
    pools: [{name: 'fast', capacity: 1000}, {name: 'slow'}],
    separate: [['a', 'c']],
  });
  const plan = join(newFolder(), 'plan.csv');
  writeFileSync(plan, 'id,offset,pool\na,0,fast\nb,0,slow\nc,600,fast\n');
  const {status, stdout} = stowage(['verify', file, plan]);
  assert.deepEqual(
    [status, stdout],
    [1, 'invalid: together: "a" at 0 to 600 and "c" at 600 to 1000, in one arena\n'],
  );
  writeFileSync(plan, 'id,offset,pool\na,0,fast\nb,0,moon\nc,600,fast\n');
  const moon = stowage(['verify', file, plan]);
  assert.equal(moon.status, 1);
  assert.match(moon.stderr, /the problem has no pool "moon"; it has fast, slow\n$/);
  writeFileSync(plan, 'id,offset\na,0\nb,0\nc,0\n');
  assert.match(
    stowage(['verify', file, plan]).stderr,
    /does not name the pool of each buffer \(column pool\)\n$/,
  );
});

test('convert writes a problem as JSON, which is read as the same', () => {
  const copy = join(newFolder(), 'copy.json');
  assert.equal(stowage(['convert', EVERYTHING, '-o', copy]).status, 0);
  const again = join(newFolder(), 'again.json');
  assert.equal(stowage(['convert', copy, '-o', again]).status, 0);
  assert.equal(readFileSync(again, 'utf8'), readFileSync(copy, 'utf8'));
  const [first, second] = [EVERYTHING, copy].map(file => {
    const {seconds: _, source: __, ...plan} = JSON.parse(stowage(['plan', file, '--json']).stdout);
    return plan;
  });
  assert.deepEqual(second, first);
});

test('a CSV holds hints and pools, and nothing is left out of it silently', () => {
  const csv = join(newFolder(), 'problem.csv');
  const file = fileOf({
    buffers: THREE.map(({accesses: _, ...rest}) => ({...rest, hint: 64})),
    pools: [{name: 'x'}, {name: 'y'}],
  });
  assert.equal(stowage(['convert', file, '-o', csv]).status, 0);
  assert.equal(
    readFileSync(csv, 'utf8'),
    'id,lower,upper,size,hint,pool\na,0,4,600,64,x y\nb,1,5,600,64,x y\nc,2,6,400,64,x y\n',
  );
  const plan = JSON.parse(stowage(['plan', csv, '--json']).stdout);
  assert.deepEqual([plan.arenas.length, plan.arenas[0].name, plan.peak], [1, 'x', 1600]);
  const refused = stowage(['convert', EVERYTHING, '-o', csv]);
  assert.equal(refused.status, 2);
  assert.match(
    refused.stderr,
    /a CSV cannot hold the constraints of this problem \(.*share.*\): write \.json\n$/,
  );
});

test('the plan of a CSV is a CSV whose arenas stay apart when it is planned again', () => {
  const file = fileOf({
    buffers: THREE,
    separate: [
      ['a', 'b'],
      ['b', 'c'],
    ],
    pools: [{name: 'gpu', repeated: true}],
  });
  const plan = join(newFolder(), 'plan.csv');
  assert.equal(stowage(['plan', file, '-o', plan]).status, 0);
  assert.match(
    readFileSync(plan, 'utf8'),
    /^id,lower,upper,size,alignment,offset,pool,arena\na,0,4,600,1,0,gpu,0\nb,1,5,600,1,0,gpu,1\n/,
  );
  const again = JSON.parse(stowage(['plan', plan, '--json']).stdout);
  assert.deepEqual(
    again.arenas.map(({name}: {name: string}) => name),
    ['gpu', 'gpu#1'],
  );
});

test('--pool states memories for any input, and limits those that it has', () => {
  const run = stowage(['plan', 'five.csv', '--pool', 'sram=4KiB', '--pool', 'dram', '--json']);
  const plan = JSON.parse(run.stdout);
  assert.deepEqual(
    plan.arenas.map(({name, capacity}: {name: string; capacity: number | null}) => [name, capacity]),
    [
      ['sram', 4096],
      ['dram', null],
    ],
  );
  const trace = stowage(['plan', 'mobilenet_v2.inference.json.gz', '--pool', 'fast=1MiB', '--pool', 'slow']);
  assert.equal(trace.status, 0, trace.stderr);
  assert.match(trace.stdout, /^arena 0 {6}fast: .* of 1,048,576 B/m);
  assert.equal(stowage(['plan', 'five.csv', '--pool', '=4']).status, 2);
  const both = stowage(['plan', 'five.csv', '--pool', 'a', '--capacity', '9']);
  assert.deepEqual(
    [both.status, both.stderr],
    [
      2,
      'stowage: five.csv: options.capacity: a problem with pools states the capacity of each pool instead\n',
    ],
  );
});

test('a problem that cannot fit reports the needed bytes, and exits with 4', () => {
  const file = fileOf({
    buffers: THREE,
    pools: [
      {name: 'fast', capacity: 650},
      {name: 'slow', capacity: 900},
    ],
  });
  const {status, stdout} = stowage(['plan', file]);
  assert.equal(status, 4);
  assert.match(stdout, /no plan can fit the pools/);
  assert.match(
    stdout,
    /^does not fit buffers that are live at the same time need 1,600 B \(1\.6 KiB\) in fast and slow, which have 1,550 B/m,
  );
  const {obstacle} = JSON.parse(stowage(['plan', file, '--json']).stdout);
  assert.deepEqual(obstacle, {pools: ['fast', 'slow'], capacity: 1550, needed: 1600, buffer: null});
});

test('--in-place lets outputs of a model take the places of inputs', () => {
  const [without, with_] = [[], ['--in-place']].map(options =>
    JSON.parse(stowage(['plan', ONNX, '--json', ...options]).stdout),
  );
  assert.equal(without.inPlace, undefined);
  assert.ok(Array.isArray(with_.inPlace));
  assert.ok(with_.peak <= without.peak);
  const csv = stowage(['plan', 'five.csv', '--in-place']);
  assert.deepEqual(
    [csv.status, csv.stderr],
    [
      2,
      'stowage: five.csv: --in-place: only models say which outputs can be written in place, and this is csv\n',
    ],
  );
});

test('--advise needs a capacity, and says where none is needed', () => {
  const none = stowage(['plan', 'five.csv', '--advise']);
  assert.deepEqual(
    [none.status, none.stderr],
    [2, 'stowage: --advise needs a capacity to fit: add --capacity\n'],
  );
  const fits = stowage(['plan', 'five.csv', '--advise', '--capacity', '1MiB']);
  assert.match(fits.stdout, /\nadvice {7}none needed: the plan fits 1,048,576 B/);
  const {advice} = JSON.parse(
    stowage(['plan', 'five.csv', '--advise', '--capacity', '5KiB', '--json']).stdout,
  );
  assert.equal(advice.capacity, 5120);
  assert.deepEqual(advice.together.at(-1).fits, true);
});

test('mistakes in a problem are reported with their place', () => {
  const refused = (problem: object) => {
    const {status, stderr} = stowage(['plan', fileOf(problem)]);
    assert.equal(status, 3);
    return stderr.replace(/^stowage: .*problem\.json: /, '').trim();
  };
  assert.equal(
    refused({buffers: [{size: 1, start: 0, end: 1, colour: 'red'}]}),
    'buffers[0]: unknown field "colour"',
  );
  assert.equal(refused({buffers: THREE, share: [['a', 'x']]}), 'share[0][1]: no buffer has the id "x"');
  assert.equal(refused({buffers: 7}), 'buffers: expected an array, got 7');
  assert.match(
    refused({buffers: [{size: '4', start: 0, end: 1}]}),
    /^buffers\[0\]\.size: expected an integer/,
  );
  const file = fileOf({buffers: THREE, share: [['a', 'b']], separate: [['a', 'b']]});
  const contradiction = stowage(['plan', file]);
  assert.equal(contradiction.status, 2);
  assert.match(
    contradiction.stderr,
    /separate\[0\]: buffers 0 and 1 are tied to each other by other constraints\n$/,
  );
});

test('commands and formats without constraints refuse them', () => {
  const out = (name: string) => join(newFolder(), name);
  const report = stowage(['report', EVERYTHING, '-o', out('r.html')]);
  assert.equal(report.status, 2);
  assert.match(report.stderr, /a report shows one arena, and this problem has pools or separation/);
  const anonymize = stowage(['anonymize', EVERYTHING, '-o', out('a.csv')]);
  assert.equal(anonymize.status, 2);
  assert.match(anonymize.stderr, /a problem with constraints \(pools, share/);
});

test('a problem with constraints is not explained, and says so', () => {
  const {status, stderr} = stowage(['plan', EVERYTHING, '--explain']);
  assert.equal(status, 2);
  assert.match(stderr, /explainPeak: expected a problem without pools, share/);
});

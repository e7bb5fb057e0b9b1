/** `stowage plan --explain`: which buffers make the peak, in text and in JSON. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {scattered} from '../../bench/instances.ts';
import {loadPlannerSync} from '../../bindings/index.ts';
import {writeCsv} from '../../bindings/trace.ts';
import {has} from '../requirements.ts';
import {newFolder, stowage} from './stowage.ts';

const CSV = 'id,lower,upper,size\na,0,4,8\nb,2,6,4\nc,3,8,2\nd,6,9,5\n';

/** The lines below the five of the plan. */
function section(args: readonly string[], csv = CSV): string[] {
  const cwd = newFolder();
  writeFileSync(join(cwd, 'problem.csv'), csv);
  const {status, stdout, stderr} = stowage(['plan', 'problem.csv', ...args], {cwd});
  assert.deepEqual([status, stderr], [0, '']);
  return stdout.trimEnd().split('\n').slice(5);
}

test('--explain shows the instants, the best change and those of the largest buffers', () => {
  assert.deepEqual(section(['--explain', '2', '--algorithm', 'greedy-by-size']), [
    '',
    'bound at     ticks 3 to 4: 14 B in 3 buffers',
    'peak at      ticks 3 to 4: "c" on top; 14 B live, 0 B unused below it',
    'best change  "a" removed: lower bound 7 B, 7 B less',
    '"a": 8 B, 57.1 % of the live bytes, ticks 0 to 4',
    '  ending at tick 3: lower bound 12 B, at ticks 2 to 3; peak 12 B',
    '  half the size, 4 B: lower bound 10 B, at ticks 3 to 4; peak 10 B',
    '  removed: lower bound 7 B, at ticks 6 to 8; peak 7 B',
    '"b": 4 B, 28.6 % of the live bytes, ticks 2 to 6',
    '  ending at tick 3: lower bound 12 B, at ticks 2 to 3; peak 12 B',
    '  beginning at tick 4: lower bound 10 B, at ticks 3 to 4; peak 10 B',
    '  half the size, 2 B: lower bound 12 B, at ticks 3 to 4; peak 12 B',
    '  removed: lower bound 10 B, at ticks 3 to 4; peak 10 B',
    'and 1 more buffer: 2 B',
  ]);
});

test('the peak of a plan that loses bytes is kept apart from the bound, and no smaller plan is promised', () => {
  assert.deepEqual(section(['--explain', '1', '--algorithm', 'naive']).slice(1, 8), [
    'bound at     ticks 3 to 4: 14 B in 3 buffers',
    'peak at      ticks 6 to 8: "d" on top; 7 B live, 12 B unused below it',
    'best change  "a" removed: lower bound 7 B, 7 B less',
    '"a": 8 B, 57.1 % of the live bytes, ticks 0 to 4',
    '  ending at tick 3: lower bound 12 B, at ticks 2 to 3; no smaller plan found',
    '  half the size, 4 B: lower bound 10 B, at ticks 3 to 4; peak 15 B',
    '  removed: lower bound 7 B, at ticks 6 to 8; peak 11 B',
  ]);
});

test('nothing is explained where nothing is asked for, or nothing is there', () => {
  assert.deepEqual(section([]), []);
  assert.deepEqual(section(['--explain'], 'id,lower,upper,size\na,3,3,8\n'), [
    '',
    'bound at     no tick: no buffer has a size and a lifetime',
    'peak at      no tick: no buffer is ever live',
    'best change  none: no single change lowers the lower bound',
  ]);
});

test('a fixed buffer that makes the bound is named', () => {
  const lines = section(
    ['--explain', '1'],
    'id,lower,upper,size,alignment,offset\nx,0,4,8,1,\ny,1,4,5,1,\nhigh,2,6,4,1,96\n',
  );
  assert.deepEqual(lines.slice(1, 4), [
    'bound at     ticks 2 to 4: 17 B in 3 buffers; the fixed offset of "high" adds 83 B',
    'peak at      ticks 2 to 4: "high" on top; 17 B live, 83 B unused below it',
    'best change  "high" removed: lower bound 13 B, 87 B less',
  ]);
  // the largest, the pinned one, and the rest
  assert.deepEqual(
    lines.filter(line => /^"|^and/.test(line)),
    [
      '"x": 8 B, 47.1 % of the live bytes, ticks 0 to 4',
      '"high": 4 B, 23.5 % of the live bytes, ticks 2 to 6',
      'and 1 more buffer: 5 B',
    ],
  );
});

test('--json has the explanation of the contract; a trace names blocks and operations', () => {
  const {status, stdout} = stowage([
    'plan',
    'resnet50.training.json.gz',
    '--explain',
    '1',
    '--json',
    '--no-offsets',
  ]);
  assert.equal(status, 0);
  const {explanation, lowerBound, peak, schema} = JSON.parse(stdout);
  assert.equal(schema, 'stowage.plan/1');
  assert.deepEqual(Object.keys(explanation), ['bound', 'peak', 'buffers', 'best']);
  assert.deepEqual(explanation.bound, {
    start: 1506,
    end: 1507,
    bytes: 409087432,
    overhead: 124,
    pinned: null,
  });
  assert.equal(explanation.bound.bytes + explanation.bound.overhead, lowerBound);
  assert.equal(explanation.peak.bytes + explanation.peak.lost, peak);
  assert.equal(explanation.buffers.length, 212);
  const [first, second] = explanation.buffers;
  const {changes, share, ...rest} = first;
  assert.deepEqual(rest, {
    index: rest.index,
    id: 'b3702',
    size: 12845056,
    start: 166,
    end: 2717,
    block: 3702,
    operation: 'aten::conv2d',
  });
  assert.equal(share, 12845056 / 409087432);
  assert.deepEqual(
    changes.map((change: {kind: string; tick: number | null}) => [change.kind, change.tick]),
    [
      ['ends-earlier', 1506],
      ['begins-later', 1507],
      ['half', null],
      ['gone', null],
    ],
  );
  assert.deepEqual(Object.keys(changes[0]), ['kind', 'size', 'tick', 'lowerBound', 'start', 'end', 'peak']);
  assert.equal('changes' in second, false);
  assert.deepEqual(explanation.best, {index: rest.index, kind: 'gone'});
});

test('--json of fixed offsets that collide explains the bound, and has no peak', () => {
  const cwd = newFolder();
  writeFileSync(join(cwd, 'clash.csv'), 'id,lower,upper,size,offset\na,0,3,4,0\nb,0,3,6,2\n');
  const {status, stdout} = stowage(['plan', 'clash.csv', '--explain', '--json'], {cwd});
  assert.equal(status, 4);
  const {explanation} = JSON.parse(stdout);
  assert.equal(explanation.peak, null);
  assert.equal(explanation.buffers[0].operation, null);
  assert.equal(explanation.buffers[0].changes[0].peak, null);
  assert.match(
    stowage(['plan', 'clash.csv', '--explain'], {cwd}).stdout,
    /peak at {6}no tick: there is no plan/,
  );
});

test('--explain takes a number of buffers', () => {
  const {status, stderr} = stowage(['plan', 'five.csv', '--explain', '0']);
  assert.equal(status, 2);
  assert.match(stderr, /expected a whole number of at least 1/);
});

test('Ctrl-C while explaining leaves the plan, says so, and exits with 130', t => {
  if (!has(t, 'posix')) return;
  const problem = scattered(3000, 5);
  const file = join(newFolder(), 'problem.csv');
  writeFileSync(file, [...writeCsv(problem)].join(''));
  const command = new URL('../../dist/cli/commands/plan.js', import.meta.url);
  const index = new URL('../../dist/index.js', import.meta.url);
  const script = `
    import {Worker} from 'node:worker_threads';
    import {loadPlannerSync} from '${index}';
    import {planCommand} from '${command}';
    const emit = Worker.prototype.emit; // a Ctrl-C while the second worker, the explaining one, is at work
    let online = 0;
    Worker.prototype.emit = function (event, message) {
      const result = emit.call(this, event, message);
      if (event === 'online' && ++online === 2) process.kill(process.pid, 'SIGINT');
      return result;
    };
    process.exitCode = await planCommand(${JSON.stringify(file)}, {json: true, offsets: false, explain: true}, async () => loadPlannerSync());`;
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
  assert.equal(run.status, 130, run.stderr.toString());
  const json = JSON.parse(run.stdout.toString());
  assert.equal(json.peak, loadPlannerSync().plan(problem).peak);
  assert.equal('explanation' in json, false);
  assert.deepEqual(json.warnings, ['interrupted: the plan is complete, but its peak is not explained']);
});

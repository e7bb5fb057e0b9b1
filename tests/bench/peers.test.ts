/** `bench -- peers`: faulty solvers are named, the ready-made ones are driven, and only equal plans compare times. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {delimiter, join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {environment} from '../../bench/peers/environment.ts';
import {readyNames} from '../../bench/peers/ready.ts';
import type {Score} from '../../bench/peers/rounds.ts';
import {type Comparison, rowsOf, summaryOf} from '../../bench/peers/table.ts';
import {plainProblem} from '../../bench/peers/tasks.ts';
import {toColumns} from '../../bindings/index.ts';
import {newFolder} from '../cli/stowage.ts';
import {bench, cellsOf} from './run.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PEER = fileURLToPath(new URL('peer.js', import.meta.url));
const NAMED = fileURLToPath(new URL('named-peer.js', import.meta.url));
const PYTHON = process.env.PYTHON ?? 'python3';
/** Cells of a row. */
const [PROCESS, SOLVE, WARM, PEAK, RATIO, PROVEN, PROCESS_RATIO] = [3, 4, 5, 6, 7, 8, 9];

const peer = (mode: string) => `${mode}="${process.execPath}" "${PEER}" ${mode} {in} {out}`;

test('peers are run beside ours and checked, and each kind of fault is named', () => {
  const modes = ['stack', 'backwards', 'overlap', 'short', 'unnamed', 'garbage', 'silent', 'failing'];
  const only = ['--only', 'capacity/tight-40$', '--samples', '1', '--capacity', '100000000'];
  const peers = modes.flatMap(mode => ['--peer', peer(mode)]);
  const {status, stdout, stderr} = bench(['peers', '--synthetic', ...only, ...peers]);
  assert.equal(status, 0, stderr);
  const ours = cellsOf(stdout, 'tight-40', 'stowage');
  assert.equal(ours[PROCESS_RATIO], '1.00');
  for (const clock of [PROCESS, SOLVE, WARM]) assert.ok(Number(ours[clock!]) > 0, stdout);
  assert.ok(Number(ours[SOLVE!]) < Number(ours[PROCESS!]));
  const ratios = ['stack', 'backwards'].map(mode => Number(cellsOf(stdout, 'tight-40', mode)[RATIO!]));
  assert.ok(ratios[0]! > 1 && ratios[1] === ratios[0]);
  const reasons: readonly [string, RegExp][] = [
    ['overlap', /^overlap: \d+ and \d+$/],
    ['short', /^1 offsets for 40 buffers$/],
    ['unnamed', /the column offset is missing/],
    ['garbage', /^unreadable output: /],
    ['silent', /^no output$/],
    ['failing', /^exit code 3: out of ideas$/],
  ];
  for (const [mode, reason] of reasons) assert.match(cellsOf(stdout, 'tight-40', mode).at(-1)!, reason);
  assert.equal(cellsOf(stdout, 'stack', '1 of 1')[2], '1');
  assert.equal(cellsOf(stdout, 'failing', '0 of 1')[2], '0');
});

test('a peer that overruns is killed with its children; a plan above the capacity is no plan', async () => {
  const file = join(newFolder(), 'pid');
  const only = ['--synthetic', '--only', 'capacity/tight-40$', '--samples', '1', '--seconds', '0.2'];
  const peers = ['--peer', peer('hanging'), '--peer', peer('stack')];
  const {status, stdout, stderr} = bench(['peers', ...only, ...peers], {HANGING: file});
  assert.equal(status, 0, stderr);
  assert.match(cellsOf(stdout, 'tight-40', 'stack').at(-1)!, /^over-capacity: \d+$/);
  assert.match(cellsOf(stdout, 'tight-40', 'hanging').at(-1)!, /^not done after [\d.]+ s$/);
  const pid = Number(readFileSync(file, 'utf8'));
  assert.ok(await isGone(pid), `process ${pid} is still there`);
});

/** Whether a process is gone, or goes within a second. */
async function isGone(pid: number): Promise<boolean> {
  for (let i = 0; i < 20; i++) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    if (isZombie(pid)) return true;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  return false;
}

/** Dead, but nobody has asked for its exit code yet: in containers without an init process, nobody ever does. */
function isZombie(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && /\) Z /.test(readFileSync(stat, 'utf8'));
}

const noShell = process.platform === 'win32' && 'the programs of this test are shell scripts';

test('MiniMalloc and idealloc are found on the PATH; a peak without a plan is not compared', {
  skip: noShell,
}, () => {
  const folder = newFolder();
  for (const name of ['minimalloc', 'idealloc']) {
    const script = `#!/bin/sh\nexec '${process.execPath}' '${NAMED}' ${name} "$@"\n`;
    writeFileSync(join(folder, name), script, {mode: 0o755});
  }
  const only = ['--synthetic', '--only', '/tight-40$', '--samples', '1'];
  const {status, stdout, stderr} = bench(['peers', ...only, '--peer', 'minimalloc', '--peer', 'idealloc'], {
    PATH: `${folder}${delimiter}${process.env.PATH}`,
  });
  assert.equal(status, 0, stderr);
  const [within, smallest] = stdout.split(/the smallest peak\n/) as [string, string];
  assert.match(cellsOf(within, 'tight-40', 'minimalloc').at(-1)!, /^over-capacity: /);
  assert.doesNotMatch(within, /tight-40 +\d+ +idealloc/, 'idealloc takes no capacity');
  const minimalloc = cellsOf(smallest, 'tight-40', 'minimalloc');
  assert.deepEqual([minimalloc[SOLVE!], minimalloc[WARM!], minimalloc.at(-1)], ['0.01200', '–', '–']);
  assert.ok(Number(minimalloc[RATIO!]) > 1);
  const idealloc = cellsOf(smallest, 'tight-40', 'idealloc');
  assert.equal(idealloc[SOLVE!], '0.00150');
  assert.match(idealloc[PEAK!]!, /^\d+, no plan$/);
  assert.deepEqual(idealloc.slice(PROVEN), ['no', '–', '–', '–', '–']);
  assert.equal(cellsOf(stdout, 'idealloc', '0 of 1')[2], '0');
});

const hasPython = spawnSync(PYTHON, ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).status === 0;
const noPython = !hasPython && `no Python ≥ 3.9: ${PYTHON}`;

test('an adapter solves once, or again while it is told to, and reports its seconds', {
  skip: noPython,
}, () => {
  const folder = newFolder();
  const [file, out, report] = ['in.csv', 'out.csv', 'report.json'].map(name => join(folder, name));
  writeFileSync(file!, 'id,lower,upper,size,alignment\na,0,2,3,1\n"b,c",1,3,8,4\n');
  for (const [warm, least] of [
    ['0', 0],
    ['0.01', 5],
  ] as const) {
    const adapter = fileURLToPath(new URL('adapter_case.py', import.meta.url));
    const args = [adapter, 'stack', file!, out!, report!, '1', '1', '-', warm];
    const {status, stderr} = spawnSync(PYTHON, args, {
      encoding: 'utf8',
      env: {...process.env, PYTHONPATH: join(ROOT, 'bench/peers/adapters')},
    });
    assert.equal(status, 0, stderr);
    assert.equal(readFileSync(out!, 'utf8').replaceAll('\r\n', '\n'), 'id,offset\na,0\n"b,c",4\n');
    const said = JSON.parse(readFileSync(report!, 'utf8')) as {
      solve: number;
      warm: number[];
      proven: boolean;
    };
    assert.ok(said.solve > 0 && said.proven === false);
    assert.ok(said.warm.length >= least && said.warm.length <= 200 && (least > 0 || said.warm.length === 0));
  }
});

for (const name of ['omnimalloc:supermalloc', 'vela']) {
  const place = join(ROOT, 'build/peers', name.split(':')[0]!, 'complete');
  const skip = !existsSync(place) && `no environment yet: \`npm run bench -- peers --peer ${name}\` makes it`;
  test(`${name} plans a chain at its bound, on all three clocks`, {skip}, () => {
    const only = ['--synthetic', '--only', 'small/chain-12$', '--samples', '1', '--seconds', '5'];
    const {status, stdout, stderr} = bench(['peers', ...only, '--peer', name]);
    assert.equal(status, 0, stderr);
    const cells = cellsOf(stdout, 'chain-12', name);
    assert.deepEqual(cells.slice(RATIO, PROCESS_RATIO), ['1.00000', 'yes'], stdout);
    for (const clock of [PROCESS, SOLVE, WARM]) assert.ok(Number(cells[clock!]) > 0, stdout);
  });
}

test('without Python a peer is skipped with the reason', () => {
  const old = process.env.PYTHON;
  process.env.PYTHON = join(newFolder(), 'no-python');
  try {
    const made = environment('of-a-test', ['nothing==0']);
    assert.ok('reason' in made);
    assert.match(made.reason, /no-python -m venv .*` failed: .*ENOENT/);
  } finally {
    if (old === undefined) delete process.env.PYTHON;
    else process.env.PYTHON = old;
  }
});

test('names of peers: all, one package, one of its allocators', () => {
  assert.deepEqual(readyNames('vela'), ['vela']);
  assert.deepEqual(readyNames('omnimalloc:omni'), ['omnimalloc:omni']);
  assert.deepEqual(readyNames('omnimalloc:supermalloc@3'), ['omnimalloc:supermalloc@3']);
  assert.ok(readyNames('omnimalloc').length > 1);
  assert.ok(['vela', 'minimalloc', 'idealloc'].every(name => readyNames('all').includes(name)));
  for (const text of ['omni', 'vela@2', 'omnimalloc:a;b', '']) assert.deepEqual(readyNames(text), [], text);
});

const problem = toColumns({buffers: [{size: 10, start: 0, end: 1}]});
const score = (solver: string, peak: number, process: number, solve: number): Score => ({
  solver,
  peak,
  process,
  solve,
});
const compared = (scores: readonly Score[], capacity?: number): Comparison => ({
  task: {name: 'x', problem, file: '', bound: 10, ...(capacity === undefined ? {} : {capacity})},
  scores,
});

test('times are compared at one peak, or where both keep to the capacity', () => {
  const ours = [score('stowage', 10, 1, 0.5), score('stowage', 10, 1, 0.5), score('stowage', 10, 4, 0.5)];
  const theirs = [score('p', 10, 2, 1), score('p', 11, 8, 8), score('p', 10, 2, 4)];
  const pairs = ours.map((own, i) => compared([own, theirs[i]!]));
  assert.deepEqual(rowsOf(pairs[0]!)[1]!.slice(-4), ['2.00', '2.00', '–', '–']);
  assert.deepEqual(rowsOf(pairs[1]!)[1]!.slice(-4), ['–', '–', '–', '–']);
  // the first and the third: 2 ÷ 1 and 2 ÷ 4, 1 ÷ 0.5 and 4 ÷ 0.5
  assert.deepEqual(summaryOf('p', pairs), [
    ...['p', '3 of 3', '2', '4.00, 5.00', '1.00', '5.00, 1.00', '4.00', '–', '–'],
    (1.1 ** (1 / 3)).toFixed(5),
  ]);
  const within = compared([ours[1]!, theirs[1]!], 12);
  assert.deepEqual(rowsOf(within)[1]!.slice(-4), ['8.00', '16', '–', '–']);
});

test('one alignment of all buffers becomes part of their sizes, several stay', async () => {
  const folder = newFolder();
  const file = join(folder, 'x.csv');
  writeFileSync(file, 'id,lower,upper,size,alignment\n0,0,2,3,8\n1,1,3,8,8\n');
  const plain = await plainProblem({name: 'x', source: {file}});
  assert.deepEqual([...plain.size], [8, 8]);
  assert.deepEqual([...plain.alignment], [0, 0]);
  writeFileSync(file, 'id,lower,upper,size,alignment\n0,0,2,3,8\n1,1,3,8,4\n');
  const mixed = await plainProblem({name: 'x', source: {file}});
  assert.deepEqual([...mixed.size], [3, 8]);
  assert.deepEqual([...mixed.alignment], [8, 4]);
});

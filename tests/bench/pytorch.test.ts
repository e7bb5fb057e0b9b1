/** The bench of PyTorch: its figures, its cells, and its output where Python has PyTorch and where it has not. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {findAllocators} from '../../bench/pytorch/allocators.ts';
import {cellsOf, nameOf} from '../../bench/pytorch/cells.ts';
import {changeOf, percent, quantile} from '../../bench/pytorch/figures.ts';
import {has} from '../requirements.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LIMIT = 300_000;

/** P(at most k heads in n throws of a coin). */
function atMost(k: number, n: number): number {
  let term = 2 ** -n;
  let sum = term;
  for (let i = 1; i <= k; i++) {
    term *= (n - i + 1) / i;
    sum += term;
  }
  return sum;
}

test('the interval of a median leaves out no more at either end than a sign test of 95 % allows', () => {
  for (let n = 1; n <= 200; n++) {
    const {median, low, high} = changeOf(Array.from({length: n}, (_, i) => ((i * 7919) % n) + 1000));
    const outside = low - 1000;
    assert.equal(median, 1000 + (n >> 1));
    assert.equal(high, 1000 + n - 1 - outside);
    // values below the interval: the true median is there where at most so many of n are on its other side
    if (outside > 0) assert.ok(atMost(outside, n) <= 0.025, `${n} samples, ${outside} outside`);
    if (n >= 20) assert.ok(atMost(outside + 2, n) > 0.025, `${n} samples, ${outside} outside`);
  }
});

test('quantiles and signs', () => {
  assert.equal(quantile([4, 1, 3, 2], 0.99), 4);
  assert.equal(
    quantile(
      Array.from({length: 200}, (_, i) => i),
      0.99,
    ),
    198,
  );
  assert.deepEqual([-0.0612, 0, 0.1].map(percent), ['−6.1', '+0.0', '+10.0']);
});

test('the first allocator has cells that the others have not; --long has all of them', () => {
  const [first, others, long] = [
    cellsOf(true, false, false),
    cellsOf(false, false, false),
    cellsOf(false, true, false),
  ];
  assert.equal(long.length, 6 * 2 * 3);
  assert.ok(others.length < first.length && first.length < long.length);
  const names = new Set(long.map(cell => nameOf(cell, 'glibc')));
  assert.equal(names.size, long.length);
  for (const cell of [...first, ...others]) assert.ok(names.has(nameOf(cell, 'glibc')));
});

test('glibc is there on every Linux, as it is and tuned', t => {
  if (!has(t, 'linux')) return;
  const names = findAllocators().found.map(({name}) => name);
  for (const name of ['glibc', 'glibc-tuned']) assert.ok(names.includes(name));
});

test('PyTorch is measured where there is one, and the calls in C everywhere', t => {
  if (!has(t, 'cc', 'linux')) return;
  const only = ['--only', '^dlrm, .* glibc$|inference$'];
  const {status, stdout, stderr} = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'bench/main.ts', 'pytorch', '--quick', ...only],
    {cwd: ROOT, encoding: 'utf8', timeout: LIMIT},
  );
  assert.equal(status, 0, stderr);
  const rows = stdout.split('\n').map(line => line.trim().split(/ {2,}/));
  if (/nets are not measured/.test(stdout))
    assert.match(stdout, /Set PYTHON, or run `npm run test:pytorch` once/);
  else {
    const [, plan] = rows.filter(([net, batch]) => net === 'dlrm' && batch === '1');
    const [, , cells, served, outliving, larger, blocked, extra] = plan!.map(Number);
    assert.deepEqual([cells, outliving, larger, blocked, extra], [1, 1, 0, 0, 0]);
    assert.ok(served! > 0);
  }
  assert.match(stdout, /mobilenet_v2\.inference: 380 allocations, all served by the plan/);
  const pair = rows.find(([allocator, ...cells]) => allocator === 'glibc' && cells.length === 9);
  assert.ok(
    pair!.slice(1).every(cell => Number(cell) > 0),
    pair!.join(' '),
  );
});

test('a training step on the imitated device holds fewer bytes by the plan than by either of PyTorch’s allocators', t => {
  if (!has(t, 'cc', 'linux')) return;
  const {status, stdout, stderr} = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'bench/main.ts', 'pytorch-cuda', '--quick'],
    {cwd: ROOT, encoding: 'utf8', timeout: LIMIT},
  );
  assert.equal(status, 0, stderr);
  if (/not measured/.test(stdout)) {
    assert.match(stdout, /Set PYTHON, or run `npm run test:pytorch` once/);
    return;
  }
  const row = stdout.split('\n').find(line => line.startsWith('squeezenet1_1, batch 2'));
  const [, allocations, served, arena, , plan, caching, expandable] = row!.split(/ {2,}/);
  assert.equal(served, `${4 * Number(allocations)} of ${4 * Number(allocations)}`);
  assert.ok(Number(arena) < Number(plan));
  assert.ok(Number(plan) < Number(caching) && Number(plan) < Number(expandable), row);
});

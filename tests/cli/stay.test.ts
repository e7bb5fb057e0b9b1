/** `plan --previous`, `--peak-slack` and `--hold`, and sizes that change, as a user runs them. */
import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {Ajv2020} from 'ajv/dist/2020.js';
import type {PlanReportJson} from '../../bindings/cli/text/plan.ts';
import {newFolder, stowage} from './stowage.ts';

const BEFORE = 'id,lower,upper,size\nx,0,3,8192\ny,2,5,4096\nz,4,7,4096\n';
const AFTER = 'id,lower,upper,size\nx,0,3,6144\ny,2,5,4096\nnew,4,6,2048\nz,4,7,4096\n';

function folder(): string {
  const cwd = newFolder();
  writeFileSync(join(cwd, 'before.csv'), BEFORE);
  writeFileSync(join(cwd, 'after.csv'), AFTER);
  assert.equal(stowage(['plan', 'before.csv', '-o', 'plan.csv'], {cwd}).status, 0);
  return cwd;
}

test('--previous moves what it must, less with a slack, and --json says so', () => {
  const cwd = folder();
  const schema = JSON.parse(readFileSync(new URL('../../docs/plan.schema.json', import.meta.url), 'utf8'));
  const isValid = new Ajv2020({strict: false}).compile<unknown>(schema);
  const replanOf = (...options: string[]) => {
    const run = stowage(['plan', 'after.csv', '--previous', 'plan.csv', '--json', ...options], {cwd});
    assert.equal(run.stderr, '');
    const plan: PlanReportJson = JSON.parse(run.stdout);
    assert.ok(isValid(plan), JSON.stringify(isValid.errors));
    const {allowedPeak, moved, movedAtLeast, isProven} = plan.replan!;
    return [plan.peak! <= allowedPeak, allowedPeak, moved.bytes, movedAtLeast, isProven];
  };
  assert.deepEqual(replanOf(), [true, 10240, 4096, 4096, true]);
  assert.deepEqual(replanOf('--peak-slack', '2KiB'), [true, 12288, 0, 0, true]);
  assert.deepEqual(replanOf('--peak-slack', '20%'), [true, 12288, 0, 0, true]);
  assert.deepEqual(replanOf('--peak-slack', '2KiB', '--capacity', '11KiB'), [true, 11264, 4096, 4096, true]);
});

test('the plan that is written is the one that moves little', () => {
  const cwd = folder();
  const run = stowage(
    ['plan', 'after.csv', '--previous', 'plan.csv', '--peak-slack', '2KiB', '-o', 'new.csv'],
    {cwd},
  );
  assert.match(run.stdout, /^moved {8}0 B in 0 buffers, of 14,336 B \(14\.0 KiB\) in 3 buffers/m);
  assert.match(readFileSync(join(cwd, 'new.csv'), 'utf8'), /^y,2,5,4096,1,8192$/m);
  assert.equal(stowage(['verify', 'after.csv', 'new.csv'], {cwd}).status, 0);
});

test('what an earlier plan must be', () => {
  const cwd = folder();
  writeFileSync(join(cwd, 'plan.json'), stowage(['plan', 'before.csv', '--json'], {cwd}).stdout);
  const errorOf = (...options: string[]) => {
    const {status, stderr} = stowage(['plan', 'after.csv', ...options], {cwd});
    return `${status} ${stderr}`;
  };
  assert.match(errorOf('--peak-slack', '1%'), /^2 .*--peak-slack needs an earlier plan: add --previous FILE/);
  assert.match(errorOf('--previous', 'none.csv'), /^3 .*none\.csv: no such file/);
  assert.match(errorOf('--previous', 'plan.csv', '--peak-slack', 'much'), /^2 .*such as 1% or 64KiB/);
  assert.match(
    errorOf('--previous', 'plan.json'),
    /^2 .*--previous plan\.json: the plan has 3 offsets without names, the problem 4 buffers: write the earlier plan as CSV/,
  );
});

test('--hold keeps bytes for so many ticks, also where the plan is verified', () => {
  const cwd = newFolder();
  writeFileSync(join(cwd, 'a.csv'), 'id,lower,upper,size\na,0,3,4096\nb,4,6,4096\n');
  assert.match(stowage(['plan', 'a.csv', '--hold', '1', '-o', 'a1.csv'], {cwd}).stdout, /^peak {9}4,096 B/m);
  assert.match(stowage(['plan', 'a.csv', '--hold', '2'], {cwd}).stdout, /^peak {9}8,192 B/m);
  assert.equal(stowage(['verify', 'a.csv', 'a1.csv', '--hold', '1'], {cwd}).status, 0);
  assert.notEqual(stowage(['verify', 'a.csv', 'a1.csv', '--hold', '2'], {cwd}).status, 0);
});

test('a CSV with windows of bytes becomes JSON with sizes and back', () => {
  const cwd = newFolder();
  writeFileSync(
    join(cwd, 'a.csv'),
    'id,lower,upper,size,gaps\na,0,8,4096,2-4@0:1024 4-6@3072:4096\nb,2,4,3072,\n',
  );
  assert.equal(stowage(['convert', 'a.csv', '-o', 'a.json'], {cwd}).status, 0);
  assert.match(
    readFileSync(join(cwd, 'a.json'), 'utf8'),
    /"sizes":\[\[2,1024\],\[4,3072,4096\],\[6,4096\]\]/,
  );
  assert.equal(stowage(['convert', 'a.json', '-o', 'b.csv'], {cwd}).status, 0);
  assert.equal(readFileSync(join(cwd, 'b.csv'), 'utf8'), readFileSync(join(cwd, 'a.csv'), 'utf8'));
  assert.match(stowage(['plan', 'a.json'], {cwd}).stdout, /^peak {9}4,096 B \(4\.0 KiB\), optimal/m);
});

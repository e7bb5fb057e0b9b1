/** The shares of a batch: every file is in one, they are balanced, and the environment says which one this is. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import type {ListedFile} from '../../bindings/cli/batch/files.ts';
import {filesOfShare, parseShare, shareOfEnvironment} from '../../bindings/cli/batch/shares.ts';

const file = (name: string, bytes: number | null): ListedFile => ({name, place: name, bytes});
const namesOf = (files: readonly ListedFile[], share: number, shares: number): string[] =>
  filesOfShare(files, {share, shares, source: ''}).map(({name}) => name);

test('the largest file first, to the share that has least', () => {
  const files = [file('a', 7), file('b', 5), file('c', 4), file('d', 3), file('e', 1)];
  assert.deepEqual(namesOf(files, 1, 2), ['a', 'd']);
  assert.deepEqual(namesOf(files, 2, 2), ['b', 'c', 'e']);
  assert.deepEqual(namesOf(files, 6, 6), []);
});

test('files of unknown size are shared by their number', () => {
  const files = ['a', 'b', 'c', 'd'].map(name => file(name, null));
  assert.deepEqual(
    [namesOf(files, 1, 2), namesOf(files, 2, 2)],
    [
      ['a', 'c'],
      ['b', 'd'],
    ],
  );
});

test('every file is in one share, whatever the order of the list, and none has more than its part and one file', () => {
  const sizes = fc.array(fc.nat(1000), {maxLength: 60});
  fc.assert(
    fc.property(sizes, fc.integer({min: 1, max: 9}), fc.nat(), (bytes, shares, turn) => {
      const files = bytes.map((size, i) => file(`f${String(i).padStart(2, '0')}`, size));
      const turned = files.map((_, i) => files[(i + turn) % files.length]!);
      const all = Array.from({length: shares}, (_, k) => namesOf(files, k + 1, shares));
      assert.deepEqual(
        all.flat().sort(),
        files.map(({name}) => name),
      );
      all.forEach((own, k) => {
        assert.deepEqual(namesOf(turned, k + 1, shares).sort(), own);
        const sum = own.reduce((total, name) => total + files[Number(name.slice(1))]!.bytes!, 0);
        const part = bytes.reduce((total, size) => total + size, 0) / shares;
        assert.ok(sum <= part + Math.max(0, ...bytes));
      });
    }),
    {seed: 18},
  );
});

test('--shard takes I/N', () => {
  assert.deepEqual(parseShare('3/16'), {share: 3, shares: 16, source: ''});
  for (const text of ['0/4', '5/4', '3', '1/0', '-1/2', '1/2/3', '1.5/2'])
    assert.equal(parseShare(text), undefined, text);
});

test('an array of Slurm is a share, also one that does not begin at 0, or has a step', () => {
  const env = (ID: number, MIN: number, MAX: number, COUNT: number, STEP?: number) => ({
    SLURM_ARRAY_TASK_ID: `${ID}`,
    SLURM_ARRAY_TASK_MIN: `${MIN}`,
    SLURM_ARRAY_TASK_MAX: `${MAX}`,
    SLURM_ARRAY_TASK_COUNT: `${COUNT}`,
    ...(STEP === undefined ? {} : {SLURM_ARRAY_TASK_STEP: `${STEP}`}),
  });
  const source = 'SLURM_ARRAY_TASK_ID';
  assert.deepEqual(shareOfEnvironment(undefined, env(0, 0, 15, 16)), {share: 1, shares: 16, source});
  assert.deepEqual(shareOfEnvironment(16, env(20, 5, 20, 16)), {share: 16, shares: 16, source});
  assert.deepEqual(shareOfEnvironment(undefined, env(6, 2, 8, 4, 2)), {share: 3, shares: 4, source});
  assert.throws(() => shareOfEnvironment(undefined, env(9, 1, 9, 3)), {
    message: 'SLURM_ARRAY_TASK_ID is 9, and the array is no row of numbers such as 0-15: use --shard I/N',
    exitCode: 2,
  });
  assert.throws(() => shareOfEnvironment(8, env(0, 0, 15, 16)), {
    message: '--shards 8: the array of Slurm has 16 tasks (SLURM_ARRAY_TASK_COUNT)',
  });
});

test('an Indexed Job is a share of --shards', () => {
  const env = {JOB_COMPLETION_INDEX: '7'};
  assert.deepEqual(shareOfEnvironment(8, env), {share: 8, shares: 8, source: 'JOB_COMPLETION_INDEX'});
  assert.throws(() => shareOfEnvironment(undefined, env), {
    message: 'JOB_COMPLETION_INDEX is set, and the number of completions is not known: add --shards N',
  });
  assert.throws(() => shareOfEnvironment(7, env), {
    message: 'JOB_COMPLETION_INDEX: expected a share from 1 to 7, got 8',
  });
});

test('elsewhere there is one share, and --shards says that a number is missing', () => {
  assert.equal(shareOfEnvironment(undefined, {}), undefined);
  assert.throws(() => shareOfEnvironment(4, {}), {
    message:
      '--shards: expected SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX in the environment: use --shard I/N',
  });
});

/** Files of a batch folder: what is as written is read, and everything else is an error that names file and field. */
import assert from 'node:assert/strict';
import {mkdir, readdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {test} from 'node:test';
import fc from 'fast-check';
import {FolderStore} from '../../bindings/cli/batch/folder-store.ts';
import {readBatch} from '../../bindings/cli/batch/read-batch.ts';
import {ImportError} from '../../bindings/model/errors.ts';
import {mergeRun} from '../../bindings/ranks/merge.ts';
import {parseFile, parseResult, parseRun, parseShare} from '../../bindings/ranks/read.ts';
import {newFolder} from '../cli/stowage.ts';
import {writeFolder} from './folders.ts';
import {fileOf, folderOf, type Planted, resultOf, shareOf} from './results.ts';

const RANK: Planted = {
  name: 'rank0.pickle',
  request: 10,
  verdict: 'unknown',
  settings: [{allocator: 'a', reserved: 1, failed: 0, served: 1}],
};

test('what was written is read as it was', () => {
  for (const planted of [RANK, {...RANK, isProblem: true}, {...RANK, failure: 'gone'}]) {
    const result = resultOf(planted);
    assert.deepEqual(parseResult(JSON.stringify(result), 'r'), result);
  }
  assert.deepEqual(parseFile(JSON.stringify(fileOf(RANK)), 'f'), fileOf(RANK));
  assert.deepEqual(parseShare(JSON.stringify(shareOf(['a'])), 's'), shareOf(['a']));
  const run = mergeRun(folderOf([RANK, {name: 'rank1', peak: 5, liveAfter: [1, 2, 3]}]));
  assert.deepEqual(parseRun(JSON.stringify(run), 'run.json'), run);
});

/** A copy in which the field at the path has another value; undefined takes it away. */
function changed<T extends object>(value: T, path: readonly (string | number)[], to: unknown): string {
  const copy = structuredClone(value);
  let at = copy as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
  if (to === undefined) delete at[path.at(-1)!];
  else at[path.at(-1)!] = to;
  return JSON.stringify(copy);
}

const WRONG: readonly [path: readonly (string | number)[], to: unknown, message: string][] = [
  [['schema'], 'stowage.plan/1', 'schema: expected "stowage.result/1", got "stowage.plan/1"'],
  [['schema'], undefined, 'schema: expected "stowage.result/1", got nothing'],
  [['content', 'sha256'], 'ff', 'content.sha256: expected a SHA-256 in hexadecimal, got "ff"'],
  [['figures', 0, 'peak'], -1, 'figures[0].peak: expected bytes or a text, got -1'],
  [
    ['figures', 0, 'evidence', 'scope', 'kind'],
    'all',
    'figures[0].evidence.scope.kind: expected "problem" or',
  ],
  [['recording', 'peak', 'bytes'], 1.5, 'recording.peak.bytes: expected an integer from 0, got 1.5'],
  [
    ['recording', 'structure', 'sites', 1],
    null,
    'recording.structure.sites[1]: expected an object, got null',
  ],
  [['recording', 'operations'], {}, 'recording.operations: expected a list, got {}'],
  [
    ['recording', 'iterations', 'liveAfter'],
    Array(65).fill(1),
    'recording.iterations.liveAfter: expected at most 64 values',
  ],
  [['recording', 'outOfMemory', 'verdict'], 'maybe', 'recording.outOfMemory.verdict: expected "capacity" or'],
  [['warnings', 0], 1, 'warnings[0]: expected a text, got 1'],
];

test('a field that is not as the contract says is named', () => {
  for (const [path, to, message] of WRONG) {
    assert.throws(
      () => parseResult(changed(resultOf(RANK), path, to), 'results/ab.json'),
      (error: Error) =>
        error instanceof ImportError && error.message.startsWith(`results/ab.json: ${message}`),
      message,
    );
  }
});

test('JSON that is cut short, empty, foreign or no object is an error', () => {
  const whole = JSON.stringify(resultOf(RANK));
  for (const [content, message] of [
    ['', 'the file is empty'],
    [whole.slice(0, -1), 'the file is damaged or cut short'],
    ['null', 'the content: expected an object, got null'],
    ['[]', 'the content: expected an object, got []'],
    ['['.repeat(100_000), 'the file is damaged or cut short'],
    [`${'['.repeat(50_000)}${']'.repeat(50_000)}`, 'the content: expected an object'],
  ]) {
    assert.throws(
      () => parseResult(content!, 'r.json'),
      (error: Error) => error.message.startsWith(`r.json: ${message}`),
      message,
    );
  }
});

test('a share outside its number of shares, and more shares than anybody has, are refused', () => {
  assert.throws(
    () => parseShare(JSON.stringify(shareOf([], 3, 2)), 's'),
    /s: share: expected at most 2, got 3/,
  );
  assert.throws(
    () => parseShare(JSON.stringify(shareOf([], 1, 2 ** 50)), 's'),
    /s: shares: expected an integer from 1/,
  );
});

test('a run whose groups name ranks that it does not have is refused', () => {
  const run = mergeRun(folderOf([RANK]));
  assert.throws(
    () => parseRun(changed(run, ['groups', 0, 'members', 0], 1), 'r'),
    /names a rank that the run does not have/,
  );
  assert.throws(
    () => parseRun(changed(run, ['ranks', 0, 'group'], 1), 'r'),
    /names a rank that the run does not have/,
  );
});

/** Every value of a document, by its path. */
function* pathsOf(value: unknown, path: readonly (string | number)[] = []): Generator<(string | number)[]> {
  if (path.length > 0) yield [...path];
  if (typeof value !== 'object' || value === null) return;
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
  for (const key of keys) yield* pathsOf((value as Record<string | number, unknown>)[key], [...path, key]);
}

test('whatever one field becomes, the result is read and merged, or refused by an error of ours', () => {
  const result = resultOf(RANK);
  const paths = [...pathsOf(result)];
  fc.assert(
    fc.property(fc.constantFrom(...paths), fc.jsonValue({maxDepth: 2}), (path, to) => {
      const file = fileOf(RANK);
      try {
        const read = parseResult(changed(result, path, to), 'r');
        mergeRun({...folderOf([RANK]), results: new Map([[file.key!, read]])});
      } catch (error) {
        assert.ok(error instanceof ImportError, String(error));
      }
    }),
    {numRuns: 500},
  );
});

const THREE: readonly Planted[] = [{name: 'rank0.pickle'}, {name: 'rank1.pickle'}, {name: 'rank2.pickle'}];

test('a folder is read whole', async () => {
  const folder = newFolder();
  await writeFolder(folder, THREE);
  const {damage, files, results, shares} = await readBatch(new FolderStore(folder));
  assert.deepEqual([damage, files.length, results.size, shares.length], [[], 3, 3, 1]);
});

test('damage in a folder is named, and all the rest is a run', async () => {
  const folder = newFolder();
  await writeFolder(folder, THREE);
  const [first, second] = await readdir(join(folder, 'results'));
  const [entry] = await readdir(join(folder, 'files'));
  const content = await readFile(join(folder, 'results', first!));
  await writeFile(join(folder, 'results', first!), content.subarray(0, 100));
  await rm(join(folder, 'results', second!));
  await rename(join(folder, 'files', entry!), join(folder, 'files', 'other.json'));
  await mkdir(join(folder, 'shares', 'folder'));
  await writeFile(join(folder, 'shares', 'notes.txt'), 'ours');
  await writeFile(join(folder, 'shares', '.nfs0001'), '');
  const batch = await readBatch(new FolderStore(folder));
  assert.deepEqual([batch.files.length, batch.shares.length], [2, 1]);
  const damage = [
    `${folder}/files/other.json: its name is not that of its content: it was renamed or changed`,
    `${folder}/results/${first}: the file is damaged or cut short: it is not one whole JSON value`,
    `${folder}/shares/notes.txt: the file is damaged or cut short: it is not one whole JSON value`,
  ];
  // the entry that was renamed may be that of the damaged result, which then nobody asks for
  assert.deepEqual(
    batch.damage.filter(line => !line.includes('/results/')),
    damage.filter(line => !line.includes('/results/')),
  );
  assert.ok(batch.damage.every(line => damage.includes(line)));
  const {missing} = mergeRun(batch);
  assert.equal(
    missing.files.length,
    3 - batch.results.size,
    'an entry, a result and a damaged result are lacking',
  );
});

test('a folder that is none of a batch is refused', async () => {
  await assert.rejects(
    readBatch(new FolderStore(newFolder())),
    /no batch folder: it has neither shares nor files; stowage batch PATH… --out .* makes one/,
  );
});

/** The files of a batch: which are found, and by which names. */
import assert from 'node:assert/strict';
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {listFiles, nameOf} from '../../bindings/cli/batch/files.ts';
import {readManifest} from '../../bindings/cli/batch/manifest.ts';
import {newFolder} from '../cli/stowage.ts';

function tree(files: Readonly<Record<string, number>>): string {
  const root = newFolder();
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), {recursive: true});
    writeFileSync(join(root, name), 'x'.repeat(bytes));
  }
  return root;
}

test('a folder is searched for recordings, and the other files are reported', async () => {
  const root = tree({
    'run/rank1.pickle': 3,
    'run/rank0.pickle.gz': 2,
    'run/deep/er/rank2.json.zst': 1,
    'run/notes.md': 9,
    'run/README.txt': 9,
    'run/core.123': 9,
  });
  const {files, leftOut} = await listFiles([join(root, 'run')], [], root, 'out');
  assert.deepEqual(
    files.map(({name, bytes}) => [name, bytes]),
    [
      ['run/deep/er/rank2.json.zst', 1],
      ['run/rank0.pickle.gz', 2],
      ['run/rank1.pickle', 3],
    ],
  );
  assert.deepEqual(
    leftOut,
    ['README.txt', 'core.123', 'notes.md'].map(name => join(root, 'run', name)),
  );
});

test('a file that is named is taken whatever its ending, and each file once', async () => {
  const root = tree({'a.bin': 1, 'b.pickle': 1});
  const paths = [join(root, 'a.bin'), join(root, '*.pickle'), root, join(root, 'b.pickle')];
  const {files} = await listFiles(paths, [], root, 'out');
  assert.deepEqual(
    files.map(({name}) => name),
    ['a.bin', 'b.pickle'],
  );
});

test('the folder of the results is left out, and one whose name begins alike is not', async () => {
  const root = tree({'out/results/1.json': 1, 'out2/a.json': 1, 'b.json': 1});
  const {files, leftOut} = await listFiles([root], [], root, join(root, 'out'));
  assert.deepEqual(
    files.map(({name}) => name),
    ['b.json', 'out2/a.json'],
  );
  assert.deepEqual(leftOut, []);
});

test('links to folders are not followed: they may be circles', async () => {
  const root = tree({'run/a.json': 1});
  symlinkSync('..', join(root, 'run', 'up'));
  const {files} = await listFiles([join(root, 'run')], [], root, 'out');
  assert.deepEqual(
    files.map(({name}) => name),
    ['run/a.json'],
  );
});

test('names are below the root; a file elsewhere has its path, and a URL is a name', () => {
  assert.equal(nameOf('/data/run/rank1.pickle', '/data'), 'run/rank1.pickle');
  assert.equal(nameOf('/data/run/../rank1.pickle', '/data'), 'rank1.pickle');
  assert.equal(nameOf('/other/rank1.pickle', '/data'), '/other/rank1.pickle');
  assert.equal(nameOf('/data2/rank1.pickle', '/data'), '/data2/rank1.pickle');
  assert.equal(nameOf('/data/..a/rank1.pickle', '/data'), '..a/rank1.pickle');
  assert.equal(nameOf('https://host/rank1.pickle', '/data'), 'https://host/rank1.pickle');
});

test('a path and a glob that match nothing are errors', async () => {
  await assert.rejects(listFiles(['no/such.pickle'], [], '.', 'out'), {
    message: 'no/such.pickle: no such file',
    exitCode: 3,
  });
  await assert.rejects(listFiles(['no/*.pickle'], [], '.', 'out'), {
    message: 'no/*.pickle: no file matches',
    exitCode: 3,
  });
});

test('a manifest adds rank, group and options, below the root', async () => {
  const root = tree({'a.pickle': 4});
  const text =
    '{"file":"a.pickle","rank":7,"group":"stage 0","options":{"device":"cuda:1"}}\n\n{"file":"gone.pickle"}\n';
  const {files} = await listFiles([root], readManifest('m', text), root, 'out');
  assert.deepEqual(files, [
    {
      name: 'a.pickle',
      place: join(root, 'a.pickle'),
      rank: 7,
      group: 'stage 0',
      options: {device: 'cuda:1'},
      bytes: 4,
    },
    {name: 'gone.pickle', place: join(root, 'gone.pickle'), bytes: null},
  ]);
});

for (const [line, message] of [
  ['{', /^m:2: is not JSON: /],
  ['[]', 'm:2: expected an object with "file", got []'],
  ['{"file":3}', 'm:2: file: expected a path or a URL, got 3'],
  ['{"file":"a","rank":-1}', 'm:2: rank: expected a whole number, got -1'],
  ['{"file":"a","rank":"3"}', 'm:2: rank: expected a whole number, got "3"'],
  ['{"file":"a","group":""}', 'm:2: group: expected a text, got ""'],
  ['{"file":"a","name":"b"}', 'm:2: unknown field "name": expected file, rank, group or options'],
  ['{"file":"a","options":[]}', 'm:2: options: expected an object, got []'],
  ['{"file":"a","options":{"seed":1.5}}', 'm:2: options.seed: expected a whole number, got 1.5'],
  ['{"file":"a","options":{"alignment":3}}', 'm:2: options.alignment: expected a power of two, got 3'],
  [
    '{"file":"a","options":{"dim":{"n":"4"}}}',
    'm:2: options.dim: expected an object of whole numbers, got {"n":"4"}',
  ],
  ['{"file":"a","options":{"__proto__":1}}', /^m:2: options: unknown "__proto__": expected device, /],
] as const) {
  test(`a line of a manifest that is refused: ${line}`, () => {
    assert.throws(() => readManifest('m', `{"file":"first"}\n${line}\n`), {message, exitCode: 3});
  });
}

test('a manifest without files is refused', () => {
  assert.throws(() => readManifest('m', '\n \n'), {message: 'm: the manifest names no file'});
});

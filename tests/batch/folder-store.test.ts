/** The folder of a batch as a store. */
import assert from 'node:assert/strict';
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {FolderStore} from '../../bindings/cli/batch/folder-store.ts';
import {newFolder} from '../cli/stowage.ts';

const bytes = (text: string) => new Uint8Array(Buffer.from(text));

test('a folder that was deleted under way is made again', async () => {
  const folder = join(newFolder(), 'out');
  const store = new FolderStore(folder);
  await store.prepare();
  await store.write('results/a.json', bytes('1'));
  rmSync(folder, {recursive: true});
  await store.write('results/b.json', bytes('2'));
  assert.deepEqual(await store.list('results'), ['b.json']);
  assert.deepEqual(await store.read('results/b.json'), Buffer.from('2'));
});

test('where there is a file in place of a folder, the error names it', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'out'), '');
  await assert.rejects(new FolderStore(join(folder, 'out')).prepare(), /out/);
  mkdirSync(join(folder, 'results.json'));
  assert.equal(await new FolderStore(folder).has('results.json'), false);
});

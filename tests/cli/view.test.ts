/** `stowage view` against requests that are no requests of its page. */
import assert from 'node:assert/strict';
import {renameSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {startView, type ViewServer} from '../campaign/page/server.ts';
import {has} from '../requirements.ts';
import {newFolder} from './stowage.ts';

const SHOWN = 'id,lower,upper,size\na,0,1,4\n';

let view: ViewServer;
let folder: string;

before(async () => {
  folder = newFolder();
  writeFileSync(join(folder, 'shown.csv'), SHOWN);
  view = await startView(join(folder, 'shown.csv'));
});
after(() => view.close());

const get = (target: string) =>
  view.send(`GET ${target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n`);

test('a target that is no address ends no server', async () => {
  for (const target of ['//', '///', '/\\', 'http://a:99999/', 'http://[', '*', '/%', '?', '//{token}/']) {
    const answer = await get(target);
    assert.match(answer, /^HTTP\/1\.1 4\d\d /, target);
    assert.equal(view.ended(), undefined, target);
  }
  assert.match(await get('/{token}/'), /^HTTP\/1\.1 200 /);
});

test('a path below the token names the page, a file by its number, or nothing', async () => {
  assert.match(await get('/{token}/files/0'), /^HTTP\/1\.1 200 [\s\S]*\r\n\r\n[\s\S]*a,0,1,4/);
  for (const path of [
    'files/',
    'files/1',
    'files/0x0',
    'files/-0',
    'files/00/',
    '../x',
    '%2e%2e/package.json',
    '/',
  ])
    assert.match(await get(`/{token}/${path}`), /^HTTP\/1\.1 404 /, path);
});

test('a file that is replaced after the start is not shown in its place, nor is what a changed link leads to', async context => {
  if (!has(context, 'posix')) return;
  const cwd = newFolder();
  writeFileSync(join(cwd, 'shown.csv'), SHOWN);
  writeFileSync(join(cwd, 'secret'), 'secret');
  symlinkSync('shown.csv', join(cwd, 'link.csv'));
  const other = await startView(join(cwd, 'link.csv'));
  try {
    symlinkSync('secret', join(cwd, 'new'));
    renameSync(join(cwd, 'new'), join(cwd, 'link.csv'));
    for (let i = 0; i < 3; i++) {
      const answer = await other.send(
        'GET /{token}/files/0 HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n',
      );
      assert.match(answer, /a,0,1,4/);
    }
  } finally {
    other.close();
  }
});

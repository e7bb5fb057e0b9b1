/** Who uses no queue and no bucket installs no package for them, and who does is told which. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {cpSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {newFolder} from '../cli/stowage.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

test('a missing package is an error that says what to install', () => {
  const folder = newFolder();
  cpSync(join(ROOT, 'dist', 'cli'), join(folder, 'dist', 'cli'), {
    recursive: true,
    filter: path => !/\.(d\.ts|map)$/.test(path),
  });
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  const cases = {
    'worker --queue redis://h':
      'a queue on Redis needs packages that are not installed: npm install bullmq ioredis',
    'worker --queue postgres://h/x':
      'a queue on PostgreSQL needs packages that are not installed: npm install bullmq pg',
    'merge s3://bucket/run': 'a bucket needs a package that is not installed: npm install @aws-sdk/client-s3',
  };
  for (const [args, message] of Object.entries(cases)) {
    const main = join(folder, 'dist', 'cli', 'main.js');
    const {status, stderr} = spawnSync(process.execPath, [main, ...args.split(' ')], {encoding: 'utf8'});
    assert.deepEqual([status, stderr], [2, `stowage: ${message}\n`]);
  }
});

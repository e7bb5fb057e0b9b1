/** Files of a batch that are bad, too large, or change under way: each fails alone, and the next run does what is there. */
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {gzipSync} from 'node:zlib';
import type {BatchResult} from '../../bindings/ranks/result.ts';
import {ranksOf, snapshotOf} from '../../tools/simulate/ranks.ts';
import {BOMBS} from '../campaign/inputs/bombs.ts';
import {newFolder} from '../cli/stowage.ts';
import {seeded} from '../random.ts';
import {contentsOf, namesIn, smallSnapshot, start} from './runs.ts';

/** The exit code where a file could not be read. */
const UNREADABLE = 3;

const batch = (out: string) => ['batch', 'run', '--out', out, '--jobs', '2'];

test('garbage, cut files and bombs fail alone, in each run with the same result', async () => {
  const folder = join(newFolder(), 'run');
  mkdirSync(folder);
  const whole = smallSnapshot(1);
  const write = (name: string, bytes: Uint8Array) => writeFileSync(join(folder, name), bytes);
  write('good_rank0.pickle', smallSnapshot(0));
  write('cut_rank1.pickle', whole.subarray(0, whole.length >> 1));
  write('empty_rank2.pickle', new Uint8Array());
  write(
    'noise_rank3.pickle',
    Uint8Array.from({length: 5000}, (_, i) => (i * 7919) >> 3),
  );
  write(
    'bomb_rank4.pickle',
    Buffer.concat([...BOMBS['pickle frames']!.make(1 << 14)].map(one => Buffer.from(one))),
  );
  write('bomb_rank5.pickle.gz', gzipSync(new Uint8Array(64 << 20)));
  write('good_rank6.pickle', whole);
  const out = join(newFolder(), 'out');
  const first = await start(batch(out), dirname(folder)).ended;
  assert.equal(first.code, UNREADABLE, first.stderr);
  const contents = contentsOf(out);
  const failures = [...contents]
    .filter(([name]) => name.startsWith('results/'))
    .map(([, text]) => (JSON.parse(text) as BatchResult).failure)
    .filter(failure => failure !== null);
  assert.equal(failures.length, 5);
  for (const {message, exitCode} of failures) {
    assert.equal(exitCode, UNREADABLE);
    assert.doesNotMatch(message, /_rank\d/, 'a result depends on the content, not on the name');
  }
  const again = await start(batch(out), dirname(folder)).ended;
  assert.equal(again.code, UNREADABLE);
  assert.deepEqual(contentsOf(out), contents);
});

test('a process that runs out of memory fails its file alone; with more memory, the same command goes on', async () => {
  const folder = join(newFolder(), 'run');
  mkdirSync(folder);
  // it needs more than 16 MB, the others less than 8
  const shape = {ranks: 1, groups: 1, outliers: 0, megabytes: 24, seed: 1};
  writeFileSync(join(folder, 'large_rank0.pickle'), snapshotOf(shape, ranksOf(shape)[0]!));
  for (const rank of [1, 2, 3]) writeFileSync(join(folder, `rank${rank}.pickle`), smallSnapshot(rank));
  const out = join(newFolder(), 'out');
  const {code, stdout, stderr} = await start(batch(out), dirname(folder), {
    NODE_OPTIONS: '--max-old-space-size=14',
  }).ended;
  assert.equal(code, UNREADABLE, stderr);
  assert.match(stdout, /failed +run\/large_rank0\.pickle: the process that analysed it ended .*memory/);
  assert.equal(namesIn(join(out, 'results')).length, 3);
  assert.equal((await start(batch(out), dirname(folder)).ended).code, 0);
  assert.equal(namesIn(join(out, 'results')).length, 4);
  assert.equal(namesIn(join(out, 'files')).length, 4);
});

test('a file that is gone or another one under way has no result of two contents, and the next run does what is there', async () => {
  const folder = join(newFolder(), 'run');
  mkdirSync(folder);
  const place = (rank: number) => join(folder, `snapshot_rank${rank}.pickle`);
  const random = seeded(3);
  const contents = new Map<string, number>();
  for (let rank = 0; rank < 40; rank++) {
    for (const variant of [rank, rank + 100]) contents.set(sha256(smallSnapshot(variant)), variant);
    writeFileSync(place(rank), smallSnapshot(rank));
  }
  const out = join(newFolder(), 'out');
  const {ended} = start(batch(out), dirname(folder));
  const changed = new Set<number>();
  while (namesIn(join(out, 'files')).length < 5) await sleep(5);
  for (let i = 0; i < 10; i++) {
    const rank = random(40);
    changed.add(rank);
    // half of them disappear
    if (i % 2 === 0) rmSync(place(rank), {force: true});
    else writeFileSync(place(rank), smallSnapshot(rank + 100));
    await sleep(random(30));
  }
  const {code, stderr} = await ended;
  assert.ok(code === 0 || code === UNREADABLE, stderr);
  for (let rank = 0; rank < 40; rank++)
    if (!existsSync(place(rank))) writeFileSync(place(rank), smallSnapshot(rank));
  const next = await start(batch(out), dirname(folder)).ended;
  assert.equal(next.code, 0, next.stderr);
  // each result is that of its content, alone in a folder of its own
  const alone = join(newFolder(), 'out');
  assert.equal((await start(batch(alone), dirname(folder)).ended).code, 0);
  const all = contentsOf(out);
  for (const [name, text] of contentsOf(alone)) assert.equal(all.get(name), text, name);
  for (const [name, text] of all) {
    if (!name.startsWith('results/')) continue;
    const {content} = JSON.parse(text) as BatchResult;
    assert.ok(contents.has(content.sha256), 'a content that never was');
  }
  assert.ok(changed.size > 0);
});

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

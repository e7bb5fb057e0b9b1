/**
 * A batch that is killed, interrupted, run twice at once, out of disk, or cut into shares: nothing is lost, nothing is there
 * twice, and the folder has the bytes of an undisturbed run. `KILLS=100` kills more often, `KILLS_SEED=7` at other moments.
 */
import assert from 'node:assert/strict';
import {existsSync, readdirSync, rmSync} from 'node:fs';
import {constants} from 'node:os';
import {dirname, join} from 'node:path';
import {test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import type {BatchFile} from '../../bindings/ranks/result.ts';
import {newFolder} from '../cli/stowage.ts';
import {seeded} from '../random.ts';
import {has} from '../requirements.ts';
import {contentsOf, descendantsOf, type Ended, faultShim, makeFiles, namesIn, start} from './runs.ts';

const FILES = 60;
const KILLS = Number(process.env.KILLS ?? 3);
const SEED = Number(process.env.KILLS_SEED ?? 1);

const run = makeFiles(FILES - 4, 4);
const cwd = dirname(run);
const batch = (out: string, ...more: readonly string[]) => [
  'batch',
  'run',
  '--out',
  out,
  '--jobs',
  '2',
  ...more,
];

const reference = join(newFolder(), 'out');
const undisturbed = await start(batch(reference), cwd).ended;
const expected = contentsOf(reference);

/** What is there is whole, and as it would be undisturbed; shares aside, since they are cut otherwise. */
function checkPart(out: string): void {
  for (const [name, text] of contentsOf(out)) assert.equal(text, expected.get(name), name);
}

function checkWhole(out: string): void {
  assert.deepEqual(contentsOf(out), expected);
}

async function finish(out: string): Promise<Ended> {
  const ended = await start(batch(out), cwd).ended;
  assert.equal(ended.code, 0, ended.stderr);
  checkWhole(out);
  return ended;
}

test('an undisturbed run has an entry and a result for each file, and leaves nothing else', () => {
  assert.equal(undisturbed.code, 0, undisturbed.stderr);
  for (const folder of ['results', 'files'])
    assert.equal(namesIn(join(reference, folder)).length, FILES, folder);
  assert.deepEqual(namesIn(join(reference, 'shares')), ['1-of-1.json']);
  assert.deepEqual(namesIn(join(reference, 'temporary')), []);
});

/** Starts the batch; when so many more files are done, and some milliseconds later, `act` is called with its process. */
async function disturb(out: string, more: number, ms: number, act: (pid: number) => void): Promise<Ended> {
  const goal = doneIn(out) + more;
  const {child, ended} = start(batch(out), cwd);
  const isOver = ended.then(() => true);
  while (doneIn(out) < goal) if (await Promise.race([isOver, sleep(2, false)])) break;
  await Promise.race([isOver, sleep(ms)]);
  act(child.pid!);
  return ended;
}

const doneIn = (out: string) => namesIn(join(out, 'files')).length;

const kill = (pid: number, signal: NodeJS.Signals = 'SIGKILL') => {
  try {
    process.kill(pid, signal);
  } catch {
    // it has ended
  }
};

/** How many entries and results are there. */
const countOf = (out: string) => namesIn(join(out, 'results')).length + namesIn(join(out, 'files')).length;

test('kill -9 of a batch at random moments loses nothing: run again, it ends with the same bytes', async t => {
  const random = seeded(SEED);
  let [kills, rounds] = [0, 0];
  while (kills < KILLS) {
    const out = join(newFolder(), 'out');
    rounds++;
    // until it is done: from then on there is nothing to interrupt
    while (kills < KILLS && doneIn(out) < FILES) {
      const before = countOf(out);
      // while it starts, or when a few more files are done
      const more = random(8);
      const {signal} = await disturb(out, more, random(more === 0 ? 1000 : 20), kill);
      checkPart(out);
      assert.ok(countOf(out) >= before);
      if (signal !== 'SIGKILL') break;
      kills++;
    }
    await finish(out);
    rmSync(dirname(out), {recursive: true, maxRetries: 5});
  }
  t.diagnostic(`${kills} kills of the batch in ${rounds} runs`);
});

test('kill -9 of its processes at random moments fails no file for good', async t => {
  if (!has(t, 'linux')) return;
  const random = seeded(SEED + 1);
  let kills = 0;
  while (kills < KILLS) {
    const out = join(newFolder(), 'out');
    const {child, ended} = start(batch(out), cwd);
    const done = ended.then(() => true);
    while (kills < KILLS && !(await Promise.race([done, sleep(20 + random(400), false)]))) {
      const children = descendantsOf(child.pid!);
      if (children.length === 0) continue;
      kill(children[random(children.length)]!);
      kills++;
    }
    await ended;
    for (const [name, text] of contentsOf(out)) {
      if (!isFailureOfProcess(name, text)) assert.equal(text, expected.get(name), name);
    }
    await finish(out);
    rmSync(dirname(out), {recursive: true, maxRetries: 5});
  }
  t.diagnostic(`${kills} kills of processes of a batch`);
});

/** The entry of a file whose process was killed: it has no key, so that the next run tries again. */
function isFailureOfProcess(name: string, text: string): boolean {
  if (!name.startsWith('files/')) return false;
  const {key, failure} = JSON.parse(text) as BatchFile;
  return key === null && /^the process that analysed it ended \(SIGKILL\)/.test(failure!.message);
}

test('Ctrl-C ends a batch, with all its processes; the same command goes on', async () => {
  const out = join(newFolder(), 'out');
  let children: number[] = [];
  const {code, signal, stderr} = await disturb(out, 10, 0, pid => {
    children = descendantsOf(pid);
    kill(pid, 'SIGINT');
  });
  assert.ok(code === 130 || signal === 'SIGINT', stderr);
  assert.deepEqual(children.filter(isThere), []);
  assert.ok(countOf(out) < 2 * FILES, 'it was interrupted');
  checkPart(out);
  await finish(out);
});

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('two batches at once into one folder both end, with the same bytes', async () => {
  const out = join(newFolder(), 'out');
  const both = [start(batch(out), cwd), start(batch(out), cwd)];
  for (const {ended} of both) {
    const {code, stderr} = await ended;
    assert.equal(code, 0, stderr);
  }
  checkWhole(out);
});

test('shares in any order, one twice, have the results of the whole', async () => {
  const out = join(newFolder(), 'out');
  for (const share of ['3/3', '1/3', '3/3', '2/3']) {
    const {code, stderr} = await start(batch(out, '--shard', share), cwd).ended;
    assert.equal(code, 0, stderr);
    checkShares(out);
  }
  const all = contentsOf(out);
  const shares = [...all.keys()].filter(name => name.startsWith('shares/'));
  assert.deepEqual(shares, ['shares/1-of-3.json', 'shares/2-of-3.json', 'shares/3-of-3.json']);
  const files = shares.flatMap(name => (JSON.parse(all.get(name)!) as {files: string[]}).files);
  assert.deepEqual(
    files.sort(),
    readdirSync(run)
      .map(name => `run/${name}`)
      .sort(),
  );
  for (const name of shares) all.delete(name);
  const whole = new Map(expected);
  whole.delete('shares/1-of-1.json');
  assert.deepEqual(all, whole);
});

function checkShares(out: string): void {
  for (const [name, text] of contentsOf(out)) {
    if (!name.startsWith('shares/')) assert.equal(text, expected.get(name), name);
  }
}

test('a full disk ends a batch with a message; with room again, the same command goes on', async t => {
  if (!has(t, 'linux', 'cc')) return;
  const shim = faultShim();
  for (const [call, n] of [
    ['write', 1],
    ['write', 30],
    ['rename', 21],
  ] as const) {
    const out = join(newFolder(), 'out');
    const reached = join(dirname(out), '.reached');
    const {code, stderr} = await start(batch(out), cwd, {
      LD_PRELOAD: shim,
      // else calls would pass the C library by
      UV_USE_IO_URING: '0',
      FAULT_FOLDER: `${out}/`,
      FAULT_REACHED: reached,
      FAULT_CALL: call,
      FAULT_N: String(n),
      FAULT_ERRNO: String(constants.errno.ENOSPC),
    }).ended;
    assert.ok(existsSync(reached), `${call} ${n} was not reached`);
    assert.ok(code !== 0 && code !== null, `${call} ${n}: exit code ${code}`);
    assert.match(stderr, /: no space left on the disk/, `${call} ${n}`);
    checkPart(out);
    await finish(out);
  }
});

/** Batches on a queue while things go wrong: nothing is lost, nothing is there twice, and the bytes are those of a local batch. */
import assert from 'node:assert/strict';
import {join} from 'node:path';
import {type TestContext, test} from 'node:test';
import {newFolder} from '../cli/stowage.ts';
import {endCommandsAfter} from './commands.ts';
import {batchWithFaults, contentsOf, type Faults, localBatch, writeFiles} from './faults.ts';
import {sharedPostgres} from './postgres.ts';

const LIMIT = {timeout: 90_000};
const FILES = 60;

const serverFor = sharedPostgres();
endCommandsAfter();

interface Local {
  readonly root: string;
  readonly contents: ReadonlyMap<string, string>;
}

let local: Promise<Local> | undefined;

/** What a batch of this machine writes, undisturbed. */
function localOnce(): Promise<Local> {
  local ??= (async () => {
    const folder = newFolder();
    const root = writeFiles(folder);
    const out = join(folder, 'local');
    // one of the files is damaged
    assert.equal(await localBatch(root, out), 3);
    return {root, contents: contentsOf(out)};
  })();
  return local;
}

async function check(t: TestContext, faults: Faults): Promise<void> {
  const server = await serverFor(t);
  if (!server) return;
  const {root, contents} = await localOnce();
  const out = join(newFolder(), 'out');
  const {exitCodes, counts, kills, restarts, output, seconds} = await batchWithFaults(
    server,
    root,
    out,
    faults,
  );
  t.diagnostic(`${seconds.toFixed(1)} s, ${kills} kills`);
  assert.deepEqual(
    exitCodes,
    exitCodes.map(() => 3),
    output,
  );
  assert.deepEqual(contentsOf(out), contents, output);
  // a job for each file and the merge, however many coordinators have added them
  assert.deepEqual(counts, {completed: FILES + 1}, output);
  assert.equal(restarts, faults.restarts ?? 0, output);
  if (faults.kills > 0 || faults.clock)
    assert.ok(kills > 0, 'no worker was killed before the batch was over');
}

test('workers are killed, under two coordinators', LIMIT, t =>
  check(t, {seed: 18, kills: 5, coordinators: 2}),
);

test('the database restarts under way', LIMIT, t =>
  check(t, {seed: 7, kills: 0, coordinators: 1, restarts: 1}),
);

test('a worker’s clock jumps ahead by a day, and the worker is killed with a job in hand', LIMIT, t =>
  check(t, {seed: 3, kills: 0, coordinators: 1, clock: {after: 600, by: 86_400_000}}),
);

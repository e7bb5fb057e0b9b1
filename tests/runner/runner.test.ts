/** `scripts/test.mjs`: no file and no run can hang; what failed, hung or was skipped is reported. */
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {newFolder} from '../cli/stowage.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HANGS = 'tests/runner/fixtures/hangs.ts';
const FAILS = 'tests/runner/fixtures/fails.ts';

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  const command = [process.execPath, 'scripts/test.mjs', ...args] as const;
  const options = {cwd: ROOT, env: {...process.env, REQUIRE: '', ...env}, timeout: 120_000};
  return new Promise(resolve => {
    const child = execFile(command[0], command.slice(1), options, (_, stdout, stderr) =>
      resolve({status: child.exitCode, stdout, stderr}),
    );
  });
}

/** The counts at the end of a run. */
function countsOf(stdout: string): Record<string, number> {
  const lines = [...stdout.matchAll(/^# (tests|pass|fail|skipped) (\d+)$/gm)];
  return Object.fromEntries(lines.map(([, name, count]) => [name, Number(count)]));
}

/** Whether a process is gone, or goes within a few seconds. */
async function isGone(pid: number): Promise<boolean> {
  for (let i = 0; i < 100; i++) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    // dead, but in a container without an init process nobody asks for its exit code
    const stat = `/proc/${pid}/stat`;
    if (existsSync(stat) && /\) Z /.test(readFileSync(stat, 'utf8'))) return true;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  return false;
}

// side by side: each waits for a limit
describe('limits', {concurrency: 4}, () => {
  for (const [how, where] of [
    ['waiting', /killed after 15 s, in “one that is waiting”/],
    ['blocked', /killed after 15 s/],
    ['over', /killed after 15 s, after its last test/],
  ] as const) {
    test(`a test file that hangs is killed with its children, and reported: ${how}`, async () => {
      const file = join(newFolder(), 'pid');
      const {status, stdout} = await run(['--file-limit', '15', HANGS], {HANGS: how, HANGS_PID: file});
      assert.equal(status, 1, stdout);
      assert.match(stdout, new RegExp(`what failed:\\n✖ ${HANGS}: ${where.source}`));
      // a blocked thread has not reported what it ran before
      const {pass, fail} = countsOf(stdout);
      assert.ok(how === 'blocked' || pass === (how === 'over' ? 2 : 1), stdout);
      assert.equal(fail, 1);
      assert.ok(await isGone(Number(readFileSync(file, 'utf8'))), 'its child is still there');
    });
  }

  test('a run that exceeds its limit ends, and names the files that did not', async () => {
    const file = join(newFolder(), 'pid');
    const {status, stdout} = await run(['--run-limit', '15', HANGS, FAILS], {
      HANGS: 'waiting',
      HANGS_PID: file,
    });
    assert.equal(status, 1, stdout);
    assert.match(stdout, /✖ the run exceeded its limit of 15 s\n/);
    assert.match(stdout, new RegExp(`✖ ${HANGS}: did not end, in “one that is waiting”\n`));
    assert.ok(await isGone(Number(readFileSync(file, 'utf8'))), 'its child is still there');
  });
});

test('a child that outlives its file and holds the output is not waited for', async () => {
  const file = join(newFolder(), 'pid');
  const {status, stdout} = await run(['--file-limit', '60', HANGS], {HANGS: 'open', HANGS_PID: file});
  assert.equal(status, 0, stdout);
  assert.deepEqual(countsOf(stdout), {tests: 2, pass: 2, fail: 0, skipped: 0});
  process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
});

test('the counts of all files, the names of failed tests and the reasons for skips are at the end', async () => {
  const {status, stdout} = await run([FAILS], {FAILS: 'fails'});
  assert.equal(status, 1);
  assert.match(stdout, new RegExp(`what failed:\\n✖ ${FAILS}: one that fails\n`));
  assert.match(stdout, /what was skipped .*\n﹣ 1 × miniflare: miniflare is not installed/);
  assert.deepEqual(countsOf(stdout), {tests: 4, pass: 2, fail: 1, skipped: 1});
  const {status: passing, stdout: passed} = await run([FAILS], {});
  assert.equal(passing, 0, passed);
  assert.deepEqual(countsOf(passed), {tests: 4, pass: 3, fail: 0, skipped: 1});
});

test('REQUIRE turns a skip into a failure', async () => {
  const {status, stdout} = await run([FAILS], {REQUIRE: 'miniflare'});
  assert.equal(status, 1);
  assert.match(stdout, /REQUIRE names miniflare, but miniflare is not installed/);
  assert.deepEqual(countsOf(stdout), {tests: 4, pass: 3, fail: 1, skipped: 0});
});

test('REQUIRE with an unknown name, and words that match no file, are refused before anything runs', async () => {
  const unknown = await run([FAILS], {REQUIRE: 'chrome'});
  assert.deepEqual([unknown.status, unknown.stdout], [2, '']);
  assert.match(unknown.stderr, /^test: REQUIRE: unknown chrome; known are chromium, cc, /);
  const nothing = await run(['no-such-file'], {});
  assert.deepEqual(
    [nothing.status, nothing.stderr],
    [2, 'test: no file under tests/ matches no-such-file\n'],
  );
});

test('a process that ends before its tests is a failure, also with exit code 0', async () => {
  const {status, stdout} = await run([FAILS], {FAILS: 'ends'});
  assert.equal(status, 1, stdout);
  assert.match(stdout, new RegExp(`✖ ${FAILS}: ended before its tests did`));
});

/** What `-o` does to what is there: files are replaced whole, links followed, devices, pipes and sockets written to. */
import assert from 'node:assert/strict';
import {type ChildProcess, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {type TestContext, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {has, lacks} from '../requirements.ts';
import {EXAMPLES, newFolder, type Run, stowage} from './stowage.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const HOLD = new URL('hold-rename.mjs', import.meta.url).href;
const FIVE = join(EXAMPLES, 'five.csv');
const TRACE = join(EXAMPLES, 'mobilenet_v2.inference.json.gz');
const isRoot = process.getuid?.() === 0;

/** What `convert FIVE` writes. */
const ROWS = stowage(['convert', FIVE, '-o', '-']).stdout;
const MODE = 0o7777;

/** Each command that has `-o`, a name for its output, and how stdout gets the same. */
const OUTPUTS: readonly (readonly [args: readonly string[], name: string, form: readonly string[]])[] = [
  [['plan', FIVE], 'o.csv', []],
  [['plan', FIVE], 'o.svg', ['--form', 'svg']],
  [['plan', FIVE], 'o.h', ['--form', 'h']],
  [['convert', FIVE], 'o.csv', []],
  [['convert', FIVE], 'o.json', ['--form', 'json']],
  [['convert', TRACE], 'o.jsonl', []],
  [['convert', TRACE], 'o.csv', ['--form', 'csv']],
  [['anonymize', TRACE, '--key', 'k'], 'o.jsonl', []],
  [['anonymize', FIVE, '--key', 'k'], 'o.csv', []],
  [['report', FIVE], 'o.html', []],
  [['report', FIVE, '--picture', 'packing'], 'o.svg', []],
  [['report', FIVE, '--picture', 'packing'], 'o.csv', ['--form', 'csv']],
  [['export', FIVE, '--format', 'c-header'], 'o.h', []],
  [['top', TRACE], 'o.json', ['--json']],
  [['diff', TRACE, TRACE], 'o.md', ['--markdown']],
  [['check', TRACE, '--max-peak', '1TiB'], 'o.json', ['--json']],
];

function shell(script: string, cwd: string, ...args: readonly string[]): Run {
  const run = spawnSync('sh', ['-c', script, 'sh', process.execPath, MAIN, ...args], {cwd, encoding: 'utf8'});
  return {status: run.status, stdout: run.stdout, stderr: run.stderr};
}

/** An error line for people, and nothing else: no stack, no `bug`. */
function assertOneLine({stderr}: Run, expected: RegExp): void {
  assert.match(stderr, expected);
  assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
}

test('-o - is stdout in every command that has -o, and lines for people are on stderr', () => {
  OUTPUTS.forEach(([args, name, form], i) => {
    const cwd = newFolder();
    const what = [...args, name].join(' ');
    assert.equal(stowage([...args, '-o', name], {cwd}).status, 0, what);
    const stdout = i % 2 === 0 || process.platform === 'win32' ? '-' : '/dev/stdout';
    const run = stowage([...args, '-o', stdout, ...form], {cwd});
    assert.equal(run.status, 0, run.stderr);
    assert.equal(run.stdout, readFileSync(join(cwd, name), 'utf8'), what);
    assert.deepEqual(readdirSync(cwd), [name]);
  });
});

test('the plan for PyTorch, which is a file in a folder, goes to stdout as well', () => {
  const cwd = newFolder();
  const args = ['export', TRACE, '--format', 'pytorch'];
  assert.equal(stowage([...args, '-o', 'plan'], {cwd}).status, 0);
  const [name] = readdirSync(join(cwd, 'plan'));
  assert.equal(stowage([...args, '-o', '-'], {cwd}).stdout, readFileSync(join(cwd, 'plan', name!), 'utf8'));
});

test('a file and the object of --json do not mix on stdout', () => {
  for (const args of [
    ['convert', FIVE],
    ['anonymize', FIVE],
    ['export', FIVE, '--format', 'c-header'],
  ]) {
    const run = stowage([...args, '-o', '-', '--json']);
    assert.deepEqual([run.status, run.stdout], [2, '']);
    assertOneLine(run, /^stowage: -o - and --json both write to stdout: leave one out$/m);
  }
  const object = JSON.parse(stowage(['plan', FIVE, '--json', '-o', '-']).stdout);
  assert.equal(object.schema, 'stowage.plan/1');
});

test('a plan goes through pipes from command to command', context => {
  if (!has(context, 'posix')) return;
  const run = shell('"$1" "$2" plan "$3" -o - 2>/dev/null | "$1" "$2" verify "$3" -', newFolder(), FIVE);
  assert.match(run.stdout, /^valid/);
});

test('a full stdout ends every command with one line and 3, never with "a check failed"', context => {
  if (!has(context, 'linux')) return;
  const full = (...args: readonly string[]) =>
    shell('node=$1; main=$2; shift 2; exec "$node" "$main" "$@" > /dev/full', EXAMPLES, ...args);
  for (const args of [
    ['check', TRACE, '--max-peak', '1TiB'],
    ['check', TRACE, '--max-peak', '1'],
    ['plan', FIVE, '--json'],
    ['convert', FIVE, '-o', '-'],
    ['--help'],
    ['--version'],
  ]) {
    const run = full(...args);
    assert.equal(run.status, 3, `${args.join(' ')}: ${run.stderr}`);
    assertOneLine(run, /^stowage: <stdout>: no space left on the disk$/m);
  }
});

test('a disk that fills up within a line is noticed: nothing is cut without an error', context => {
  if (!has(context, 'posix')) return;
  for (const args of [
    ['top', TRACE, '--json'],
    ['report', FIVE, '-o', '-'],
  ]) {
    const cwd = newFolder();
    const run = shell(
      'node=$1; main=$2; shift 2; ulimit -f 1; exec "$node" "$main" "$@" > out',
      cwd,
      ...args,
    );
    assert.equal(run.status, 3, run.stderr);
    assert.match(run.stderr, /^stowage: <stdout>: the file would be larger than is allowed here$/m);
  }
});

test('a full stderr changes no exit code', context => {
  if (!has(context, 'linux')) return;
  const run = shell('"$1" "$2" plan no-such-file 2> /dev/full', EXAMPLES);
  assert.equal(run.status, 3);
});

test('a reader that stops reading is no error', context => {
  if (!has(context, 'posix')) return;
  const run = shell('{ "$1" "$2" convert "$3" -o -; echo $? >&2; } | head -c 1', newFolder(), TRACE);
  assert.match(run.stderr, /^0$/m);
  assert.doesNotMatch(run.stderr, /EPIPE|stowage/);
});

test('stdout that is a file gets the output where it stands, after what is there', context => {
  if (!has(context, 'linux')) return;
  const cwd = newFolder();
  const run = shell('{ echo before; "$1" "$2" convert "$3" -o /dev/stdout; echo after; } > out', cwd, FIVE);
  assert.equal(run.stderr, '');
  assert.equal(readFileSync(join(cwd, 'out'), 'utf8'), `before\n${ROWS}after\n`);
});

test('a pipe is written to and stays; its reader gets all of it', context => {
  if (!has(context, 'posix')) return;
  const cwd = newFolder();
  const run = shell(
    'mkfifo p.csv; cat p.csv > got & "$1" "$2" convert "$3" -o p.csv; status=$?; wait; exit $status',
    cwd,
    FIVE,
  );
  assert.deepEqual([run.status, run.stderr], [0, '']);
  assert.equal(readFileSync(join(cwd, 'got'), 'utf8'), ROWS);
  assert.ok(lstatSync(join(cwd, 'p.csv')).isFIFO());
  assert.deepEqual(readdirSync(cwd).sort(), ['got', 'p.csv']);
});

test('a pipe whose reader ends early is an output that could not be written', context => {
  if (!has(context, 'posix')) return;
  const run = shell(
    'mkfifo p.jsonl; head -c 1 p.jsonl > got & "$1" "$2" convert "$3" -o p.jsonl; status=$?; wait; exit $status',
    newFolder(),
    join(EXAMPLES, 'resnet50.training.json.gz'),
  );
  assert.equal(run.status, 3);
  assertOneLine(run, /^stowage: p\.jsonl: its reader has ended$/m);
});

test('a device stays a device', context => {
  if (!has(context, 'linux')) return;
  const cwd = newFolder();
  // root could replace the real one: it makes a device of its own
  const made = isRoot ? spawnSync('mknod', [join(cwd, 'null.csv'), 'c', '1', '3']).status === 0 : false;
  if (isRoot && !made) return lacks(context, 'linux', 'this machine makes no devices');
  if (!isRoot) symlinkSync('/dev/null', join(cwd, 'null.csv'));
  assert.equal(stowage(['convert', FIVE, '-o', 'null.csv'], {cwd}).status, 0);
  assert.ok(statSync(join(cwd, 'null.csv')).isCharacterDevice());
  assert.deepEqual(readdirSync(cwd), ['null.csv']);
});

test('a socket is written to', async context => {
  if (!has(context, 'posix')) return;
  const cwd = newFolder();
  const server = createServer({allowHalfOpen: true});
  const got = new Promise<string>(resolve => {
    server.on('connection', async socket => {
      let text = '';
      for await (const chunk of socket) text += chunk;
      socket.end();
      resolve(text);
    });
  });
  server.listen(join(cwd, 's.csv'));
  await once(server, 'listening');
  const child = spawn(process.execPath, [MAIN, 'convert', FIVE, '-o', 's.csv'], {cwd, stdio: 'ignore'});
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
  assert.equal(await got, ROWS);
  assert.ok(lstatSync(join(cwd, 's.csv')).isSocket());
  server.close();
});

test('links are followed, to files that are there and to names that are not', context => {
  if (!has(context, 'posix')) return;
  const cwd = newFolder();
  mkdirSync(join(cwd, 'other', 'deep'), {recursive: true});
  writeFileSync(join(cwd, 'other', 'target.csv'), 'old');
  symlinkSync('other/target.csv', join(cwd, 'one.csv'));
  symlinkSync('one.csv', join(cwd, 'two.csv'));
  symlinkSync('other/deep', join(cwd, 'folder'));
  // `..` after a link to a folder is the folder above the linked one
  symlinkSync('folder/../new.csv', join(cwd, 'dangling.csv'));
  symlinkSync('loop.csv', join(cwd, 'loop.csv'));
  const links = readdirSync(cwd).filter(name => lstatSync(join(cwd, name)).isSymbolicLink());
  const before = links.map(name => readlinkSync(join(cwd, name)));
  for (const name of ['one.csv', 'two.csv', 'dangling.csv']) {
    writeFileSync(join(cwd, 'other', 'target.csv'), 'old');
    assert.equal(stowage(['convert', FIVE, '-o', name], {cwd}).status, 0);
    assert.equal(readFileSync(join(cwd, name), 'utf8'), ROWS);
  }
  assert.equal(readFileSync(join(cwd, 'other', 'new.csv'), 'utf8'), ROWS);
  const run = stowage(['convert', FIVE, '-o', 'loop.csv'], {cwd});
  assert.equal(run.status, 3);
  assertOneLine(run, /^stowage: loop\.csv: is a link to itself$/m);
  assert.deepEqual(
    links.map(name => readlinkSync(join(cwd, name))),
    before,
  );
  assert.deepEqual(readdirSync(join(cwd, 'other')).sort(), ['deep', 'new.csv', 'target.csv']);
});

test('the file in an exported folder is an output like any other', context => {
  if (!has(context, 'posix')) return;
  const cwd = newFolder();
  const args = ['export', TRACE, '--format', 'pytorch', '-o'];
  assert.equal(stowage([...args, 'first'], {cwd}).status, 0);
  const [name] = readdirSync(join(cwd, 'first'));
  mkdirSync(join(cwd, 'second'));
  symlinkSync('../kept.json', join(cwd, 'second', name!));
  symlinkSync('second', join(cwd, 'third'));
  assert.equal(stowage([...args, 'third'], {cwd}).status, 0);
  assert.equal(readFileSync(join(cwd, 'kept.json'), 'utf8'), readFileSync(join(cwd, 'first', name!), 'utf8'));
  assert.ok(lstatSync(join(cwd, 'second', name!)).isSymbolicLink());
});

test('mode and owner stay, and a new file has those of any new file', context => {
  if (!has(context, 'posix')) return;
  const cwd = newFolder();
  const path = join(cwd, 'o.csv');
  assert.equal(stowage(['convert', FIVE, '-o', 'o.csv'], {cwd}).status, 0);
  assert.equal(statSync(path).mode & MODE, 0o666 & ~process.umask());
  for (const mode of [0o600, 0o666, 0o2755]) {
    writeFileSync(path, 'old');
    if (isRoot) chownSync(path, 1234, 2345);
    chmodSync(path, mode);
    assert.equal(stowage(['convert', FIVE, '-o', 'o.csv'], {cwd}).status, 0);
    const {uid, gid, mode: now} = statSync(path);
    assert.equal(now & MODE, mode, mode.toString(8));
    if (isRoot) assert.deepEqual([uid, gid], [1234, 2345]);
    assert.equal(readFileSync(path, 'utf8'), ROWS);
  }
});

test('a file that may not be written is not replaced', context => {
  if (!has(context, 'posix')) return;
  if (isRoot) return lacks(context, 'unprivileged');
  const cwd = newFolder();
  writeFileSync(join(cwd, 'o.csv'), 'old', {mode: 0o444});
  const run = stowage(['convert', FIVE, '-o', 'o.csv'], {cwd});
  assert.equal(run.status, 3);
  assertOneLine(run, /^stowage: o\.csv: permission denied$/m);
  assert.equal(readFileSync(join(cwd, 'o.csv'), 'utf8'), 'old');
});

test('an output may have the longest name', context => {
  if (!has(context, 'posix')) return;
  const cwd = newFolder();
  const name = `${'n'.repeat(251)}.csv`;
  assert.equal(stowage(['convert', FIVE, '-o', name], {cwd}).status, 0);
  const run = stowage(['convert', FIVE, '-o', `n${name}`], {cwd});
  assert.equal(run.status, 3);
  assertOneLine(run, /: the name is too long$/m);
  assert.deepEqual(readdirSync(cwd), [name]);
});

test('an output in a folder that is not there says so', () => {
  const run = stowage(['convert', FIVE, '-o', join('no', 'such', 'o.csv')], {cwd: newFolder()});
  assert.equal(run.status, 3);
  assertOneLine(run, /o\.csv: its folder does not exist$/m);
});

/** A run whose output is written and waits for its name. */
async function held(context: TestContext, cwd: string): Promise<ChildProcess> {
  const mark = join(newFolder(), 'held');
  const child = spawn(process.execPath, ['--import', HOLD, MAIN, 'convert', FIVE, '-o', 'o.csv'], {
    cwd,
    stdio: 'ignore',
    env: {...process.env, STOWAGE_HELD: mark},
  });
  context.after(() => child.kill('SIGKILL'));
  while (!existsSync(mark)) {
    assert.equal(child.exitCode, null);
    await sleep(20);
  }
  return child;
}

const temporaries = (cwd: string) => readdirSync(cwd).filter(name => name.endsWith('.tmp'));

test('a signal removes the temporary file, and the program ends by that signal', async context => {
  if (!has(context, 'posix')) return;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const cwd = newFolder();
    writeFileSync(join(cwd, 'o.csv'), 'old');
    const child = await held(context, cwd);
    assert.equal(temporaries(cwd).length, 1);
    child.kill(signal);
    assert.deepEqual(await once(child, 'exit'), [null, signal]);
    assert.deepEqual(readdirSync(cwd), ['o.csv']);
    assert.equal(readFileSync(join(cwd, 'o.csv'), 'utf8'), 'old');
  }
});

test('what a killed run leaves is removed by the next one of that name; what a running one has is not', async context => {
  if (!has(context, 'linux')) return;
  const cwd = newFolder();
  const convert = (name: string) => assert.equal(stowage(['convert', FIVE, '-o', name], {cwd}).status, 0);
  const running = await held(context, cwd);
  const [kept] = temporaries(cwd);
  const killed = await held(context, cwd);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  assert.equal(temporaries(cwd).length, 2);
  convert('other.csv');
  assert.equal(temporaries(cwd).length, 2, 'another name leaves them alone');
  convert('o.csv');
  assert.deepEqual(temporaries(cwd), [kept]);
  running.kill('SIGKILL');
  await once(running, 'exit');
  convert('o.csv');
  assert.deepEqual(readdirSync(cwd).sort(), ['o.csv', 'other.csv']);
});

test('a temporary file of another machine is removed only when it is a day old', async context => {
  if (!has(context, 'linux')) return;
  const cwd = newFolder();
  const child = await held(context, cwd);
  const [own] = temporaries(cwd);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const foreign = own!.replace(/^(\.stowage-\w+-)\w+/, '$100000000');
  const convert = () => assert.equal(stowage(['convert', FIVE, '-o', 'o.csv'], {cwd}).status, 0);
  writeFileSync(join(cwd, foreign), '');
  convert();
  assert.deepEqual(temporaries(cwd), [foreign]);
  const before = Date.now() / 1000 - 25 * 3600;
  utimesSync(join(cwd, foreign), before, before);
  convert();
  assert.deepEqual(readdirSync(cwd), ['o.csv']);
});

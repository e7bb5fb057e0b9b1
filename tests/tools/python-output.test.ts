/** The files that Python's `stowage.record` writes: what is there stays as it is, but for its content. */
import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {type TestContext, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {lacks} from '../requirements.ts';

const MODULE = fileURLToPath(new URL('../../bindings/python/stowage/_output.py', import.meta.url));
const PYTHON = process.env.STOWAGE_PYTHON ?? 'python3';

/** Writes `new` to the second argument; with a third one, waits before the end, once that file is made. */
const WRITE = `
import importlib.util, sys, time
spec = importlib.util.spec_from_file_location("_output", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
with module.opened(sys.argv[2]) as file:
    file.write("new")
    if len(sys.argv) > 3:
        file.flush()
        open(sys.argv[3], "w").close()
        time.sleep(60)
`;

function folderFor(context: TestContext): string | undefined {
  if (process.platform !== 'linux') lacks(context, 'linux');
  else if (spawnSync(PYTHON, ['--version']).status !== 0) lacks(context, 'python');
  else {
    const folder = mkdtempSync(join(tmpdir(), 'stowage-python-output-'));
    context.after(() => rmSync(folder, {recursive: true, force: true}));
    return folder;
  }
  return undefined;
}

function write(path: string, shell = 'exec "$@"') {
  const args = ['-c', shell, 'sh', PYTHON, '-B', '-c', WRITE, MODULE, path];
  const {status, stderr, stdout} = spawnSync('sh', args, {encoding: 'utf8'});
  return {status, stderr, stdout};
}

test('links are followed, mode stays, pipes and descriptors are written to', context => {
  const folder = folderFor(context);
  if (!folder) return;
  const target = join(folder, 'target');
  writeFileSync(target, 'old');
  chmodSync(target, 0o600);
  symlinkSync('target', join(folder, 'link'));
  assert.equal(write(join(folder, 'link')).stderr, '');
  assert.ok(lstatSync(join(folder, 'link')).isSymbolicLink());
  assert.deepEqual([readFileSync(target, 'utf8'), statSync(target).mode & 0o7777], ['new', 0o600]);
  symlinkSync('made', join(folder, 'dangling'));
  assert.equal(write(join(folder, 'dangling')).stderr, '');
  assert.equal(readFileSync(join(folder, 'made'), 'utf8'), 'new');
  assert.equal(write('/dev/stdout').stdout, 'new');
  const pipe = join(folder, 'pipe');
  const piped = write(pipe, 'mkfifo "$6"; cat "$6" & "$@"; wait');
  assert.deepEqual([piped.stdout, piped.stderr], ['new', '']);
  assert.ok(lstatSync(pipe).isFIFO());
  assert.match(write(join(folder, 'no', 'file')).stderr, /FileNotFoundError/);
  assert.deepEqual(readdirSync(folder).sort(), ['dangling', 'link', 'made', 'pipe', 'target']);
});

test('an interrupt leaves nothing, and what a kill leaves goes with the next one of that name', async context => {
  const folder = folderFor(context);
  if (!folder) return;
  const [path, mark] = [join(folder, 'o'), join(folder, 'mark')];
  for (const [signal, left] of [
    ['SIGINT', 0],
    ['SIGKILL', 1],
  ] as const) {
    const child = spawn(PYTHON, ['-B', '-c', WRITE, MODULE, path, mark], {stdio: 'ignore'});
    while (!existsSync(mark)) await sleep(20);
    assert.equal(write(path).stderr, '', 'a second writer');
    assert.equal(readdirSync(folder).filter(name => name.endsWith('.tmp')).length, 1, 'of the first one');
    child.kill(signal);
    await once(child, 'exit');
    assert.equal(readdirSync(folder).filter(name => name.endsWith('.tmp')).length, left, signal);
    rmSync(mark);
  }
  assert.equal(write(path).stderr, '');
  assert.deepEqual(readdirSync(folder), ['o']);
});

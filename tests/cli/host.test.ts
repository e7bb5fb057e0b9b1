/** Hosts that refuse what stowage needs: the message says what would help, and it is not called a bug. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {scattered} from '../../bench/instances.ts';
import {EXIT} from '../../bindings/cli/io/exit.ts';
import {toColumns} from '../../bindings/index.ts';
import {writeCsv} from '../../bindings/trace.ts';
import {EXAMPLES, newFolder, type Run, stowage} from './stowage.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** Node renamed the option in version 23.5. */
const PERMISSION = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission';

function stowageUnder(nodeOptions: readonly string[], args: readonly string[]): Run {
  const run = spawnSync(process.execPath, [...nodeOptions, MAIN, ...args], {cwd: EXAMPLES, encoding: 'utf8'});
  return {status: run.status, stdout: run.stdout, stderr: run.stderr};
}

/** Line of stowage, without those of Node. */
function messageOf({stderr}: Run): string {
  return stderr
    .split('\n')
    .filter(line => line.startsWith('stowage: '))
    .join('\n');
}

test('a host that does not compile WebAssembly is named, with advice', () => {
  for (const args of [
    ['plan', 'five.csv'],
    ['inspect', 'five.csv'],
    ['diff', 'five.csv', 'five.csv'],
  ]) {
    const run = stowageUnder(['--jitless'], args);
    assert.equal(run.status, 70, run.stderr);
    assert.match(messageOf(run), /^stowage: this host does not compile WebAssembly at run time \(.*\): /);
    assert.doesNotMatch(run.stderr, /bug in stowage|^ {4}at /m);
  }
});

test('a host that starts no worker thread is named, with advice', () => {
  // no search ends on it while it is in the calling thread
  const file = join(newFolder(), 'endless.csv');
  writeFileSync(file, [...writeCsv(toColumns(scattered(5000, 5)))].join(''));
  const run = stowageUnder([PERMISSION, '--allow-fs-read=*'], ['plan', file]);
  assert.equal(run.status, 70, run.stderr);
  assert.match(messageOf(run), /^stowage: this host starts no worker thread \(.+\): allow it to/);
  assert.doesNotMatch(run.stderr, /bug in stowage|^ {4}at /m);
});

test('a problem that is solved at once needs no worker', () => {
  const run = stowageUnder([PERMISSION, '--allow-fs-read=*'], ['plan', 'five.csv']);
  assert.equal(run.status, 0, run.stderr);
  assert.match(run.stdout, /^peak {9}9,216 B/m);
});

test('commands without workers work where no worker is granted', () => {
  const run = stowageUnder([PERMISSION, '--allow-fs-read=*'], ['inspect', 'five.csv']);
  assert.equal(run.status, 0, run.stderr);
  assert.match(run.stdout, /^lower bound {2}9,216 B/m);
});

test('an error of the analysis worker arrives in its class', () => {
  const analysis = new URL('../../dist/cli/planning/analysis.js', import.meta.url);
  const script = `
    import {explain} from '${analysis}';
    const column = (Type, ...values) => Type.from(values);
    const problem = {
      count: 2,
      start: column(Uint32Array, 0, 0), end: column(Uint32Array, 1, 1), size: column(Float64Array, 8, 8),
      alignment: column(Float64Array, 0, 0), offset: column(Float64Array, -1, -1),
      gapIndex: new Uint32Array(3), gapStart: new Uint32Array(0), gapEnd: new Uint32Array(0),
    };
    await explain(problem, {offsets: column(Float64Array, 0, 4)}, {}).then(
      () => console.log('explained'),
      error => console.log(error.constructor.name, error.message),
    );`;
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], {encoding: 'utf8'});
  assert.match(run.stdout, /^UsageError /, run.stderr);
});

test('every exit code is in the help and in docs/ci.md', () => {
  const help = stowage(['--help']).stdout.split('Exit codes:')[1]!;
  const listed = [...help.matchAll(/^ {2}(\d+) +\S/gm)].map(([, code]) => Number(code));
  const documented = [
    ...readFileSync(new URL('../../docs/ci.md', import.meta.url), 'utf8').matchAll(/^\| (\d+) \| \S/gm),
  ];
  assert.deepEqual(listed, Object.values(EXIT));
  assert.deepEqual(
    documented.map(([, code]) => Number(code)),
    Object.values(EXIT),
  );
});

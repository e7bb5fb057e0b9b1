/**
 * Runs the tests in TypeScript, each file in a process of its own:
 * `node scripts/test.mjs [--file-limit SECONDS] [--run-limit SECONDS] [WORD …]` takes the files whose path contains a
 * word, or all. It lists the files itself because Node 20 does not expand globs and neither does Windows' shell. A file
 * that exceeds its limit is killed with everything it started, and is reported. See README.md beside this file.
 */
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {parseArgs} from 'node:util';
import {checkFeatures} from './features.mjs';
import {endOnSignals, killAll, runNode} from './processes.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const EVENTS = pathToFileURL(join(ROOT, 'scripts', 'test-events.mjs')).href;
/** The longest file takes about two minutes on two cores. */
const FILE_LIMIT = 900;
const RUN_LIMIT = 2700;
/** Files at a time: the tests of the hosts start browsers and runtimes, and continuous integration has few cores. */
const JOBS = 2;
/** The counts with which node:test ends a run. */
const COUNTS = ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo'];
const SUMMARY = new RegExp(`^ℹ (${COUNTS.join('|')}|duration_ms) [\\d.]+\\n`, 'gm');

const {files, isWhole, fileLimit, runLimit} = parsed();
endOnSignals();
const begin = performance.now();
const scratch = mkdtempSync(join(tmpdir(), 'stowage-test-'));
process.on('exit', () => {
  killAll();
  rmSync(scratch, {recursive: true, force: true});
});

/** The result of each file that was begun, by its path. */
const results = new Map();
const waiting = [...files];
let isFinished = false;
const late = setTimeout(() => finish(`the run exceeded its limit of ${runLimit} s`), runLimit * 1000);
await Promise.all(Array.from({length: JOBS}, runFiles));
clearTimeout(late);
finish();

function parsed() {
  const seconds = {type: 'string'};
  const options = {'file-limit': seconds, 'run-limit': seconds};
  try {
    const {values, positionals} = parseArgs({options, allowPositionals: true});
    checkRequire();
    const all = readdirSync(join(ROOT, 'tests'), {recursive: true})
      .filter(file => file.endsWith('.test.ts'))
      .map(file => `tests/${file.replaceAll('\\', '/')}`)
      .sort();
    // a path that ends in .ts is a file, also one that is no test of its own
    const paths = positionals.filter(word => word.endsWith('.ts') && existsSync(join(ROOT, word)));
    const words = positionals.filter(word => !paths.includes(word));
    const isWhole = positionals.length === 0;
    const matching = all.filter(file => isWhole || words.some(word => file.includes(word)));
    const files = [...new Set([...paths, ...matching])];
    if (files.length === 0) throw new Error(`no file under tests/ matches ${positionals.join(', ')}`);
    return {
      files,
      isWhole,
      fileLimit: secondsOf(values['file-limit'], FILE_LIMIT),
      runLimit: secondsOf(values['run-limit'], RUN_LIMIT),
    };
  } catch (error) {
    console.error(`test: ${error.message}`);
    process.exit(2);
  }
}

function secondsOf(text, otherwise) {
  const seconds = Number(text ?? otherwise);
  if (seconds > 0) return seconds;
  throw new Error(`expected a limit in seconds above 0, got ${text}`);
}

/** The tests read `REQUIRE` themselves; a name that none of them knows must not pass unseen. */
function checkRequire() {
  const known = Object.keys(JSON.parse(readFileSync(join(ROOT, 'tests', 'requirements.json'), 'utf8')));
  const names = (process.env.REQUIRE ?? '').split(/[\s,]+/).filter(name => name !== '');
  const unknown = names.filter(name => !known.includes(name));
  if (unknown.length === 0) return;
  throw new Error(`REQUIRE: unknown ${unknown.join(', ')}; known are ${known.join(', ')}`);
}

async function runFiles() {
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    const result = {passed: [], failed: [], skipped: [], reasons: [], counts: {}, fault: 'did not end'};
    results.set(file, result);
    await runFile(file, result);
  }
}

async function runFile(file, result) {
  result.events = join(scratch, `${results.size}.jsonl`);
  const reporters = ['spec', EVENTS].flatMap(reporter => [
    `--test-reporter=${reporter}`,
    '--test-reporter-destination=stdout',
  ]);
  const run = await runNode(['--import', 'tsx', ...reporters, file], {
    cwd: ROOT,
    env: {STOWAGE_TEST_EVENTS: result.events},
    seconds: fileLimit,
  });
  if (isFinished) return;
  const last = readEvents(result);
  result.fault = undefined;
  if (run.isLate) result.fault = `killed after ${fileLimit} s${last}`;
  else if (run.signal) result.fault = `ended by ${run.signal}${last}`;
  else if (run.status !== 0 && result.failed.length === 0)
    result.fault = `ended with exit code ${run.status}`;
  else if (result.counts.tests === undefined) result.fault = 'ended before its tests did';
  if (result.fault) countWithout(result);
  const sign = result.fault || result.failed.length > 0 ? '✖' : '✔';
  console.log(`${sign} ${file} (${run.seconds.toFixed(1)} s)`);
  const output = run.output.replace(SUMMARY, '').trimEnd();
  if (output) console.log(output.replace(/^/gm, '  '));
  if (result.fault) console.log(`  ✖ ${result.fault}`);
}

/** @returns where the file was when its events ended */
function readEvents(result) {
  const text = existsSync(result.events) ? readFileSync(result.events, 'utf8') : '';
  const open = new Set();
  for (const line of text.split('\n').slice(0, -1)) {
    const {type, name, reason, message} = JSON.parse(line);
    if (type === 'start') open.add(name);
    else open.delete(name);
    if (type === 'pass') result.passed.push(name);
    if (type === 'fail') result.failed.push(name);
    if (type === 'skip') result.skipped.push(name);
    if (type === 'skip') result.reasons.push(reason);
    if (type !== 'count') continue;
    const [count, value] = message.split(' ');
    if (COUNTS.includes(count)) result.counts[count] = Number(value);
  }
  return open.size > 0 ? `, in ${[...open].map(name => `“${name}”`).join(', ')}` : ', after its last test';
}

/** The counts of a file whose process ended before it counted; the file itself counts as a failure. */
function countWithout({passed, failed, skipped, counts}) {
  const fail = failed.length + 1;
  Object.assign(counts, {pass: passed.length, fail, skipped: skipped.length});
  counts.tests = passed.length + fail + skipped.length;
}

/** Prints the result of the run, and ends it. */
function finish(fault) {
  if (isFinished) return;
  isFinished = true;
  const faults = fault ? [fault] : [];
  for (const [file, result] of results) {
    if (result.fault === 'did not end') countWithout(result);
    if (result.fault)
      faults.push(`${file}: ${result.fault}${result.fault === 'did not end' ? readEvents(result) : ''}`);
    for (const name of result.failed) faults.push(`${file}: ${name}`);
  }
  faults.push(...waiting.splice(0).map(file => `${file}: not begun`), ...featureFaults());
  printSkipped();
  if (faults.length > 0) console.log(`\nwhat failed:\n${faults.map(one => `✖ ${one}`).join('\n')}`);
  printCounts();
  process.exitCode = faults.length > 0 ? 1 : 0;
  // the output is written before the process ends by itself
  killAll();
  setTimeout(() => process.exit(), 5000).unref();
}

function featureFaults() {
  const document = readFileSync(join(ROOT, 'docs', 'features.md'), 'utf8');
  const {shown, skipped, faults} = checkFeatures(document, results, isWhole);
  if (shown > 0)
    console.log(`\ndocs/features.md: ${shown} claims shown by tests, ${skipped} by skipped ones`);
  return faults.map(fault => `docs/features.md: ${fault}`);
}

/** The reasons for skips, each with the number of tests. */
function printSkipped() {
  const counts = new Map();
  for (const {reasons} of results.values()) {
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  if (counts.size === 0) return;
  const lines = [...counts].map(([reason, count]) => `﹣ ${count} × ${reason}`);
  console.log(`\nwhat was skipped (REQUIRE makes it fail):\n${lines.join('\n')}`);
}

/** The sums over all files, in the lines of node:test. */
function printCounts() {
  const sign = process.stdout.isTTY ? 'ℹ' : '#';
  console.log('');
  for (const name of COUNTS) {
    const sum = [...results.values()].reduce((total, {counts}) => total + (counts[name] ?? 0), 0);
    console.log(`${sign} ${name} ${sum}`);
  }
  console.log(`${sign} duration_ms ${(performance.now() - begin).toFixed(3)}`);
}

/**
 * `npm run test:pytorch`: the package for pip against real PyTorch. It makes a virtual environment per version under
 * `build/pytorch/`, once; builds wheel and source distribution; installs the wheel; and runs `tests/pytorch` in each. Debian's
 * `python3-torch` is tried as well where it is installed. What cannot run here is skipped with its reason;
 * `REQUIRE=pytorch` makes the skip a failure.
 *
 * Words select environments by name (`2.6.0`, `newest`, `system`); those that end in `.py` select test files. `--prepare` makes
 * the environments and ends. `--brief` runs all tests on 2.6.0 and only those of the CPU on the others.
 */
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {endOnSignals, killAll, run} from './processes.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = join(ROOT, 'build', 'pytorch');
const TESTS = join(ROOT, 'tests', 'pytorch');
/** Seconds for an installation, a build, and the tests of one environment. */
const LIMIT = {install: 900, build: 300, test: 600};

/** What each environment has beside PyTorch; torchvision has the nets. */
const TOOLS = ['numpy', 'build', 'setuptools>=70.1'];
const ENVIRONMENTS = {
  '2.6.0': ['torch==2.6.0', 'torchvision==0.21.0', ...TOOLS],
  newest: ['torch', 'torchvision', ...TOOLS],
};
const REQUIRED = (process.env.REQUIRE ?? '').split(/[\s,]+/).includes('pytorch');

const skips = [];
function skip(name, reason) {
  console.log(`# SKIP ${name}: ${reason}`);
  skips.push(name);
}

/** Why nothing can run on this machine, or undefined. */
function obstacle() {
  if (process.platform !== 'linux') return 'the native runtime needs Linux';
  if (spawnSync('cc', ['--version']).status !== 0) return 'this machine has no C compiler `cc`';
  const probe = spawnSync('python3', [
    '-c',
    'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 9))',
  ]);
  return probe.status === 0 ? undefined : 'this machine has no Python ≥ 3.9 with venv: `python3 -m venv`';
}

/** The environment's Python, or undefined where it cannot be made: then it was skipped. */
async function environment(name) {
  const folder = join(FOLDER, name);
  const python = join(folder, 'bin', 'python');
  const mark = join(folder, 'complete');
  if (existsSync(mark)) return python;
  rmSync(folder, {recursive: true, force: true});
  mkdirSync(FOLDER, {recursive: true});
  const made = await run('python3', ['-m', 'venv', folder], {cwd: ROOT, seconds: LIMIT.install});
  if (made.status !== 0) return skip(name, `python3 -m venv failed: ${lastLine(made.output)}`);
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--quiet', ...ENVIRONMENTS[name]];
  const installed = await run(python, pip, {cwd: ROOT, seconds: LIMIT.install});
  if (installed.status !== 0) return skip(name, `pip did not install it: ${lastLine(installed.output)}`);
  writeFileSync(mark, '');
  return python;
}

function lastLine(text) {
  return text.trim().split('\n').at(-1) || 'no output';
}

/** The system's Python where it has torch. */
function systemPython() {
  const {status} = spawnSync('/usr/bin/python3', ['-c', 'import torch']);
  return status === 0 ? '/usr/bin/python3' : skip('system', "Debian's python3-torch is not installed");
}

/** Builds the package. @returns the path of its wheel */
async function buildWheel(python) {
  const script = join(ROOT, 'scripts', 'build-python.mjs');
  const {status, output} = await run(process.execPath, [script], {
    cwd: ROOT,
    env: {PYTHON: python},
    seconds: LIMIT.build,
  });
  const dist = join(ROOT, 'build', 'python', 'dist');
  const wheel = status === 0 && readdirSync(dist).find(name => name.endsWith('.whl'));
  if (wheel) return join(dist, wheel);
  console.error(output);
  console.error('test-pytorch: the package was not built');
  process.exit(1);
}

/** Whether nothing was skipped that has to run; a PyTorch without CUDA, as on AArch64, is a reason. */
function hasNoSkip(name, output) {
  const skipped =
    output.match(/skipped ['"].*/g)?.filter(reason => !/is built without CUDA/.test(reason)) ?? [];
  if (!REQUIRED || name === 'system' || skipped.length === 0) return true;
  console.error(`test-pytorch: ${name}: REQUIRE names pytorch, but ${skipped.join('; ')}`);
  return false;
}

/** Installs the wheel into a folder of its own, so that no environment is changed, and runs the tests. */
async function test(name, python, wheel, files) {
  const site = join(FOLDER, `site-${name}`);
  rmSync(site, {recursive: true, force: true});
  const pip = [
    '-m',
    'pip',
    'install',
    '--disable-pip-version-check',
    '--quiet',
    '--no-deps',
    '--target',
    site,
    wheel,
  ];
  const installed = await run(python, pip, {cwd: ROOT, seconds: LIMIT.install});
  if (installed.status !== 0) {
    console.error(`test-pytorch: ${name}: pip did not install ${wheel}: ${installed.output}`);
    return false;
  }
  console.log(`# ${name}: ${python}`);
  const all = readdirSync(TESTS).filter(file => /^test_.*\.py$/.test(file));
  const brief = isBrief && name !== '2.6.0' ? all.filter(file => /_(cpu|steps)\.py$/.test(file)) : all.sort();
  const which = files.length > 0 ? files : brief;
  let passed = true;
  for (const file of which) {
    const {status, isLate, output, seconds} = await run(
      python,
      ['-m', 'unittest', '-v', file.replace(/^.*\//, '').replace(/\.py$/, '')],
      {
        cwd: TESTS,
        env: {
          PYTHONPATH: [site, TESTS].join(':'),
          PYTHONDONTWRITEBYTECODE: '1',
          STOWAGE_ROOT: ROOT,
          STOWAGE_SO: '',
        },
        seconds: LIMIT.test,
      },
    );
    console.log(`# ${name}: ${file}, ${seconds.toFixed(0)} s\n${output}`);
    if (isLate)
      console.error(`test-pytorch: ${name}: ${file} was killed: it exceeded its limit of ${LIMIT.test} s`);
    // older versions of unittest end with 0 where they find no test
    passed = passed && !isLate && status === 0 && /^Ran [1-9]/m.test(output) && hasNoSkip(name, output);
  }
  return passed;
}

endOnSignals();
process.on('exit', killAll);
const words = process.argv.slice(2).filter(word => !word.startsWith('--'));
const isPreparing = process.argv.includes('--prepare');
const isBrief = process.argv.includes('--brief');
const files = words.filter(word => word.endsWith('.py'));
const wanted = words.filter(word => !word.endsWith('.py'));
const names = [...Object.keys(ENVIRONMENTS), 'system'].filter(
  name => wanted.length === 0 || wanted.includes(name),
);
if (names.length === 0) {
  console.error(
    `test-pytorch: expected some of ${Object.keys(ENVIRONMENTS).join(', ')}, system, got ${wanted.join(', ')}`,
  );
  process.exit(2);
}
const reason = obstacle();
if (reason !== undefined) {
  skip('pytorch', reason);
} else {
  // side by side: most of it waits for the network
  const made = await Promise.all(names.map(name => (name === 'system' ? systemPython() : environment(name))));
  const pythons = names.map((name, i) => [name, made[i]]).filter(([, python]) => python !== undefined);
  const builder = pythons.find(([name]) => name !== 'system');
  if (builder && !isPreparing) {
    const wheel = await buildWheel(builder[1]);
    // side by side: each file is a process, and most of them use one core
    const results = await Promise.all(
      pythons.map(async ([name, python]) => [name, await test(name, python, wheel, files)]),
    );
    const failed = results.filter(([, passed]) => !passed).map(([name]) => name);
    console.log(`# ${results.length - failed.length} of ${results.length} environments passed`);
    if (failed.length > 0) process.exit(1);
  }
}
// Debian's package is an extra: the versions from PyPI are what must run
const missing = skips.filter(name => name !== 'system');
if (REQUIRED && missing.length > 0) {
  console.error(`test-pytorch: REQUIRE names pytorch, but skipped: ${missing.join(', ')}`);
  process.exit(1);
}

/**
 * Makes the package for pip in `build/python/dist/`: a wheel for this machine, and a source distribution that has the
 * generated C. It needs Python ≥ 3.9 with the package `build`, and `cc`. `PYTHON` names the interpreter, else `python3`.
 */
import {spawnSync} from 'node:child_process';
import {cpSync, existsSync, mkdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NATIVE = join(ROOT, 'build', 'native');
const OUTPUT = join(ROOT, 'build', 'python');
const PYTHON = process.env.PYTHON ?? 'python3';

function fail(message) {
  console.error(`build-python: ${message}`);
  process.exit(1);
}

if (!existsSync(join(NATIVE, 'core.c'))) fail('build/native is missing: run `npm run build`');
rmSync(OUTPUT, {recursive: true, force: true});
mkdirSync(OUTPUT, {recursive: true});
cpSync(join(ROOT, 'bindings', 'python'), OUTPUT, {
  recursive: true,
  filter: path => !/__pycache__/.test(path),
});
cpSync(NATIVE, join(OUTPUT, 'native'), {recursive: true});
cpSync(join(ROOT, 'LICENSE'), join(OUTPUT, 'LICENSE'));

// without isolation: what the build needs is installed beside it, so nothing is fetched here
const {status, error} = spawnSync(PYTHON, ['-m', 'build', '--no-isolation', OUTPUT], {
  stdio: 'inherit',
  cwd: OUTPUT,
});
if (error) fail(`cannot run ${PYTHON}: ${error.message}; set PYTHON`);
if (status !== 0)
  fail(`${PYTHON} -m build ended with ${status}; it needs: pip install build "setuptools>=70.1"`);

/**
 * Runs the TypeScript tests: `node scripts/test.mjs [name …]` takes those whose path contains one of the names, all
 * by default. It lists the files itself because Node 20 does not expand globs and neither does Windows' shell.
 */
import {spawnSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const names = process.argv.slice(2);
const files = readdirSync(new URL('../tests/', import.meta.url), {recursive: true})
  .filter(file => file.endsWith('.test.ts'))
  .map(file => `tests/${file.replaceAll('\\', '/')}`)
  .filter(file => names.length === 0 || names.some(name => file.includes(name)))
  .sort();
if (files.length === 0) {
  console.error(`test: no file under tests/ matches ${names.join(', ') || '*.test.ts'}`);
  process.exit(1);
}

// two at a time: the tests of the hosts start browsers and runtimes, and continuous integration has few cores
const {status, error} = spawnSync(
  process.execPath,
  ['--import', 'tsx', '--test', '--test-concurrency=2', ...files],
  {cwd: ROOT, stdio: 'inherit'},
);
if (error) console.error(`test: ${error.message}`);
process.exit(status ?? 1);

/** Compiles the modules of `assembly/`, one after the other, and embeds those that the package carries. */
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ASC = fileURLToPath(new URL('../node_modules/assemblyscript/bin/asc.js', import.meta.url));

const RUNTIME = ['assembly/runtime/index.ts', '--config', 'asconfig.runtime.json'];
const STEPS = [
  [ASC, 'assembly/index.ts', '--target', 'debug'],
  [ASC, 'assembly/index.ts', '--target', 'release'],
  [ASC, ...RUNTIME, '--target', 'debug'],
  [ASC, ...RUNTIME, '--target', 'release'],
  [ASC, ...RUNTIME, '--target', 'shared'],
  ['scripts/embed-wasm.mjs'],
  ['scripts/build-js-core.mjs'],
];

for (const step of STEPS) {
  const {status, error} = spawnSync(process.execPath, step, {cwd: ROOT, stdio: 'inherit'});
  if (error) console.error(`build-wasm: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

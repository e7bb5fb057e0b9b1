/**
 * Completes `dist/` after tsc: drops outputs of deleted sources, adds the wasm modules and makes
 * the command line executable.
 */
import {chmodSync, copyFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {join, sep} from 'node:path';
import {fileURLToPath} from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');
const COMMAND = join(DIST, 'cli', 'main.js');
const NATIVE = join(DIST, 'native');

/** Prints the fault and ends the build. */
function fail(message) {
  console.error(`finish-dist: ${message}`);
  process.exit(1);
}

/** Removes outputs without a source: tsc never deletes, and `npm pack` takes all of dist/. */
function dropStaleOutputs() {
  for (const entry of readdirSync(DIST, {recursive: true, withFileTypes: true})) {
    if (!entry.isFile()) continue;
    const output = join(entry.parentPath ?? entry.path, entry.name);
    // made whole by build-page.mjs, by third-party.mjs, and below
    if (output.endsWith('.txt')) continue;
    if (output.startsWith(join(DIST, 'page') + sep) || output.startsWith(NATIVE + sep)) continue;
    const source = join(ROOT, 'bindings', output.slice(DIST.length)).replace(/(\.d\.ts|\.js)$/, '.ts');
    if (!existsSync(source)) rmSync(output);
  }
}

/** Sets the executable bit that tsc does not; a command without its `#!` line would be run by the shell. */
function finishCommand() {
  if (!existsSync(COMMAND)) return;
  if (!readFileSync(COMMAND, 'utf8').startsWith('#!/usr/bin/env node\n')) {
    fail('dist/cli/main.js must start with "#!/usr/bin/env node"');
  }
  chmodSync(COMMAND, 0o755);
}

/** The build's outputs by their names in the package; tsc sees the core in JavaScript as a source. */
const JS_CORE = join(ROOT, 'bindings', 'js', 'core-js.js');
const MODULES = {
  'release.wasm': 'core.wasm',
  'runtime.wasm': 'runtime.wasm',
  'runtime.shared.wasm': 'runtime.shared.wasm',
};

for (const name of Object.keys(MODULES)) {
  if (!existsSync(join(ROOT, 'build', name))) fail(`build/${name} is missing: run \`npm run build:wasm\``);
}
if (!existsSync(join(DIST, 'index.js'))) fail('dist/index.js is missing: tsc wrote nothing');
if (!existsSync(JS_CORE)) fail('bindings/js/core-js.js is missing: run `npm run build:wasm`');
dropStaleOutputs();
copyFileSync(JS_CORE, join(DIST, 'js', 'core-js.js'));
for (const [name, packed] of Object.entries(MODULES))
  copyFileSync(join(ROOT, 'build', name), join(DIST, packed));
if (!existsSync(join(ROOT, 'build', 'native', 'core.c')))
  fail('build/native is missing: run `npm run build:native`');
rmSync(NATIVE, {recursive: true, force: true});
cpSync(join(ROOT, 'build', 'native'), NATIVE, {recursive: true});
finishCommand();

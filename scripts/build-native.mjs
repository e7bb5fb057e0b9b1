/**
 * Makes `build/native/`: the release wasms as C by `wasm2c` of the package wabt, beside the sources of `bindings/native/`.
 * That folder compiles by itself with any C11 compiler: `cc -O2 -shared -fPIC -pthread -o stowage.so *.c -ldl`. It is in the
 * packages for npm and pip, and in no repository.
 */
import {spawnSync} from 'node:child_process';
import {copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = join(ROOT, 'bindings', 'native');
const OUTPUT = join(ROOT, 'build', 'native');
const WASM2C = join(ROOT, 'node_modules', 'wabt', 'bin', 'wasm2c');

/** Name of the module in C, and the file that it is made of. */
const MODULES = {core: 'release.wasm', runtime: 'runtime.wasm'};
/** `server.c` includes this one, so that its fast paths are inlined. */
const INCLUDED = 'runtime';

/**
 * wasm2c has compilers keep every read, so that a read beyond the memory traps even where its value is of no use. Ours need
 * not: without that, reads become operands of other instructions.
 */
const KEPT_READ = /^(#define FORCE_READ_INT\(var\)) __asm__.*$/m;

function translate(name, file) {
  const output = join(OUTPUT, `${name}.c`);
  const args = [join(ROOT, 'build', file), '-n', name, '-o', output];
  const {status, error} = spawnSync(process.execPath, [WASM2C, ...args], {stdio: 'inherit'});
  if (status !== 0) {
    console.error(
      `build-native: wasm2c did not translate build/${file}: ${error?.message ?? `exit code ${status}`}`,
    );
    process.exit(1);
  }
  const generated = readFileSync(output, 'utf8');
  if (!KEPT_READ.test(generated)) {
    console.error('build-native: wasm2c defines FORCE_READ_INT otherwise than expected: adapt KEPT_READ');
    process.exit(1);
  }
  const text = generated.replace(KEPT_READ, '$1');
  if (name !== INCLUDED) return writeFileSync(output, text);
  // compilers warn of nothing in a system header; this one is not ours to mend
  writeFileSync(join(OUTPUT, `${name}.inc`), `#pragma GCC system_header\n${text}`);
  rmSync(output);
}

rmSync(OUTPUT, {recursive: true, force: true});
mkdirSync(OUTPUT, {recursive: true});
for (const [name, file] of Object.entries(MODULES)) translate(name, file);
for (const name of readdirSync(SOURCES))
  if (/\.[ch]$/.test(name)) copyFileSync(join(SOURCES, name), join(OUTPUT, name));

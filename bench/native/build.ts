/** Compiles `build/native/` as the wheel does: a shared object for Python, and programs over the same objects. */
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCES = join(ROOT, 'build', 'native');
const OUTPUT = join(ROOT, 'build', 'bench', 'native');
/** Those of `bindings/python/setup.py`. */
const FLAGS = ['-O2', '-fvisibility=hidden', '-std=gnu11', '-pthread', '-fexceptions', '-fPIC'];
const LIBRARIES = ['-ldl', '-lm'];

/** What was compiled. */
export interface Native {
  /** First line of what the compiler says of itself. */
  readonly compiler: string;
  /** Path of the shared object. */
  readonly library: string;
  readonly objects: readonly string[];
}

/** Compiles all of `build/native/`; why not, where that cannot be. */
export function buildNative(): Native | string {
  if (process.platform !== 'linux') return `the hooks need Linux, this is ${process.platform}`;
  const asked = spawnSync('cc', ['--version'], {encoding: 'utf8'});
  if (asked.status !== 0) return 'there is no C compiler `cc`';
  if (!existsSync(SOURCES)) return 'build/native is missing: run `npm run build`';
  mkdirSync(OUTPUT, {recursive: true});
  const objects = readdirSync(SOURCES)
    .filter(name => name.endsWith('.c'))
    .map(name => {
      const object = join(OUTPUT, name.replace(/c$/, 'o'));
      cc('-c', join(SOURCES, name), '-o', object);
      return object;
    });
  const library = join(OUTPUT, 'stowage.so');
  cc('-shared', ...objects, '-o', library, ...LIBRARIES);
  return {compiler: asked.stdout.split('\n')[0]!, library, objects};
}

/** A program of this folder over the objects. @returns its path */
export function buildProgram(name: string, {objects}: Native): string {
  const program = join(OUTPUT, name);
  const source = fileURLToPath(new URL(`${name}.c`, import.meta.url));
  cc('-I', SOURCES, source, ...objects, '-o', program, ...LIBRARIES);
  return program;
}

function cc(...args: readonly string[]): void {
  const {status, stderr} = spawnSync('cc', [...FLAGS, ...args], {encoding: 'utf8'});
  if (status !== 0) throw new Error(`cc ${args.join(' ')}: ${stderr}`);
}

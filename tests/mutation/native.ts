/**
 * `npm run mutate -- native [--mutants N] [--seed S] [--file NAME]`: changes the C that serves PyTorch in one place at a time,
 * compiles it and runs its tests on a copy of the tree. Prints the score and the survivors.
 */
import {spawnSync} from 'node:child_process';
import {readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {seeded} from '../random.ts';
import {cMutantsOf} from './c-mutants.ts';
import {copyOfTree, describe, isEquivalent, type Row, report, say, withFile} from './core.ts';
import {applied, type Mutant, sample} from './mutants.ts';
import {fastTests} from './run-tests.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = 'bindings/native';
export const NATIVE_FILES = ['server', 'step_plan', 'profile', 'row_map', 'watch', 'lane', 'torch_cpu'];
const TESTS = 'native-tests.ts';
/** A limit of CPU time is this many times what the unchanged sources take, and so many seconds. */
const PATIENCE = 4;
const GRACE = 10;

export async function mutateNative(args: readonly string[]): Promise<void> {
  const {values} = parseArgs({
    args: [...args],
    options: {
      mutants: {type: 'string', default: '60'},
      seed: {type: 'string', default: '1'},
      file: {type: 'string'},
    },
  });
  const tree = copyOfTree();
  try {
    // the generated sources; mutated ones are found before their copies there
    symlinkSync(join(ROOT, 'build', 'native'), join(tree, 'build', 'native'), 'junction');
    const files = NATIVE_FILES.filter(name => values.file === undefined || name === values.file);
    if (files.length === 0)
      throw new Error(`--file: expected one of ${NATIVE_FILES.join(', ')}, got ${values.file}`);
    await mutateIn(tree, files, Number(values.mutants), Number(values.seed));
  } finally {
    rmSync(tree, {recursive: true, force: true});
  }
}

async function mutateIn(tree: string, files: readonly string[], count: number, seed: number): Promise<void> {
  const unchanged = await fastTests(tree, Number.POSITIVE_INFINITY, TESTS);
  if (unchanged.isKilled) throw new Error(`the unchanged sources fail: ${unchanged.how}`);
  const limit = Math.ceil(PATIENCE * unchanged.seconds) + GRACE;
  const all = files.flatMap(name => {
    const file = `${FOLDER}/${name}.c`;
    return cMutantsOf(file, readFileSync(join(ROOT, file), 'utf8'));
  });
  console.log(`mutate: ${all.length} mutants of ${files.length} sources in C; limit ${limit} s a mutant`);
  const rows: Row[] = [];
  let [equivalent, invalid] = [0, 0];
  for (const mutant of sample(all, all.length, seeded(seed))) {
    if (rows.length >= count) break;
    const text = readFileSync(join(ROOT, mutant.file), 'utf8');
    if (isEquivalent(mutant, text)) equivalent++;
    else if (!compiles(tree, mutant, text)) invalid++;
    else {
      const outcome = await withFile(tree, mutant.file, applied(text, mutant), limit, TESTS);
      rows.push({what: describe(mutant, text), outcome});
      say(rows);
    }
  }
  report(rows, `systematic mutants in C, seed ${seed}`);
  console.log(`left out: ${equivalent} known as equivalent, ${invalid} that do not compile`);
}

function compiles(tree: string, mutant: Mutant, text: string): boolean {
  const file = join(tree, FOLDER, 'mutant.c');
  writeFileSync(file, applied(text, mutant));
  const include = `-I${join(tree, 'build', 'native')}`;
  const {status} = spawnSync('cc', ['-std=gnu11', '-w', '-fsyntax-only', include, file], {stdio: 'ignore'});
  rmSync(file);
  return status === 0;
}

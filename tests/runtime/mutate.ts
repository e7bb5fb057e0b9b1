/**
 * `npm run mutate -- runtime [WORD …]`: breaks the rules of the runtime one by one, those whose words contain one of these, and
 * exits with 1 if the perturbed iterations do not notice. Each mutant has a process of its own, as it may never end.
 */
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {MUTATIONS, noticed} from './mutations.ts';

const ITERATIONS = 375;
/** Milliseconds for compiling and running one; a hundred times what most take until they are noticed. */
const LIMIT = 300_000;

const args = process.argv.slice(2);
if (args[0] === '--one') {
  const broken = MUTATIONS[Number(args[1])];
  console.log((await noticed(broken, ITERATIONS)) ?? '');
} else {
  mutateAll(args);
}

function mutateAll(names: readonly string[]): void {
  const unchanged = run(-1);
  if (unchanged !== '') {
    console.error(`mutate: the unchanged runtime fails: ${unchanged}`);
    process.exit(1);
  }
  let missed = 0;
  let tried = 0;
  for (const [i, {rule, file}] of MUTATIONS.entries()) {
    const line = `${file}: ${rule}`;
    if (names.length > 0 && !names.some(name => line.includes(name))) continue;
    const how = run(i);
    tried++;
    if (how === '') missed++;
    console.log(`${how === '' ? 'NOT NOTICED' : 'noticed'}  ${line}${how === '' ? '' : `: ${how}`}`);
  }
  console.log(`mutate: ${tried - missed} of ${tried} noticed within ${2 * ITERATIONS} perturbed iterations`);
  process.exit(missed > 0 || tried === 0 ? 1 : 0);
}

function run(index: number): string {
  const self = fileURLToPath(import.meta.url);
  const {status, signal, stdout, stderr} = spawnSync(
    process.execPath,
    ['--import', 'tsx', self, '--one', String(index)],
    {encoding: 'utf8', timeout: LIMIT},
  );
  if (signal) return 'it never ends';
  // an error while compiling is none of the mutant's
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}

/** `npm run mutate -- core|capabilities|runtime|native|all`: breaks the sources on purpose; the tests must notice. */
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {mutateCapabilities} from './capabilities.ts';
import {mutateCore} from './core.ts';
import {mutateNative} from './native.ts';
import {mutateRuntimeSample} from './runtime.ts';

const USAGE = `npm run mutate -- core [--mutants 60] [--seed 1] [--policy] [--sample]
    the core and the planner: named mutants of the policy, then a seeded sample; or one of the two
npm run mutate -- capabilities [AREA …] [--mutants 10] [--seed 1] [--named]
    streams, sizes, stay, symbolic, order, fit: named mutants of each, then a seeded sample of so many
npm run mutate -- runtime [WORD …]
    the rules of the runtime, those whose words contain one of these
npm run mutate -- runtime --mutants N [--seed 1] [--file NAME]
    a seeded sample of its sources, or of one of them
npm run mutate -- native [--mutants 60] [--seed 1] [--file NAME]
    the sources in C: a seeded sample, of one of them or of all
npm run mutate -- all
    all of them`;

const [which, ...rest] = process.argv.slice(2);
if (which === 'core') process.exit((await mutateCore(rest)) ? 0 : 1);
else if (which === 'capabilities') process.exit((await mutateCapabilities(rest)) ? 0 : 1);
else if (which === 'runtime' && rest.some(word => word.startsWith('--'))) mutateRuntimeSample(rest);
else if (which === 'runtime') process.exit(mutateRuntime(rest));
else if (which === 'native') await mutateNative(rest);
else if (which === 'all') {
  await mutateNative([]);
  const isCoreGuarded = await mutateCore(rest);
  const isGuarded = (await mutateCapabilities([])) && isCoreGuarded;
  process.exit(mutateRuntime([]) || Number(!isGuarded));
} else {
  console.log(USAGE);
  process.exit(which === undefined ? 0 : 1);
}

function mutateRuntime(words: readonly string[]): number {
  const file = fileURLToPath(new URL('../runtime/mutate.ts', import.meta.url));
  return spawnSync(process.execPath, ['--import', 'tsx', file, ...words], {stdio: 'inherit'}).status ?? 1;
}

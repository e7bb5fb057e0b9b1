/**
 * The steps of `npm test` before the tests in TypeScript, side by side, each within a limit: `node scripts/steps.mjs types format
 * core`. Their commands are started by Node itself, since `node_modules/.bin` has shell scripts that differ by system.
 */
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {endOnSignals, killAll, runNode} from './processes.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The command of a package, its arguments, and the seconds that it may take. */
const STEPS = {
  types: ['typescript', 'tsc', ['-p', 'tsconfig.json'], 600],
  format: ['@biomejs/biome', 'biome', ['check', '.'], 300],
  core: ['@as-pect/cli', 'asp', ['--config', 'as-pect.config.js', '--summary'], 1200],
};

/** The script that a package has as its command. */
function commandOf(packageName, command) {
  const manifest = join(ROOT, 'node_modules', packageName, 'package.json');
  const {bin} = createRequire(import.meta.url)(manifest);
  return join(dirname(manifest), typeof bin === 'string' ? bin : bin[command]);
}

endOnSignals();
process.on('exit', killAll);
const names = process.argv.slice(2);
const unknown = names.filter(name => !Object.hasOwn(STEPS, name));
if (names.length === 0 || unknown.length > 0) {
  console.error(
    `steps: expected some of ${Object.keys(STEPS).join(', ')}, got ${unknown.join(', ') || 'none'}`,
  );
  process.exit(2);
}
// side by side: each uses one core
const codes = await Promise.all(
  names.map(async name => {
    const [packageName, command, args, seconds] = STEPS[name];
    const script = commandOf(packageName, command);
    const {status, isLate, output} = await runNode([script, ...args], {cwd: ROOT, seconds});
    console.log(output.trimEnd());
    if (isLate) console.error(`steps: ${name} was killed: it exceeded its limit of ${seconds} s`);
    return isLate ? 1 : (status ?? 1);
  }),
);
process.exit(codes.find(code => code !== 0) ?? 0);

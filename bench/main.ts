/** `npm run bench [-- solve|boundary|cancel|import|runtime …]`: all of them by default. */
import {benchBoundary} from './boundary.ts';
import {benchCancel} from './cancel.ts';
import {benchImport} from './import.ts';
import {printMachine} from './measure.ts';
import {benchRuntime} from './runtime/index.ts';
import {benchSolve} from './solve.ts';

const BENCHES: Readonly<Record<string, () => void | Promise<void>>> = {
  boundary: benchBoundary,
  cancel: benchCancel,
  import: benchImport,
  runtime: benchRuntime,
  solve: benchSolve,
};

const names = process.argv.slice(2);
const unknown = names.find(name => !Object.hasOwn(BENCHES, name));
if (unknown !== undefined) {
  console.error(`bench: unknown bench "${unknown}"; known are ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
printMachine();
for (const name of names.length > 0 ? names : Object.keys(BENCHES)) await BENCHES[name]!();

/** `npm run bench [-- solve|boundary|import …]`: all of them by default; `import --large` reads 1 GB, too. */
import {benchBoundary} from './boundary.ts';
import {benchImport} from './import.ts';
import {printMachine} from './measure.ts';
import {benchSolve} from './solve.ts';

const BENCHES: Readonly<Record<string, () => void | Promise<void>>> = {
  boundary: benchBoundary,
  import: () => benchImport(process.argv.includes('--large')),
  solve: benchSolve,
};

const names = process.argv.slice(2).filter(name => name !== '--large');
const unknown = names.find(name => !Object.hasOwn(BENCHES, name));
if (unknown !== undefined) {
  console.error(`bench: unknown bench "${unknown}"; known are ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
printMachine();
for (const name of names.length > 0 ? names : Object.keys(BENCHES)) await BENCHES[name]!();

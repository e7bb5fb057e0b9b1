/** One planner per build of the core: every test of the planner runs against both. */
import {existsSync, readFileSync} from 'node:fs';
import {loadPlannerSync, type Planner} from '../bindings/index.ts';

/** A build of the core, compiled, with a planner over it. */
export interface Build {
  readonly name: 'debug' | 'release';
  readonly module: WebAssembly.Module;
  readonly planner: Planner;
}

export const BUILDS: readonly Build[] = (['debug', 'release'] as const).map(name => {
  const file = new URL(`../build/${name}.wasm`, import.meta.url);
  if (!existsSync(file)) throw new Error(`build/${name}.wasm is missing: run \`npm run build\` first`);
  const module = new WebAssembly.Module(readFileSync(file));
  return {name, module, planner: loadPlannerSync({module})};
});

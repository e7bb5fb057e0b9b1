/** One planner per build of the core: every test of the planner runs against both. */
import {existsSync, readFileSync} from 'node:fs';
import {loadPlannerSync, type Planner} from '../bindings/index.ts';
import {isQuick} from './share.ts';

/** A build of the core, compiled, with a planner over it. */
export interface Build {
  readonly name: 'debug' | 'release';
  readonly module: WebAssembly.Module;
  readonly planner: Planner;
}

/** In a short run the release alone: the debug build is the same code with its checks. */
const NAMES = isQuick() ? (['release'] as const) : (['debug', 'release'] as const);

export const BUILDS: readonly Build[] = NAMES.map(name => {
  const file = new URL(`../build/${name}.wasm`, import.meta.url);
  if (!existsSync(file)) throw new Error(`build/${name}.wasm is missing: run \`npm run build\` first`);
  const module = new WebAssembly.Module(readFileSync(file));
  return {name, module, planner: loadPlannerSync({module})};
});

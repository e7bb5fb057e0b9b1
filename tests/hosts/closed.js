/**
 * Node as a host that compiles nothing at run time, as Cloudflare Workers are: modules are there when the program starts,
 * and WebAssembly takes nothing else. Prints what the planner says without one, and plans with one.
 */
import {readFileSync} from 'node:fs';
import {corpus} from './corpus.js';

const module = new WebAssembly.Module(readFileSync(new URL('../../dist/core.wasm', import.meta.url)));
const {Module} = WebAssembly;
const refuse = () => {
  throw new WebAssembly.CompileError('Wasm code generation disallowed by embedder');
};
WebAssembly.compile = async () => refuse();
WebAssembly.compileStreaming = WebAssembly.compile;
const {instantiate} = WebAssembly;
WebAssembly.instantiate = async (source, imports) =>
  source instanceof Module ? instantiate(source, imports) : refuse();
WebAssembly.Module = class {
  constructor() {
    refuse();
  }
  static [Symbol.hasInstance](value) {
    return value instanceof Module;
  }
};

const {loadPlanner, loadPlannerSync} = await import('../../dist/index.js');
const refusal = await loadPlanner().catch(({name, message}) => [name, message]);
const planners = [await loadPlanner({module}), loadPlannerSync({module})];
const plans = {};
for (const [name, problem] of [...corpus()].slice(0, 12)) {
  plans[name] = planners.map(planner => {
    const {offsets, nodes, algorithm} = planner.plan(problem, {nodeLimit: 2000});
    return [offsets.join(), nodes, algorithm];
  });
}
console.log(JSON.stringify({refusal, plans}));

/** The core in JavaScript beside the one in WebAssembly: the same plans, and how much later. */
import {type Algorithm, loadPlannerSync} from '../bindings/index.ts';
import {loadPlannerSync as loadJs} from '../bindings/js.ts';
import {geometricMean, ms, printTable, time} from './measure.ts';
import type {BenchOptions} from './options.ts';
import {examples, generated} from './sources.ts';

const NODES = 100_000;

export async function benchJs({only, seed}: BenchOptions): Promise<void> {
  const planners = [loadPlannerSync(), loadJs()];
  const instances = [...(await examples()), ...generated([1000])].filter(({name}) => only.test(name));
  const rows: (string | number)[][] = [];
  const ratios: number[] = [];
  console.log(
    `js: the core in JavaScript beside WebAssembly, ${NODES} nodes at most; the plans are compared`,
  );
  for (const {name, problem} of instances) {
    for (const algorithm of ['portfolio', 'local', 'exact', 'windows'] satisfies Algorithm[]) {
      const plan = () => planners.map(planner => planner.plan(problem, {algorithm, seed, nodeLimit: NODES}));
      const [wasm, js] = plan();
      if (wasm!.offsets.some((offset, i) => offset !== js!.offsets[i]))
        throw new Error(`${name}: plans differ`);
      const [ofWasm, ofJs] = planners.map(planner =>
        time(() => planner.plan(problem, {algorithm, seed, nodeLimit: NODES})),
      );
      const ratio = ofJs!.median / ofWasm!.median;
      ratios.push(ratio);
      rows.push([name, algorithm, problem.count, ms(ofWasm!.median), ms(ofJs!.median), ratio.toFixed(1)]);
    }
  }
  printTable(
    ['instance', 'algorithm', 'n', 'WebAssembly, median ms', 'JavaScript, median ms', 'ratio'],
    rows,
  );
  console.log(
    `JavaScript ÷ WebAssembly, geometric mean of ${ratios.length}: ${geometricMean(ratios).toFixed(1)}\n`,
  );
}

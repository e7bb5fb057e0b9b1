/** Cost of the wasm boundary, beside the work behind it. */
import {loadPlannerSync, toColumns} from '../bindings/index.ts';
import {heap} from './instances.ts';
import {ms, printTable, time} from './measure.ts';

export function benchBoundary(): void {
  const planner = loadPlannerSync();
  const load = time(() => loadPlannerSync());
  console.log('boundary: decoding, compiling and instantiating the core');
  printTable(['what', 'min ms', 'median ms'], [['loadPlannerSync', ms(load.min), ms(load.median)]]);
  console.log(
    'boundary: checking columns, and a plan that searches nothing (columns in, offsets out, verify) beside one that does',
  );
  const rows = [1000, 10_000, 100_000, 1_000_000].map(n => {
    const problem = heap(n, 2);
    const checked = time(() => toColumns(problem));
    const naive = time(() => planner.plan(problem, {algorithm: 'naive'}));
    const online = time(() => planner.plan(problem, {algorithm: 'best-fit-online'}));
    return [
      n,
      ms(checked.min),
      ms(checked.median),
      ms(naive.min),
      ms(naive.median),
      ms(online.min),
      ms(online.median),
    ];
  });
  printTable(['n', 'check min', 'median', 'naive min', 'median', 'best fit min', 'median'], rows);
}

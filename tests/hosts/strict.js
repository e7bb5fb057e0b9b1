/**
 * What a host that allows no WebAssembly runs: the default entry, which must say what would help, and `stowage/js`, whose
 * plans it prints as one JSON line, made here and in a worker.
 */
import {loadPlanner, loadPlannerSync} from '../../dist/index.js';
import {loadPlanner as loadJs} from '../../dist/js.js';
import {corpus} from './corpus.js';

const refusals = [];
for (const load of [loadPlanner, async () => loadPlannerSync()]) {
  await load().then(
    () => refusals.push(null),
    ({name, message}) => refusals.push([name, message]),
  );
}

const planner = await loadJs();
const plans = {};
for (const [name, problem] of [...corpus()].slice(0, 12)) {
  const {offsets, nodes, algorithm} = planner.plan(problem, {nodeLimit: 2000});
  plans[name] = [offsets.join(), nodes, algorithm];
}
const [[, problem]] = [...corpus()].slice(9, 10);
const {offsets, nodes, algorithm} = await planner.planAsync(problem, {nodeLimit: 2000});
plans.async = [offsets.join(), nodes, algorithm];
console.log(JSON.stringify({refusals, plans}));

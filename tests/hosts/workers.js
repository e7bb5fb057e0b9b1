/** Every host runs this, unchanged: plans part of the corpus here and in workers, and prints both as one JSON line. */
import {loadPlanner} from '../../dist/index.js';
import {corpus} from './corpus.js';

const planner = await loadPlanner();
const results = {};
for (const [name, problem] of [...corpus()].slice(10, 13)) {
  const options = {nodeLimit: 60_000};
  const here = planner.plan(problem, options);
  for (const threads of [1, 3]) {
    const there = await planner.planAsync(problem, {...options, threads});
    results[`${name}/${threads}`] = [here, there].map(({offsets, nodes, algorithm}) => [
      offsets.join(),
      nodes,
      algorithm,
    ]);
  }
}
console.log(JSON.stringify(results));

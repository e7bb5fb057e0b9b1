/**
 * Every engine runs this, unchanged: plans the problem of each line of standard input, and prints the plan or the name of its
 * error, a line each. Arguments: the entry of `dist/` to load.
 */
import process from 'node:process';
import {createInterface} from 'node:readline';

const [entry] = process.argv.slice(2);
const {loadPlanner} = await import(`../../../dist/${entry}.js`);
const planner = await loadPlanner();

for await (const line of createInterface({input: process.stdin})) {
  const {buffers, nodeLimit, seed, threads} = JSON.parse(line);
  const options = {nodeLimit, seed};
  const answer = [];
  try {
    const plans = [planner.plan({buffers}, options)];
    if (threads > 0) plans.push(await planner.planAsync({buffers}, {...options, threads}));
    for (const {peak, lowerBound, nodes, status, algorithm, offsets} of plans)
      answer.push([peak, lowerBound, nodes, status, algorithm, ...offsets].join(' '));
  } catch (error) {
    answer.push(error.name);
  }
  process.stdout.write(`${answer.join('\t')}\n`);
}
process.exit(0);

/** Plans a large problem and prints the memory that it took: `large-plan.ts KIND COUNT`. */
import {loadPlannerSync} from '../../bindings/index.ts';
import {type Large, large} from './large.ts';

const [kind, count] = process.argv.slice(2);
const planner = loadPlannerSync();
const problem = large(kind as Large, Number(count));
const plan = planner.plan(problem, {nodeLimit: 2000});
const violations = planner.verify(problem, plan).length;
const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(JSON.stringify({megabytes, violations, peak: plan.peak}));

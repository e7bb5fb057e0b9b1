/** The program that each project builds: a problem that is read, planned here, in workers and without WebAssembly, and written. */
import {loadPlanner} from 'stowage';
import {cHeader, checkedPlan} from 'stowage/artifacts';
import {loadPlanner as loadJs} from 'stowage/js';
import {importFile} from 'stowage/trace';

const data = new TextEncoder().encode('id,lower,upper,size\na,0,2,8\nb,1,3,4\nc,2,5,16\n');
const {problem} = await importFile({name: 'three.csv', data});
const planner = await loadPlanner();
const plan = planner.plan(problem);
const there = await planner.planAsync(problem, {threads: 2});
const js = await loadJs();
const withoutWasm = [js.plan(problem), await js.planAsync(problem)];
const header = [...cHeader(checkedPlan(planner, problem, plan))].join('');
console.log(
  JSON.stringify({
    offsets: [plan, there, ...withoutWasm].map(({offsets}) => offsets.join()),
    peak: plan.peak,
    status: plan.status,
    header: header.includes('#define PLAN_ARENA_BYTES UINT64_C(20)'),
  }),
);

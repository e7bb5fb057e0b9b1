/** Records one iteration, plans it, and serves the others from the plan: `npx tsx examples/runtime.ts` after `npm run build`. */
import {loadPlanner} from 'stowage';
import {createRuntime} from 'stowage/runtime';

const runtime = createRuntime({bytes: 32 << 20, planner: await loadPlanner()});
const layers = ['conv1', 'relu1', 'conv2', 'fc'].map((name, i) => ({key: runtime.key(name), bytes: (4 - i) << 20}));

for (let iteration = 0; iteration < 100; iteration++) {
  runtime.begin();
  let input = 0;
  for (const {key, bytes} of layers) {
    const output = runtime.malloc(key, bytes);
    runtime.view(output, bytes).fill(iteration);
    if (input !== 0) runtime.free(input);
    input = output;
  }
  runtime.free(input);
  runtime.end();
}
const {unplanned, served, plans, peak} = runtime.statistics;
console.log(`${unplanned} recorded, ${served} served from ${plans} plan, peak ${peak} of 10485760 bytes`);

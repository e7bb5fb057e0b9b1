/** A Cloudflare Worker: its core is compiled when it is deployed; compiling at run time is refused. */
import module from 'stowage-core.wasm';
import {loadPlanner} from '../../dist/index.js';
import {corpus} from './corpus.js';

export default {
  async fetch() {
    const refusal = await loadPlanner().catch(({name, message}) => [name, message]);
    const planner = await loadPlanner({module});
    const plans = {};
    for (const [name, problem] of [...corpus()].slice(0, 12)) {
      const {offsets, nodes, algorithm} = planner.plan(problem, {nodeLimit: 2000});
      plans[name] = [offsets.join(), nodes, algorithm];
    }
    return Response.json({refusal, plans});
  },
};

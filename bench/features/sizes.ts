/** Sizes that change in place. The baseline is the largest size for all, planned with the same effort. */
import {loadPlanner} from '../../bindings/index.ts';
import {varying} from '../../tests/constraints/varying.ts';
import {caches, timed} from './changing.ts';
import type {FeatureRow, FeatureTable} from './table.ts';

const INSTANCES = [
  {name: 'varying-10', make: () => varying(10)},
  {name: 'varying-100', make: () => varying(100)},
  {name: 'varying-1000', make: () => varying(1000)},
  {name: 'varying-10000', make: () => varying(10_000)},
  {name: 'caches-20', make: () => caches(10)},
  {name: 'caches-400', make: () => caches(200)},
  {name: 'caches-4000', make: () => caches(2000)},
];

export async function sizes(only: RegExp): Promise<FeatureTable> {
  const planner = await loadPlanner();
  const rows: FeatureRow[] = [];
  for (const {name, make} of INSTANCES.filter(instance => only.test(instance.name))) {
    const buffers = make();
    const {result: plan, seconds} = await timed(() => planner.plan({buffers}));
    const largest = buffers.map(({sizes: _, ...buffer}) => buffer);
    rows.push({
      instance: name,
      n: buffers.length,
      bound: plan.lowerBound,
      peak: plan.peak,
      proven: plan.status === 'optimal',
      baseline: planner.plan({buffers: largest}).peak,
      seconds,
    });
  }
  return {title: 'sizes that change', baseline: 'the largest size for all', rows};
}

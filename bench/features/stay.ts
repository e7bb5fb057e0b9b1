/**
 * Plans that stay: a tenth of the buffers changes its size. Bound, "peak" and baseline are bytes that move: those that must, those of
 * the plan, and those of a fresh plan.
 */
import type {BufferInfo} from '../../bindings/index.ts';
import {varying} from '../../tests/constraints/varying.ts';
import {seeded} from '../../tests/random.ts';
import {timed} from './changing.ts';
import type {FeatureRow, FeatureTable} from './table.ts';

const COUNTS = [20, 60, 1000, 10_000];
const SLACKS = ['0%', '1%', '5%'] as const;

export async function stay(only: RegExp): Promise<FeatureTable> {
  // the built library, whose workers large problems need
  const {loadPlanner, replan} = (await import(
    '../../dist/index.js'
  )) as unknown as typeof import('../../bindings/index.ts');
  const planner = await loadPlanner();
  const rows: FeatureRow[] = [];
  for (const count of COUNTS) {
    const wanted = SLACKS.filter(slack => only.test(nameOf(count, slack)));
    if (wanted.length === 0) continue;
    const before = varying(count).map(({sizes: _, ...buffer}) => buffer);
    const previous = planner.plan({buffers: before}).offsets;
    const random = seeded(count);
    const buffers: BufferInfo[] = before.map(buffer =>
      random(10) === 0 ? {...buffer, size: buffer.size + 64 * random(20)} : buffer,
    );
    const fresh = planner.plan({buffers}).offsets;
    const baseline = buffers.reduce((sum, {size}, i) => sum + (fresh[i] === previous[i] ? 0 : size), 0);
    for (const peakSlack of wanted) {
      const {result, seconds} = await timed(() => replan(planner, {buffers}, {previous, peakSlack}));
      const {moved, movedAtLeast, plan, allowedPeak, known} = result;
      rows.push({
        instance: nameOf(count, peakSlack),
        n: count,
        bound: movedAtLeast,
        peak: moved.bytes,
        proven: moved.bytes === movedAtLeast,
        baseline,
        seconds,
        note: `peak ${plan.peak} of ${allowedPeak} allowed; ${known.bytes} bytes if all move`,
      });
    }
  }
  return {title: 'plans that stay: bytes that move', baseline: 'a fresh plan', rows};
}

function nameOf(count: number, slack: string): string {
  return `changed-${count}-${slack}`;
}

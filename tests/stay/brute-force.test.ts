/** Plans that stay against brute force: 1,000 seeded tiny problems and as many of each further kind. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {loadPlannerSync, type Problem, replan} from '../../bindings/index.ts';
import {constrained, type Kind} from '../constraints/problems.ts';
import {type Random, randomProblem, seeded} from '../random.ts';
import {leastMoved} from './oracle.ts';

const planner = loadPlannerSync();

function plain(random: Random): Problem {
  const shape = {buffers: 2 + random(4), ticks: 6, sizes: 5, gapOneIn: 4, fixedOneIn: 8};
  return randomProblem(random, random(3) === 0 ? {...shape, buffers: 4, alignment: 4} : shape);
}

/** The offsets of a plan of another problem of as many buffers, some of them unknown. */
function earlier(problem: Problem, random: Random): number[] {
  const changed = problem.buffers.map(({size, start, end, alignment}) => ({
    size: Math.max(1, size + random(3) - 1),
    start,
    end,
    ...(alignment === undefined ? {} : {alignment}),
  }));
  const {offsets} = planner.plan(
    {buffers: changed},
    {algorithm: random(2) === 0 ? 'naive' : 'greedy-by-size'},
  );
  return Array.from(offsets, offset => (random(6) === 0 ? -1 : offset + (random(4) === 0 ? random(3) : 0)));
}

function testReplans(name: string, count: number, problemOf: (random: Random) => Problem): void {
  test(`${name}: ${count} random problems move as few bytes as brute force does`, async t => {
    const tally = {moved: 0, stayed: 0, slack: 0, skipped: 0};
    for (let seed = 0; seed < count; seed++) {
      const random = seeded(seed);
      const problem = problemOf(random);
      const previous = earlier(problem, random);
      const peakSlack = random(2) === 0 ? 0 : 1 + random(4);
      const plan = (() => {
        try {
          return planner.plan(problem);
        } catch {
          return undefined;
        }
      })();
      if (plan?.status !== 'optimal') {
        tally.skipped++;
        continue;
      }
      const found = await replan(planner, problem, {previous, peakSlack});
      const place = `seed ${seed}: ${JSON.stringify({problem, previous, peakSlack})}`;
      assert.equal(found.bestPeak, plan.peak, place);
      assert.equal(found.allowedPeak, plan.peak + peakSlack, place);
      assert.ok(found.plan.peak <= found.allowedPeak, place);
      assert.deepEqual(planner.verify(problem, found.plan, {capacity: found.allowedPeak}), [], place);
      const least = leastMoved(problem, previous, found.allowedPeak);
      assert.equal(found.moved.bytes, least, place);
      assert.equal(found.movedAtLeast, least, `proof, ${place}`);
      tally[least > 0 ? 'moved' : 'stayed']++;
      if (peakSlack > 0 && least < leastMoved(problem, previous, plan.peak)) tally.slack++;
    }
    t.diagnostic(JSON.stringify(tally));
    assert.ok(tally.moved > count / 5 && tally.stayed > 0 && tally.slack > count / 50);
  });
}

testReplans('plain', 1000, plain);
for (const kind of ['sizes', 'hold', 'adjacent', 'inPlace'] as const satisfies readonly Kind[])
  testReplans(kind, 200, random => constrained(kind, random));

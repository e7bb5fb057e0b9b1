/** Small problems with clocks against brute force over all orders, by a definition of its own. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {concurrencyBoundOf, type Problem, toColumns} from '../../bindings/index.ts';
import {BUILDS} from '../builds.ts';
import {type Random, seeded} from '../random.ts';
import {anyProblem, bruteForce, doConflict, heaviestSet, programProblem, type Shape} from './problems.ts';

const draw = (random: Random): Shape => ({
  buffers: 2 + random(5),
  streams: 1 + random(3),
  sizes: 9,
  waitOneIn: 2 + random(6),
  elsewhereOneIn: 4,
});

/** What kinds of problems there are, and how many of each. */
const KINDS: Readonly<Record<string, (random: Random) => Problem>> = {
  'of programs': random => programProblem(random, draw(random)),
  'with gaps': random => programProblem(random, {...draw(random), gapOneIn: 2}),
  aligned: random => programProblem(random, {...draw(random), alignment: 8}),
  'with fixed offsets': random => programProblem(random, {...draw(random), fixedOneIn: 3, alignment: 2}),
  'that repeat': random => programProblem(random, {...draw(random), repeats: true, gapOneIn: 5}),
  'of no program': random => anyProblem(random, {...draw(random), gapOneIn: 4, alignment: 2}),
  'of no program, that repeat': random => anyProblem(random, {...draw(random), gapOneIn: 4, repeats: true}),
};

const SEEDS = 180;
const {planner} = BUILDS.at(-1)!;

for (const [kind, problemOf] of Object.entries(KINDS)) {
  test(`problems ${kind} have the best peak of all orders, proven`, () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const problem = problemOf(seeded(seed));
      const best = bruteForce(problem);
      const plan = planner.plan(problem);
      if (best === undefined) {
        assert.equal(plan.status, 'infeasible', `seed ${seed}`);
        assert.ok(plan.clash, `seed ${seed}`);
        const {a, b} = plan.clash;
        assert.ok(doConflict(problem.buffers[a]!, problem.buffers[b!]!), `seed ${seed}`);
        continue;
      }
      assert.deepEqual([plan.status, plan.peak, plan.lowerBound], ['optimal', best, best], `seed ${seed}`);
    }
  });

  test(`the bound of problems ${kind} is a set of buffers that all conflict`, () => {
    let others = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const problem = problemOf(seeded(seed));
      const isPlain = problem.buffers.every(({offset, alignment}) => offset === undefined && !alignment);
      const {antichain, lowerBound, load, isHeaviest} = concurrencyBoundOf(toColumns(problem));
      const buffers = antichain.map(({buffer}) => problem.buffers[buffer]!);
      for (const [k, a] of buffers.entries())
        for (const b of buffers.slice(k + 1)) assert.ok(doConflict(a, b), `seed ${seed}`);
      assert.ok(lowerBound <= (bruteForce(problem) ?? Number.POSITIVE_INFINITY), `seed ${seed}`);
      if (!isPlain) continue;
      assert.equal(
        buffers.reduce((sum, {size}) => sum + size, 0),
        lowerBound,
      );
      assert.equal(load, lowerBound);
      if (!isHeaviest) others++;
      else if (!problem.buffers.some(({gaps, clocks}) => gaps || clocks![0]!.next))
        assert.equal(lowerBound, heaviestSet(problem), `seed ${seed}`);
    }
    if (kind === 'of programs') assert.equal(others, 0);
    if (kind.startsWith('of no program')) assert.ok(others > 0);
  });
}

test('a bound that says that no set is heavier is that of the heaviest set, whatever the clocks', () => {
  let heaviest = 0;
  for (let seed = 0; seed < 3000; seed++) {
    const random = seeded(seed);
    const shape = {buffers: 4 + random(5), streams: 1 + random(3), sizes: 9, waitOneIn: 3};
    const problem = anyProblem(random, shape);
    const {lowerBound, isHeaviest} = concurrencyBoundOf(toColumns(problem));
    const most = heaviestSet(problem);
    if (isHeaviest) assert.equal(lowerBound, most, `seed ${seed}`);
    else assert.ok(lowerBound <= most, `seed ${seed}`);
    if (isHeaviest) heaviest++;
  }
  assert.ok(heaviest > 300 && heaviest < 2700, `${heaviest} of 3000`);
});

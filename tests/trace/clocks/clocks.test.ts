/** Clocks of random programs, against reachability in the graph of all work, which is written apart. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {loadPlannerSync} from '../../../bindings/index.ts';
import type {ProblemColumns} from '../../../bindings/model/problem.ts';
import {stepProblem} from '../../../bindings/trace.ts';
import {seeded} from '../../random.ts';
import {share} from '../../share.ts';
import {conflictsOf} from './conflicts.ts';
import {randomIteration, randomProgram, recorded, repeated} from './programs.ts';
import {type Action, reachability} from './reachability.ts';

test('6,000 random programs: buffers conflict where reachability in the graph of all work leaves them unordered', () => {
  let ordered = 0;
  for (let seed = 0; seed < share(6000); seed++) {
    const random = seeded(seed);
    const actions = randomProgram(random, 14);
    const trace = recorded(actions, () => 1 + random(9));
    const step = stepProblem(trace, {iteration: 'window'});
    const follows = reachability(actions);
    const blocks = Array.from(step.blocks, block => Number(trace.blocks.address[block]));
    const unordered: [number, number][] = [];
    for (let i = 0; i < blocks.length; i++)
      for (let j = i + 1; j < blocks.length; j++) {
        if (follows(blocks[i]!, blocks[j]!) || follows(blocks[j]!, blocks[i]!)) ordered++;
        else unordered.push([i, j]);
      }
    assert.deepEqual(conflictsOf(step.problem), unordered, `seed ${seed}`);
  }
  assert.ok(ordered > share(6000), 'orders enough to be a test');
});

test('1,500 random iterations that repeat: buffers conflict where two of their instances are unordered in a long run', () => {
  let [pairs, conflicts, racing] = [0, 0, 0];
  for (let seed = 0; seed < share(1500); seed++) {
    const random = seeded(seed);
    const iteration = randomIteration(random, 7);
    const {actions, borders} = repeated(iteration, 7);
    const trace = recorded(actions, block => 1 + (block % 1000), borders);
    const step = stepProblem(trace, {iteration: 3, lifetimes: 'cyclic'});
    const follows = reachability(actions);
    const blocks = Array.from(step.blocks, block => Number(trace.blocks.address[block]) % 1000);
    const areOrdered = (x: number, y: number) =>
      [2, 3, 4].every(a =>
        [2, 3, 4].every(b => {
          const [one, other] = [1000 * a + blocks[x]!, 1000 * b + blocks[y]!];
          return one === other || follows(one, other) || follows(other, one);
        }),
      );
    const unordered: [number, number][] = [];
    for (let i = 0; i < blocks.length; i++)
      for (let j = i + 1; j < blocks.length; j++) {
        pairs++;
        if (!areOrdered(i, j)) unordered.push([i, j]);
      }
    assert.deepEqual(conflictsOf(step.problem), unordered, `seed ${seed}`);
    conflicts += unordered.length;
    if (!step.concurrency) continue;
    assert.equal(step.concurrency.racing, blocks.filter((_, i) => !areOrdered(i, i)).length, `seed ${seed}`);
    racing += step.concurrency.racing;
  }
  assert.ok(
    pairs - conflicts > share(1500) / 4 && racing > share(1500) / 4,
    'orders and races enough to be a test',
  );
});

test('without any of its records, waits or syncs, a program has all its conflicts, and perhaps more', () => {
  let more = 0;
  for (let seed = 0; seed < share(600); seed++) {
    const random = seeded(seed);
    const actions = withFencesOfTheirOwn(randomProgram(random, 10));
    const before = keysOf(
      stepProblem(
        recorded(actions, () => 1),
        {iteration: 'window'},
      ).problem,
    );
    const order = actions.flatMap((action, at) =>
      ['record', 'wait', 'sync'].includes(action.do) ? [at] : [],
    );
    for (const stripped of [...order, undefined]) {
      // one of them, then all
      const kept = actions.filter((_, at) =>
        stripped === undefined ? !order.includes(at) : at !== stripped,
      );
      const after = keysOf(
        stepProblem(
          recorded(kept, () => 1),
          {iteration: 'window'},
        ).problem,
      );
      for (const key of before)
        assert.ok(after.has(key), `seed ${seed}, without action ${stripped}: ${key} is lost`);
      more += after.size - before.size;
    }
  }
  assert.ok(more > share(600), 'strips enough to be a test');
});

/** Each record under a number of its own: a wait without its record then waits for no other. */
function withFencesOfTheirOwn(actions: readonly Action[]): Action[] {
  const last = new Map<number, number>();
  return actions.map((action, at) => {
    if (action.do === 'record') last.set(action.fence, at);
    if (action.do !== 'record' && action.do !== 'wait') return action;
    return {...action, fence: last.get(action.fence) ?? actions.length};
  });
}

const keysOf = (problem: ProblemColumns): Set<string> =>
  new Set(conflictsOf(problem).map(pair => pair.join()));

test('without any one of its records, waits or syncs, or without all, no program takes fewer bytes', () => {
  const planner = loadPlannerSync();
  let more = 0;
  for (let seed = 0; seed < share(120); seed++) {
    const random = seeded(seed);
    const actions = withFencesOfTheirOwn(randomProgram(random, 6));
    const size = (block: number) => 1 + ((block * 7 + seed) % 9);
    const peakOf = (program: readonly Action[]) => {
      const plan = planner.plan(stepProblem(recorded(program, size), {iteration: 'window'}).problem);
      assert.equal(plan.status, 'optimal');
      return plan.peak;
    };
    const isOrder = (action: Action) => ['record', 'wait', 'sync'].includes(action.do);
    const whole = peakOf(actions);
    const none = peakOf(actions.filter(action => !isOrder(action)));
    assert.ok(none >= whole, `seed ${seed}: ${none} without any, ${whole} with all`);
    more += none - whole;
    const stripped = actions.findIndex((action, at) => isOrder(action) && at >= random(actions.length));
    const less = peakOf(actions.filter((_, at) => at !== stripped));
    assert.ok(less >= whole, `seed ${seed}, without action ${stripped}: ${less}, with it ${whole}`);
  }
  assert.ok(more > share(120) / 4, 'strips enough to be a test');
});

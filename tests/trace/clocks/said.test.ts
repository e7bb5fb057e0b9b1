/** What is said of the order of streams: assumptions, counts, warnings. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {evidenceOfStep, noPlan, stepProblem} from '../../../bindings/trace.ts';
import {seeded} from '../../random.ts';
import {share} from '../../share.ts';
import {conflictsOf} from './conflicts.ts';
import {randomIteration, randomProgram, recorded, repeated} from './programs.ts';
import type {Action} from './reachability.ts';

const one = () => 1;

/** x is used on stream 1, which waits for its allocation; nobody waits for that use but what `after` makes wait. */
const usedElsewhere = (...after: Action[]): Action[] => [
  {do: 'malloc', block: 0, stream: 0},
  {do: 'record', fence: 1, stream: 0},
  {do: 'wait', fence: 1, stream: 1},
  {do: 'use', block: 0, stream: 1},
  ...after,
  {do: 'free', block: 0, stream: 0},
  {do: 'malloc', block: 1, stream: 0},
  {do: 'free', block: 1, stream: 0},
];
const joined: Action[] = [
  {do: 'record', fence: 2, stream: 1},
  {do: 'wait', fence: 2, stream: 0},
];

test('the claim is of plans that keep to the recorded waits, and assumes that all uses were recorded', () => {
  const trace = recorded(usedElsewhere(...joined), one);
  const evidence = evidenceOfStep(trace, stepProblem(trace, {iteration: 'window'}));
  assert.deepEqual(evidence.assumptions, ['streams-ordered', 'uses-recorded']);
  assert.equal(noPlan(evidence), 'no plan of the whole recording that keeps to the recorded waits');
});

test('waits, syncs and buffers that a missing wait keeps apart are counted', () => {
  const of = (actions: Action[]) => stepProblem(recorded(actions, one), {iteration: 'window'}).concurrency;
  const counts = {streams: 2, syncs: 0, notRepeated: 0, untrusted: 0, racing: 0};
  assert.deepEqual(of(usedElsewhere()), {...counts, records: 1, waits: 1, unordered: 2});
  assert.deepEqual(of(usedElsewhere(...joined)), {...counts, records: 2, waits: 2, unordered: 0});
  assert.equal(of(usedElsewhere({do: 'sync'}))?.syncs, 1);
});

test('a use on a stream that did not wait for the allocation is counted, and not trusted', () => {
  const actions = usedElsewhere({do: 'use', block: 0, stream: 2}, {do: 'sync'});
  const step = stepProblem(recorded(actions, one), {iteration: 'window'});
  assert.equal(step.concurrency?.untrusted, 1);
  assert.match(
    step.warnings.join('\n'),
    /1 × blocks used on a stream that did not wait for their allocation/,
  );
});

test('an iteration whose next one may begin while a stream still uses a buffer assumes that it is over, unless all is idle', () => {
  const {actions, borders} = repeated(usedElsewhere(), 4);
  const trace = recorded(actions, one, borders);
  const step = stepProblem(trace, {iteration: 2});
  assert.equal(step.lifetimes, 'cyclic');
  assert.equal(step.concurrency?.racing, 1);
  assert.match(step.warnings.join('\n'), /1 × buffers that a stream may still use when the next iteration/);
  assert.deepEqual(evidenceOfStep(trace, step).assumptions, [
    'streams-ordered',
    'uses-recorded',
    'waits-repeat',
    'uses-over',
    'iterations-repeat',
  ]);
  const idle = stepProblem(trace, {iteration: 2, idle: 'iteration'});
  assert.equal(idle.concurrency?.racing, 0);
  assert.ok(evidenceOfStep(trace, idle).assumptions.includes('idle-between-iterations'));
});

test('with an idle device at the border, an iteration that repeats has the conflicts of one alone', () => {
  for (let seed = 0; seed < share(200); seed++) {
    const random = seeded(seed);
    // nothing is carried: only then one alone says all
    const program = randomProgram(random, 6);
    const {actions, borders} = repeated(program, 4);
    const trace = recorded(actions, one, borders);
    const cyclic = stepProblem(trace, {iteration: 2, lifetimes: 'cyclic', idle: 'iteration'});
    const alone = stepProblem(recorded(program, one), {iteration: 'window'});
    const conflicts = conflictsOf(cyclic.problem);
    if (!cyclic.concurrency) continue;
    assert.deepEqual(conflicts, conflictsOf(alone.problem), `seed ${seed}`);
  }
});

test('a wait that only one of the iterations makes is not relied on', () => {
  const {actions, borders} = repeated(usedElsewhere(), 4);
  const at = borders[2]! + 4;
  const once = [...actions.slice(0, at), {do: 'sync'} as const, ...actions.slice(at)];
  const trace = recorded(
    once,
    one,
    borders.map(border => (border >= at ? border + 1 : border)),
  );
  const step = stepProblem(trace, {iteration: 2});
  assert.equal(step.concurrency?.notRepeated, 1);
  assert.deepEqual(conflictsOf(step.problem), [[0, 1]]);
  assert.match(
    step.warnings.join('\n'),
    /1 × waits, records or syncs that an iteration beside this one does not make/,
  );
});

test('unordered buffers are counted as pair by pair', () => {
  for (let seed = 0; seed < share(500); seed++) {
    const random = seeded(seed);
    const {actions, borders} = repeated(randomIteration(random, 8), 4);
    const linear = seed % 2 === 0;
    const trace = linear ? recorded(randomProgram(random, 12), one) : recorded(actions, one, borders);
    const step = stepProblem(trace, linear ? {iteration: 'window'} : {iteration: 2, lifetimes: 'cyclic'});
    const {problem, concurrency} = step;
    if (!concurrency || problem.gapStart.length > 0) continue;
    const unordered = new Set(
      conflictsOf(problem)
        .filter(([i, j]) => problem.end[i]! <= problem.start[j]! || problem.end[j]! <= problem.start[i]!)
        .flat(),
    );
    assert.equal(concurrency.unordered, unordered.size, `seed ${seed}`);
  }
});

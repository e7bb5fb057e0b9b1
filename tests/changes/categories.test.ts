/** What blocks are for: literal recordings, and recordings of real programs. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type BufferFacts, categorySums} from '../../bindings/index.ts';
import {type StepProblem, stepFacts, stepProblem, type Trace} from '../../bindings/trace.ts';
import {example, importTrace, sharedData} from '../trace/inputs.ts';
import {namelessTrace, trainingTrace} from './training.ts';

function known(trace: Trace, options = {}): {readonly step: StepProblem; readonly facts: BufferFacts} {
  const step = stepProblem(trace, options);
  return {step, facts: stepFacts(trace, step)};
}

const named = ({step, facts}: ReturnType<typeof known>) =>
  Array.from(
    {length: step.problem.count},
    (_, i) => `${step.problem.size[i]} ${facts.phase(i)} ${facts.category(i)}`,
  );

test('categories of a training step are as written out', () => {
  const one = known(trainingTrace());
  assert.equal(one.step.iteration, 2);
  assert.deepEqual(named(one), [
    '100 forward activations',
    '40 forward temporaries',
    '60 forward activations',
    '80 forward activations',
    '20 forward activations',
    '20 backward temporaries',
    '30 backward gradients',
    '60 backward temporaries',
    '50 backward gradients',
    '10 optimizer temporaries',
  ]);
  assert.deepEqual(one.facts.phases, [
    {phase: 'forward', start: 0, end: 6},
    {phase: 'backward', start: 6, end: 14},
    {phase: 'optimizer', start: 16, end: 17},
  ]);
  assert.deepEqual(one.facts.persistent, [
    {category: 'optimizer-state', count: 1, bytes: 25},
    {category: 'unknown', count: 1, bytes: 1000},
  ]);
});

test('the bytes of each category at the peak are those of the blocks live there', () => {
  const {step, facts} = known(trainingTrace());
  // at tick 8: a1, o1 and a2 (240), g2 (20), w2 (30)
  assert.deepEqual(
    categorySums(step.problem, facts).map(({category, buffers, atPeak, persistent}) => [
      category,
      buffers,
      atPeak.buffers,
      atPeak.bytes,
      persistent.bytes,
    ]),
    [
      ['gradients', 2, 1, 30, 0],
      ['optimizer-state', 0, 0, 0, 25],
      ['activations', 4, 3, 240, 0],
      ['temporaries', 4, 1, 20, 0],
      ['unknown', 0, 0, 0, 1000],
    ],
  );
});

test('without names of operations all is unknown, and no phase is', () => {
  const {step, facts} = known(namelessTrace());
  assert.deepEqual(
    new Set(named({step, facts}).map(text => text.split(' ').slice(1).join(' '))),
    new Set(['unknown unknown']),
  );
  assert.deepEqual(facts.phases, []);
});

test('the state of an optimizer that steps once is kept, but one that may still be freed is unknown', () => {
  const {facts, step} = known(trainingTrace(1), {iteration: 'window'});
  const state = Array.from({length: step.problem.count}, (_, i) => i).find(i => step.problem.size[i] === 25)!;
  assert.equal(facts.category(state), 'optimizer-state');
  // made in the last of three iterations: the next one may free it
  const late = known(trainingTrace(3), {iteration: 'window'});
  const last = Array.from({length: late.step.problem.count}, (_, i) => i).filter(
    i => late.step.problem.size[i] === 10,
  );
  assert.ok(last.every(i => late.facts.category(i) === 'temporaries'));
});

test('uses are ticks of the step', () => {
  const {facts, step} = known(trainingTrace(3, true));
  const [a1, , o1] = Array.from({length: step.problem.count}, (_, i) => i);
  assert.deepEqual(facts.uses!(a1!), [1, 3, 13]);
  assert.deepEqual(facts.uses!(o1!), [4, 10]);
  assert.equal(known(trainingTrace()).facts.uses, undefined);
});

test('ResNet-50 keeps one gradient per parameter, and no state is in its window', async () => {
  const {facts, step} = known(await importTrace(example('resnet50.training.json.gz')));
  const sums = new Map(categorySums(step.problem, facts).map(sum => [sum.category, sum]));
  // 161 parameters, 25,557,032 floats
  assert.equal(sums.get('gradients')!.buffers, 161);
  const gradients = Array.from({length: step.problem.count}, (_, i) => i).filter(
    i => facts.category(i) === 'gradients',
  );
  assert.equal(
    gradients.reduce((sum, i) => sum + step.problem.size[i]!, 0),
    4 * 25_557_032,
  );
  assert.equal(sums.get('activations')!.buffers, 217);
  assert.equal(sums.has('unknown'), false);
});

test('a program with its own frames: weights by __init__, an optimizer by its name', async () => {
  const {facts} = known(await importTrace(example('out-of-memory.pickle.gz')));
  assert.deepEqual(facts.persistent, [
    {category: 'weights', count: 48, bytes: 2_113_929_216},
    {category: 'unknown', count: 32, bytes: 78_643_200},
  ]);
});

test('a language model keeps two states per parameter, which have stacks of the optimizer', async t => {
  const data = sharedData(t, 'traces/cuda-snapshots/lm_train_step.pickle');
  if (!data) return;
  const {facts} = known(await importTrace(data));
  // Adam: two states of 327 parameters; their weights and the rest have no names
  assert.deepEqual(facts.persistent, [
    {category: 'gradients', count: 1, bytes: 8_519_680},
    {category: 'optimizer-state', count: 654, bytes: 7_979_689_984},
    {category: 'unknown', count: 329, bytes: 3_999_421_440},
  ]);
});

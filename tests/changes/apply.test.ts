/** What each change does: literal problems, properties, and brute force on small ones. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {
  applyChanges,
  type BufferFacts,
  type ListedChange,
  type Problem,
  type ProblemColumns,
  problemFacts,
  toColumns,
  UsageError,
} from '../../bindings/index.ts';
import {stepFacts, stepProblem, type Trace} from '../../bindings/trace.ts';
import {BUILDS} from '../builds.ts';
import {branchyOnnx, branchyTflite} from '../operators/models.ts';
import {faultsOf, optimum} from '../oracle.ts';
import {randomProblem, seeded} from '../random.ts';
import {importBytes} from '../trace/inputs.ts';
import {trainingTrace} from './training.ts';

const {planner} = BUILDS.at(-1)!;
const runs = (numRuns: number) => ({seed: 20261130, numRuns});

function stepOf(trace: Trace): {readonly columns: ProblemColumns; readonly facts: BufferFacts} {
  const step = stepProblem(trace);
  return {columns: step.problem, facts: stepFacts(trace, step)};
}

function made(trace: Trace, ...changes: ListedChange[]) {
  const {columns, facts} = stepOf(trace);
  return applyChanges(columns, facts, {changes});
}

/** `size [start,end) gaps` of each buffer. */
function shown({count, size, start, end, gapIndex, gapStart, gapEnd}: ProblemColumns): string[] {
  return Array.from({length: count}, (_, i) => {
    const gaps = Array.from(
      {length: gapIndex[i + 1]! - gapIndex[i]!},
      (_, k) => ` ${gapStart[gapIndex[i]! + k]}-${gapEnd[gapIndex[i]! + k]}`,
    );
    return `${size[i]} ${start[i]}-${end[i]}${gaps.length > 0 ? ` without${gaps.join('')}` : ''}`;
  });
}

const RECORDED = [
  '100 0-14',
  '40 1-2',
  '60 3-11',
  '80 4-9',
  '20 5-7',
  '20 6-12',
  '30 8-18',
  '60 10-15',
  '50 13-19',
  '10 16-17',
];

test('the recorded step is as written out', () => {
  assert.deepEqual(shown(stepOf(trainingTrace()).columns), RECORDED);
});

test('half the batch halves activations and temporaries of forward and backward, and nothing else', () => {
  const {columns, effects} = made(trainingTrace(), {kind: 'scale', factor: '1/2', of: 'batch'});
  assert.deepEqual(Array.from(columns.size), [50, 20, 30, 40, 10, 10, 30, 30, 50, 10]);
  const [{buffers, bytes, atPeak, persistent, assumptions}] = effects as [(typeof effects)[0]];
  assert.deepEqual(
    [buffers, bytes, atPeak, persistent],
    [7, 380, {buffers: 4, bytes: 260}, {count: 0, bytes: 0}],
  );
  assert.match(
    assumptions[0]!,
    /proportional to the batch; weights, gradients, optimizer state and what is unknown stay/,
  );
});

test('a checkpointed module ends with its forward, and comes again when the backward of what ran after it is over', () => {
  const {columns, effects} = made(trainingTrace(), {kind: 'checkpoint', of: {module: 'L1'}});
  // L1 ends where a2 is allocated (4); o1 is its output; o2 and a2 are freed at 7 and 9. With a1 there, t1 is needed again
  assert.deepEqual(shown(columns), ['100 0-14 without 4-9', '40 1-10 without 2-9', ...RECORDED.slice(2)]);
  assert.equal(effects[0]!.buffers, 1);
  assert.match(
    effects[0]!.assumptions.join(' '),
    /no uses are recorded.*1 temporary buffer of the forward come again/,
  );
});

test('recorded uses say when a checkpointed module ends and begins', () => {
  const {columns, effects} = made(trainingTrace(3, true), {kind: 'checkpoint', of: {module: 'L1'}});
  // a1 is last read at 3 in the forward, and first at 13 in the backward; L2 reads o1 at 4, so that stays
  assert.deepEqual(shown(columns).slice(0, 3), ['100 0-14 without 4-13', '40 1-14 without 2-13', '60 3-11']);
  assert.match(effects[0]!.assumptions.join(' '), /last recorded use in the forward/);
});

test('a module that keeps only its output is refused, and so is one without a backward', () => {
  const {effects, columns} = made(trainingTrace(), {kind: 'checkpoint', of: {operation: 'aten::add'}});
  assert.match(effects[0]!.refused!, /each keeps only its output/);
  assert.deepEqual(shown(columns), RECORDED);
  const problem = toColumns({buffers: [{size: 8, start: 0, end: 2}]});
  const [effect] = applyChanges(problem, problemFacts(problem, {operations: ['Conv']}), {
    changes: [{kind: 'checkpoint', of: {operation: 'Conv'}}],
  }).effects;
  assert.match(effect!.refused!, /no backward is known/);
});

test('what is off is out of the plan and of what stays, only where it is known to be that', () => {
  const off = (category: 'optimizer-state' | 'gradients' | 'weights') =>
    made(trainingTrace(), {kind: 'offload', of: {category: [category]}, stays: 7});
  const states = off('optimizer-state');
  assert.deepEqual(states.persistent, [
    {category: 'optimizer-state', count: 1, bytes: 0},
    {category: 'unknown', count: 1, bytes: 1000},
  ]);
  assert.deepEqual([states.effects[0]!.persistent, states.stays], [{count: 1, bytes: 25}, 7]);
  assert.deepEqual(shown(states.columns), RECORDED);
  assert.deepEqual(Array.from(off('gradients').columns.size), [100, 40, 60, 80, 20, 20, 0, 60, 0, 10]);
  // 1000 bytes may be weights, and nothing says that they are
  const weights = off('weights');
  assert.deepEqual(
    weights.persistent.map(({bytes}) => bytes),
    [25, 1000],
  );
  assert.deepEqual([weights.stays, weights.effects[0]!.buffers, weights.effects[0]!.assumptions], [0, 0, []]);
});

test('single edits, a change that is only listed, and their order', () => {
  const {columns, effects} = made(
    trainingTrace(),
    {kind: 'half', of: {buffer: 'b0'}},
    {kind: 'gone', of: {operation: 'aten::linear', atMost: 70}},
    {kind: 'gone', of: 'batch', off: true},
    {kind: 'scale', factor: '3', of: {words: 'L2 ADD'}},
  );
  const trace = trainingTrace();
  const {facts} = stepOf(trace);
  assert.equal(facts.name(0), `b${stepProblem(trace).blocks[0]}`);
  // b0 is the weight, which is not planned
  assert.deepEqual(
    effects.map(({index, buffers}) => [index, buffers]),
    [
      [0, 0],
      [1, 1],
      [3, 2],
    ],
  );
  assert.deepEqual(Array.from(columns.size), [100, 40, 0, 80, 60, 60, 30, 60, 50, 10]);
  const own = facts.name(3);
  const ended = made(trainingTrace(), {kind: 'ends-earlier', of: {buffer: own}, at: facts.firstMoment + 6});
  assert.deepEqual(shown(ended.columns)[3], '80 4-6');
});

test('an element type is refused where none is recorded, and halves the right buffers where they are', () => {
  const columns = toColumns({
    alignment: 4,
    buffers: [
      {size: 12, start: 0, end: 2},
      {size: 10, start: 0, end: 2},
      {size: 12, start: 1, end: 3},
    ],
  });
  const changes: ListedChange[] = [{kind: 'dtype', of: {type: 'float32'}}];
  assert.throws(
    () => applyChanges(columns, problemFacts(columns, {}), {changes}),
    (error: Error) => error instanceof UsageError && /records no element types/.test(error.message),
  );
  const facts = problemFacts(columns, {types: ['float32', 'float32', 'int8']});
  // 6 rounds up to the alignment of 4 that 12 is a multiple of; 10 is none, and 5 stays
  assert.deepEqual(Array.from(applyChanges(columns, facts, {changes}).columns.size), [8, 5, 12]);
});

test('plans of a changed step are those of the problem written out', () => {
  const {columns} = made(
    trainingTrace(),
    {kind: 'checkpoint', of: {module: 'L1'}},
    {kind: 'scale', factor: '0.5', of: 'batch'},
  );
  const written: Problem = {
    buffers: [
      {size: 50, start: 0, end: 14, gaps: [[4, 9]]},
      {size: 20, start: 1, end: 10, gaps: [[2, 9]]},
      {size: 30, start: 3, end: 11},
      {size: 40, start: 4, end: 9},
      {size: 10, start: 5, end: 7},
      {size: 10, start: 6, end: 12},
      {size: 30, start: 8, end: 18},
      {size: 30, start: 10, end: 15},
      {size: 50, start: 13, end: 19},
      {size: 10, start: 16, end: 17},
    ],
  };
  const plan = planner.plan(columns);
  assert.equal(plan.peak, planner.plan(written).peak);
  assert.deepEqual(faultsOf(written, plan.offsets), []);
  // tick 13: a1 50, w2 30, g1 30, w1 50
  assert.deepEqual([plan.peak, plan.status], [160, 'optimal']);
});

test('factor 1 is the identity, and peaks rise with the factor', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({min: 0, max: 40}), fc.integer({min: 0, max: 40}), (seed, a, b) => {
      const problem = randomProblem(seeded(seed), {
        buffers: 6,
        ticks: 8,
        sizes: 20,
        alignment: 4,
        gapOneIn: 3,
      });
      const columns = toColumns(problem);
      const facts = problemFacts(columns, {});
      const scaledBy = (factor: string) =>
        applyChanges(columns, facts, {changes: [{kind: 'scale', factor, of: {category: ['unknown']}}]})
          .columns;
      assert.deepEqual(scaledBy('1'), columns);
      assert.deepEqual(scaledBy('7/7'), columns);
      const [less, more] = [Math.min(a, b), Math.max(a, b)].map(over => {
        const {size} = scaledBy(`${over}/20`);
        return optimum({
          ...problem,
          buffers: problem.buffers.map((buffer, i) => ({...buffer, size: size[i]!})),
        }).peak;
      });
      assert.ok(less! <= more!, `${less} > ${more}`);
    }),
    runs(300),
  );
});

test('sizes are rounded up exactly, whatever a float would say', () => {
  const columns = toColumns({
    buffers: [
      {size: 9_007_199_254_740_991, start: 0, end: 1},
      {size: 3, start: 0, end: 1},
    ],
  });
  const sizes = (factor: string) =>
    Array.from(
      applyChanges(columns, problemFacts(columns, {}), {
        changes: [{kind: 'scale', factor, of: {category: ['unknown']}}],
      }).columns.size,
    );
  assert.deepEqual(sizes('1/3'), [3_002_399_751_580_331, 1]);
  assert.deepEqual(sizes('0.333333333'), [3_002_399_748_577_931, 1]);
  assert.deepEqual(sizes('0'), [0, 0]);
  assert.throws(() => sizes('1.000000001'), /would be larger than 2\^53 - 1 bytes/);
});

/** Ticks at which a buffer holds something, for all that begin and end within 20. */
function heldAt({start, end, gapIndex, gapStart, gapEnd}: ProblemColumns, i: number): number[] {
  return Array.from({length: 20}, (_, tick) => tick).filter(tick => {
    if (tick < start[i]! || tick >= end[i]!) return false;
    for (let k = gapIndex[i]!; k < gapIndex[i + 1]!; k++)
      if (tick >= gapStart[k]! && tick < gapEnd[k]!) return false;
    return true;
  });
}

test('whatever is checkpointed, each buffer holds what its two lives say, and the plan is the best one', () => {
  const {columns, facts} = stepOf(trainingTrace());
  const modules = ['L1', 'L2', 'none'];
  for (const first of modules)
    for (const second of modules) {
      const changes: ListedChange[] = [first, second].map(module => ({kind: 'checkpoint', of: {module}}));
      const result = applyChanges(columns, facts, {changes});
      for (let i = 0; i < columns.count; i++) {
        const before = heldAt(columns, i);
        const after = heldAt(result.columns, i);
        if (facts.category(i) === 'activations') assert.ok(after.every(tick => before.includes(tick)));
        else assert.ok(before.every(tick => after.includes(tick)));
      }
      const problem: Problem = {
        buffers: Array.from({length: columns.count}, (_, i) => ({
          size: columns.size[i]!,
          start: result.columns.start[i]!,
          end: result.columns.end[i]!,
          gaps: Array.from(
            {length: result.columns.gapIndex[i + 1]! - result.columns.gapIndex[i]!},
            (_, k) =>
              [
                result.columns.gapStart[result.columns.gapIndex[i]! + k]!,
                result.columns.gapEnd[result.columns.gapIndex[i]! + k]!,
              ] as const,
          ),
        })),
      };
      assert.equal(planner.plan(result.columns).peak, optimum(problem).peak, `${first} ${second}`);
    }
});

test('a part of another buffer, and sizes that change, have no factor', () => {
  const view = toColumns({
    buffers: [
      {size: 8, start: 0, end: 2},
      {size: 4, start: 0, end: 2},
    ],
    views: [{buffer: 1, of: 0, offset: 4}],
  });
  const windowed = toColumns({buffers: [{size: 8, start: 0, end: 3, sizes: [[1, 4]]}]});
  for (const columns of [view, windowed]) {
    const [effect] = applyChanges(columns, problemFacts(columns, {}), {
      changes: [{kind: 'scale', factor: '1/2', of: {atLeast: 1}}],
    }).effects;
    assert.match(effect!.refused!, /a selected buffer/);
  }
});

for (const [format, model, type] of [
  ['onnx', branchyOnnx(), 'float32'],
  ['tflite', branchyTflite(), 'int8'],
] as const)
  test(`${format}: a model has element types, inputs and activations`, async () => {
    const imported = await importBytes(model);
    assert.ok(imported.kind === 'problem' && imported.format === format);
    const {problem, operations, types, weightBytes} = imported;
    assert.deepEqual(new Set(types), new Set([type]));
    assert.equal(types!.length, problem.count);
    const facts = problemFacts(problem, {operations, types, weightBytes});
    const halved = applyChanges(problem, facts, {changes: [{kind: 'dtype', of: {type}}]});
    // at most up to the alignment
    for (const [i, size] of problem.size.entries())
      assert.ok(halved.columns.size[i]! >= size / 2 && halved.columns.size[i]! < size / 2 + 64);
    const all = Array.from({length: problem.count}, (_, i) => facts.category(i));
    assert.deepEqual(
      all.map(category => category === 'inputs'),
      operations!.map(operation => operation === ''),
    );
    assert.ok(all.includes('inputs') && all.includes('activations'));
    const whole = applyChanges(problem, facts, {changes: [{kind: 'scale', factor: '1/2', of: 'batch'}]});
    assert.equal(whole.effects[0]!.buffers, problem.count);
  });

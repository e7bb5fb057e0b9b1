/** Figures of real recordings, counted independently by other programs. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {chooseDevice, findIterations, importFile, stepProblem, unroll} from '../../bindings/trace.ts';
import {loadOf} from './check.ts';
import {example, importTrace, sharedData} from './inputs.ts';

/** Trace, step, buffers of the linear problem, its load in bytes, carried in and out. */
const STEPS: readonly [string, number, number, number, number, number][] = [
  ['alexnet.inference', 3, 32, 17207360, 1, 1],
  ['alexnet.training', 3, 177, 400215280, 16, 16],
  ['gpt2_small.inference', 3, 300, 53054464, 1, 1],
  ['gpt2_small.training', 3, 2820, 806539280, 148, 148],
  ['lstm_seq2seq.inference', 3, 475, 15651712, 1, 1],
  ['lstm_seq2seq.inference', 4, 685, 22953216, 1, 1],
  ['lstm_seq2seq.inference', 7, 295, 9473792, 1, 1],
  ['lstm_seq2seq.training', 3, 1627, 82653320, 16, 16],
  ['lstm_seq2seq.training', 4, 2271, 93238792, 16, 16],
  ['lstm_seq2seq.training', 5, 1351, 76292488, 16, 16],
  ['lstm_seq2seq.training', 6, 2087, 87564168, 16, 16],
  ['lstm_seq2seq.training', 7, 1075, 77067272, 16, 16],
  ['mobilenet_v2.inference', 3, 380, 48975264, 1, 1],
  ['mobilenet_v2.training', 3, 1990, 320648392, 158, 158],
  ['resnet50.inference', 3, 382, 47366176, 1, 1],
  ['resnet50.training', 3, 2010, 409087432, 161, 161],
  ['vgg16.inference', 3, 68, 78422032, 1, 1],
];
const EXAMPLES = ['mobilenet_v2.inference', 'resnet50.training'];

for (const name of new Set(STEPS.map(([trace]) => trace))) {
  test(`${name} has the steps that were counted`, async t => {
    const file = `${name}.json.gz`;
    const data = EXAMPLES.includes(name) ? example(file) : sharedData(t, `traces/pytorch-cpu/${file}`);
    if (!data) return;
    const trace = await importTrace(data);
    for (const [, iteration, buffers, load, carriedIn, carriedOut] of STEPS.filter(([one]) => one === name)) {
      const step = stepProblem(trace, {iteration, lifetimes: 'linear'});
      assert.equal(step.problem.count, buffers);
      assert.equal(loadOf(step.problem), load);
      assert.deepEqual(step.carried, {in: carriedIn, out: carriedOut, matched: 0});
      assert.deepEqual(step.persistent, {count: 0, bytes: 0});
      assert.equal(step.problem.defaultAlignment, 64);
    }
    const auto = stepProblem(trace);
    const repeats = !name.startsWith('lstm');
    assert.equal(auto.lifetimes, repeats ? 'cyclic' : 'linear');
    assert.equal(auto.iteration, repeats ? 4 : 7);
    if (!repeats) return;
    assert.equal(auto.carried.matched, auto.carried.out);
    const linear = stepProblem(trace, {lifetimes: 'linear'});
    assert.equal(loadOf(unroll(auto, 3).problem), loadOf(linear.problem));
  });
}

/** Log, period, whole iterations, load of one in bytes, twins: as counted for the studies of the papers. */
const LOGS: readonly [string, number, number, number, number, number][] = [
  ['vgg_cifar100_b128.log.gz', 1022, 19, 541, 531828560, 30],
  ['resnet_imagenet_b16.log.gz', 1270, 19, 679, 1555989648, 44],
  ['googlenet_imagenet_b16.log.gz', 2244, 31, 1238, 638816768, 116],
];

for (const [name, period, count, buffers, load, twins] of LOGS) {
  test(`${name} has a period of ${period} events`, async t => {
    const data = sharedData(t, `traces/singa/${name}`);
    if (!data) return;
    const trace = await importTrace(data);
    const begin = performance.now();
    const found = findIterations(trace, 0);
    const milliseconds = performance.now() - begin;
    t.diagnostic(`${trace.events.count} events: ${milliseconds.toFixed(0)} ms`);
    assert.equal(found.source, 'period');
    assert.equal(found.period, period);
    assert.equal(found.iterations.length, count);
    const linear = stepProblem(trace, {lifetimes: 'linear'});
    assert.equal(linear.problem.count, buffers);
    assert.equal(loadOf(linear.problem), load);
    const cyclic = stepProblem(trace);
    assert.deepEqual(cyclic.carried, {in: twins, out: twins, matched: twins});
    assert.equal(loadOf(unroll(cyclic, 3).problem), load);
  });
}

test('the log of every read and write has no period, and is planned as a whole', async t => {
  const data = sharedData(t, 'traces/singa/vgg_read_write.txt.gz');
  if (!data) return;
  const trace = await importTrace(data);
  assert.equal(trace.events.count, 57759);
  assert.equal(findIterations(trace, 0).source, 'none');
  const step = stepProblem(trace);
  assert.equal(step.iteration, 'window');
  assert.equal(step.problem.count, 10455);
  assert.equal(loadOf(step.problem), 1250738680);
});

test('two V100s: five steps alike on the device with the larger load', async t => {
  const data = sharedData(t, 'traces/kineto-gpu/v100x2_nccl_training.json.gz');
  if (!data) return;
  const trace = await importTrace(data);
  assert.equal(trace.devices[chooseDevice(trace)]!.name, 'cuda:1');
  for (const iteration of [2, 3, 4, 5, 6]) {
    const step = stepProblem(trace, {iteration});
    assert.equal(step.lifetimes, 'cyclic');
    assert.equal(step.problem.count, 2677);
    assert.equal(loadOf(step.problem), 2532893696);
    assert.equal(step.problem.defaultAlignment, 512);
  }
});

test('a recording of 2021 without addresses is read as a guess', async t => {
  const data = sharedData(t, 'traces/kineto-gpu/resnet50_2021_no_addr.json.gz');
  if (!data) return;
  const trace = await importTrace(data);
  assert.equal(trace.inferred, true);
  assert.equal(trace.events.count, 12838);
  assert.deepEqual(
    findIterations(trace, chooseDevice(trace)).iterations.map(({number}) => number),
    [5, 6, 7, 8, 9, 10],
  );
});

/** The files of idealloc in its exclusive form, each with the load that idealloc itself reports, bytes. */
const EXCLUSIVE: readonly [string, number][] = [
  ['somas/resnet50.csv', 1515472556],
  ['somas/tiny_bert.csv', 758936113],
  ['somas/pangu_2.6B.csv', 5530099775],
  ['iopddl/G_1.csv', 3030937746],
  ['iopddl/S_1.csv', 1498635932],
];

test("idealloc's exclusive form, read as half-open, has the load that idealloc finds", async t => {
  for (const [name, load] of EXCLUSIVE) {
    const data = sharedData(t, `instances/${name}`);
    if (!data) return;
    const imported = await importFile({name, data});
    assert.ok(imported.kind === 'problem');
    assert.equal(loadOf(imported.problem), load, name);
  }
});

test('a million rows are read without a string each', async t => {
  const data = sharedData(t, 'instances/malloc/python_1m.csv.gz');
  if (!data) return;
  const begin = performance.now();
  const imported = await importFile({name: 'python_1m', data});
  t.diagnostic(`${(performance.now() - begin).toFixed(0)} ms`);
  assert.ok(imported.kind === 'problem');
  assert.equal(imported.problem.count, 1_000_000);
  assert.equal(imported.problem.ids, undefined);
});

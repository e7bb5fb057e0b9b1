/** Figures of real recordings, counted independently for the studies of the papers. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  accessIntervals,
  allocationFrames,
  countKinds,
  judgeTime,
  maxLoad,
  percentiles,
  reportBehaviour,
} from '../../bindings/trace.ts';
import {example, fixture, importTrace, sharedData} from '../trace/inputs.ts';

const MIB = 2 ** 20;

/** Log, iterations, period, events before and after the periodic run, blocks per iteration, load in MiB. */
const LOGS: readonly [string, number, number, number, string][] = [
  ['vgg_cifar100_b128.log.gz', 19, 1022, 541, '507.191'],
  ['resnet_imagenet_b16.log.gz', 19, 1270, 679, '1483.907'],
  ['googlenet_imagenet_b16.log.gz', 31, 2244, 1238, '609.223'],
];

for (const [name, iterations, period, blocks, load] of LOGS) {
  test(`${name}: ${blocks} blocks an iteration, load ${load} MiB`, async t => {
    const data = sharedData(t, `traces/singa/${name}`);
    if (!data) return;
    const trace = await importTrace(data);
    const begin = performance.now();
    const report = reportBehaviour(trace, 0);
    const milliseconds = performance.now() - begin;
    t.diagnostic(`${trace.events.count} events: ${milliseconds.toFixed(0)} ms`);
    assert.ok(milliseconds < 1000 || trace.events.count > 30000);
    assert.deepEqual(report.blocksPerIteration, new Array(iterations).fill(blocks));
    assert.deepEqual(report.stability, {
      compared: iterations,
      majority: iterations,
      events: period,
      growth: 0,
      deviations: [],
    });
    const {groups, peakBytes} = report.peak.byLifetime;
    const persistent = groups.find(group => group.name === 'persistent')!.peakBytes;
    assert.equal(((peakBytes - persistent) / MIB).toFixed(3), load);
    assert.equal(report.intervals, null);
    assert.equal(report.swap, null);
  });
}

test('the log of every read and write has the intervals that were counted, and times not to be trusted', async t => {
  const data = sharedData(t, 'traces/singa/vgg_read_write.txt.gz');
  if (!data) return;
  const trace = await importTrace(data);
  const intervals = accessIntervals(trace, 0);
  assert.equal(intervals.count, 26394);
  assert.deepEqual(countKinds(intervals), [8382, 6778, 6778, 4456]);
  const [tenth, quarter, half] = percentiles(intervals.time, [10, 25, 50]);
  assert.deepEqual([tenth!.toFixed(2), quarter!.toFixed(2), half!.toFixed(0)], ['10.52', '24.33', '734']);
  assert.equal(judgeTime(trace).isTrustworthy, false);
  const limit = Math.floor(maxLoad(trace, 0) * 0.8);
  const begin = performance.now();
  const report = reportBehaviour(trace, 0, {swapLimit: limit});
  t.diagnostic(`${trace.events.count} events: ${(performance.now() - begin).toFixed(0)} ms`);
  assert.deepEqual([report.reads, report.writes], [15160, 21689]);
  assert.equal((report.peak.byContent!.peakBytes / MIB).toFixed(3), '1192.797');
  assert.equal(report.stability.compared, 0);
  assert.equal(report.swap!.schedule!.isMet, true);
  assert.ok(report.swap!.schedule!.peak <= limit);
});

test('the first step of a recorded training differs from the others, and it is said where', async () => {
  const {stability, peak, iteration} = reportBehaviour(
    await importTrace(example('resnet50.training.json.gz')),
    0,
  );
  assert.deepEqual([stability.compared, stability.majority, stability.events], [3, 2, 3698]);
  assert.deepEqual(stability.deviations, [
    {
      number: 2,
      events: 3537,
      position: 2,
      expected: {kind: 'free', bytes: 37632},
      found: {kind: 'malloc', bytes: 37632},
    },
  ]);
  assert.equal(iteration, 4);
  assert.equal(peak.byOperation.peakBytes, 409087432);
  assert.equal(peak.byOperation.groups[0]!.name, 'aten::conv2d');
  assert.equal(peak.byFrame, null);
});

test('blocks of a CUDA snapshot have the frame that allocated them', async t => {
  const data = sharedData(t, 'traces/cuda-snapshots/lm_train_step.pickle');
  if (!data) return;
  const trace = await importTrace(data);
  const frames = allocationFrames(trace);
  for (let block = 0; block < frames.length; block++) {
    assert.equal(frames[block] === '', trace.blocks.mallocEvent[block] === 0xffffffff);
  }
  const {groups} = reportBehaviour(trace, 0).peak.byFrame!;
  assert.equal(groups[0]!.name, '');
  assert.match(groups[1]!.name, /^project\/adapters\.py:\d+ forward$/);
});

test('the frame is the innermost of the program, not of the framework', async () => {
  assert.deepEqual(allocationFrames(await importTrace(fixture('cuda-snapshot/everything.pickle'))), [
    '/home/somebody/model.py:42 forward',
    '/home/somebody/model.py:42 forward',
    '/home/somebody/train.py:7 <module>',
    '',
    'autograd',
    '/home/somebody/model.py:42 forward',
  ]);
});

test('a recording without stacks has no frames', async () => {
  const trace = await importTrace(fixture('kineto/small.json'));
  assert.ok(allocationFrames(trace).every(frame => frame === ''));
});

/** The benches: figures of their tables that are the same on every machine. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseOptions} from '../../bench/options.ts';
import {checkPeers} from '../../bench/peers/index.ts';
import {ratioOf} from '../../bench/tfjs/latency.ts';
import {bench, cellsOf} from './run.ts';

test('the marks table has a row for an instance, from a process of its own', () => {
  const {status, stdout, stderr} = bench(['solve', '--synthetic', '--only', 'small', '--samples', '1']);
  assert.equal(status, 0, stderr);
  const [, n, bound, peak, ratio, plan, , , , runs] = cellsOf(stdout, 'chain-small');
  assert.deepEqual([n, peak, ratio, plan, runs], ['12', bound, '1.00000', 'optimal', '1']);
});

test('the large tables have a row for an instance: ratios over the seeds, and the gain of a second thread', () => {
  const {status, stdout, stderr} = bench([
    ...['large', '--synthetic', '--only', 'graph-20000', '--seconds', '0.5', '--samples', '2'],
  ]);
  assert.equal(status, 0, stderr);
  const rows = stdout.split('\n').filter(line => line.startsWith('graph-20000'));
  const [quality, gain] = rows.map(row => row.trim().split(/ {2,}/));
  assert.equal(quality![1], '20000');
  const [middle, least, most] = quality!.slice(2, 5).map(Number);
  assert.ok(1 <= least! && least! <= middle! && middle! <= most!);
  const [ratio, one, two, factor] = gain!.slice(1, 5).map(Number);
  assert.ok(ratio! >= 1 && one! >= two! && factor! >= 1 && factor! <= 2);
});

test('the tflite table has a row for a model, planned no larger than by the runtime', () => {
  const {status, stdout, stderr} = bench(['tflite', '--synthetic', '--only', 'seeded-20$']);
  assert.equal(status, 0, stderr);
  const [, tensors, bound, planned, , runtime] = cellsOf(stdout, 'seeded-20').map(Number);
  assert.equal(tensors, 23);
  assert.ok(bound! <= planned! && planned! <= runtime!);
});

test('savings has a row for a recording: allocators, bound, plan, and the paper beside them', () => {
  const {status, stdout, stderr} = bench(['savings', '--only', 'mobilenet_v2.inference']);
  assert.equal(status, 0, stderr);
  const cells = cellsOf(stdout, 'mobilenet_v2.inference.json');
  assert.deepEqual(cells.slice(1, 4), ['kineto', 'iteration 4', '380']);
  // 48,975,328 bytes as requested, rounded to 512; 13.8 MiB less than the pool, 17.3 less than the caching allocator
  assert.deepEqual(cells.slice(4), [
    ...['124.3', '60.5', '64.0', '64.0', '–', '46.7', '46.7', 'yes'],
    ...['62.4', '22.8', '27.0', '27.0'],
  ]);
});

test('a network of TensorFlow.js has a row in each table, and its plan touches no more bytes', () => {
  const {status, stdout, stderr} = bench(['tfjs', '--only', 'perceptron', '--samples', '6']);
  assert.equal(status, 0, stderr);
  const [memory, heap, time] = stdout
    .split('\n')
    .filter(line => line.startsWith('perceptron'))
    .map(line => line.trim().split(/ {2,}/));
  const [, tensors, live, plan, outliving, unplanned, planned, ratio] = memory!.map(Number);
  // they follow from the network, on any machine
  assert.deepEqual([tensors, live, outliving], [144, 322824, 64572]);
  assert.ok(plan! + outliving! >= live!);
  assert.ok(planned! <= plan! + outliving! && planned! < unplanned!);
  assert.equal(ratio, Number((planned! / unplanned!).toFixed(3)));
  assert.equal(heap!.length, 5);
  const [middle, low, high] = time![3]!.split(/, | to /).map(Number) as [number, number, number];
  assert.ok(low <= middle && middle <= high, time![3]);
  const [least, median] = time![1]!.split(/[ ()]+/).map(Number) as [number, number];
  assert.ok(least <= median, time![1]);
  assert.match(time!.at(-1)!, /^[\d.]+ %$/);
});

test('the interval of the median is the one of the binomial distribution', () => {
  const of = (count: number) => {
    const {middle, low, high} = ratioOf({
      planned: Array.from({length: count}, (_, i) => ((i * 5) % count) + 1),
      unplanned: new Array<number>(count).fill(1),
    });
    return [low, middle, high];
  };
  // as tables of the sign test have it: ranks 1 and 6, 2 and 10, 6 and 16, 41 and 61
  assert.deepEqual([6, 11, 21, 101].map(of), [
    [1, 4, 6],
    [2, 6, 10],
    [6, 11, 16],
    [41, 51, 61],
  ]);
});

test('unknown arguments of the bench are reported, with its usage', () => {
  const wrong: readonly [readonly string[], RegExp][] = [
    [['solve', '--seconds', 'soon'], /--seconds: expected a number above 0, got soon/],
    [['solve', '--threads', '1.5'], /--threads: expected an integer, got 1.5/],
    [['peers'], /name a solver with --peer/],
    [['peers', '--peer', 'x'], /expected NAME=COMMAND or omnimalloc\[.*, got x/],
    [['peers', '--peer', 'omnimalloc:'], /expected NAME=COMMAND or .*, got omnimalloc:/],
    [['peers', '--peer', 'omnimalloc:omni@0'], /expected NAME=COMMAND or .*, got omnimalloc:omni@0/],
    [['peers', '--peer', 'x=y {in} {out} {colour}'], /\{colour\} is unknown/],
    [['peers', '--peer', 'x=y {in}'], /expected \{out\} in: y \{in\}/],
  ];
  for (const [args, message] of wrong) assert.throws(() => checkPeers(parseOptions(args)), message);
  const {status, stderr} = bench(['nonsense']);
  assert.equal(status, 2);
  assert.match(stderr, /unknown bench "nonsense"; known are boundary, .*\nusage: /);
});

test('report measures whole processes: seconds, the time of the processor, memory and the page', () => {
  const {status, stdout, stderr} = bench(['report', '--synthetic', '--only', '25,000', '--samples', '1']);
  assert.equal(status, 0, stderr);
  const cells = cellsOf(stdout, 'training, 25,000 events');
  assert.equal(cells.length, 12, stdout);
  const [megabytes, ...inspect] = cells.slice(1, 6).map(Number) as number[];
  const [least, middle, processor, resident] = cells.slice(6, 10).map(Number) as number[];
  // the log is made from a seed; its page shows a part of it
  assert.equal(megabytes, 1.4);
  assert.ok(Number(cells[10]) > 0.2 && Number(cells[10]) < megabytes!, cells[10]);
  for (const seconds of [inspect.slice(0, 3), [least!, middle!, processor!]]) {
    // one sample: the median is the minimum; a process needs longer than Node does to start
    assert.equal(seconds[0], seconds[1]);
    assert.ok(
      seconds.every(one => one > 0.02 && one < 120),
      stdout,
    );
  }
  // a report reads, plans and writes: more than an inspection, which reads
  assert.ok(processor! > inspect[2]! && resident! > 40 && inspect[3]! > 40, stdout);
});

test('the allocators are compared, by one worker and by two', () => {
  const {status, stdout, stderr} = bench(['runtime', '--quick', '--only', 'mobilenet']);
  assert.equal(status, 0, stderr);
  const rows = stdout.split('\n').filter(line => line.startsWith('mobilenet_v2.inference '));
  assert.equal(rows.length, 2);
  assert.match(rows[0]!, / 100\.00 %\s*$/);
});

test('networks run by every allocator, with the same bits as output', () => {
  const {status, stdout, stderr} = bench(['inference', '--quick', '--only', 'MLP']);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /MLP: all outputs the same bits/);
  assert.match(cellsOf(stdout, '2', 'stowage').join(), /512 × 2 = 1024,100\.0 %/);
});

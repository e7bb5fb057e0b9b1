import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {
  FREE,
  MALLOC,
  NONE,
  type StepOptions,
  type StepProblem,
  stepProblem,
  type Trace,
  TraceBuilder,
  UsageError,
} from '../../bindings/trace.ts';
import {seeded} from '../random.ts';
import {checkProblem, isLive} from './check.ts';
import {gapsOf} from './dump.ts';
import {importTrace} from './inputs.ts';

/**
 * A trace out of words: `a8` allocates a of 8 bytes, `a` frees it, `a?8` frees an a never allocated here, `|` begins
 * the next iteration, `|7` the one of that number.
 */
function traceOf(text: string): Trace {
  const builder = new TraceBuilder('test');
  const device = builder.device('cpu', {alignment: 64});
  let number = 0;
  for (const [time, word] of text.split(' ').entries()) {
    if (word.startsWith('|')) {
      number = word === '|' ? number : Number(word.slice(1));
      builder.mark(number++, time);
      continue;
    }
    const [, name, unknown, size] = /^([a-z])(\?)?(\d*)$/.exec(word)!;
    const isMalloc = size !== '' && unknown === undefined;
    const bytes = size === '' ? Number.NaN : Number(size);
    const operation = builder.operation(`op ${name}`);
    builder.add({
      kind: isMalloc ? MALLOC : FREE,
      device,
      address: BigInt(name!.charCodeAt(0)),
      bytes,
      time,
      operation,
    });
  }
  builder.mark(null, 1e9);
  return builder.build();
}

/** Buffers as `id [start, end) size`, with gaps. */
function buffersOf({problem}: StepProblem): string[] {
  return Array.from({length: problem.count}, (_, i) => {
    const gaps = gapsOf(problem, i).map(([from, to]) => ` without [${from}, ${to})`);
    return `${problem.ids![i]} [${problem.start[i]}, ${problem.end[i]}) ${problem.size[i]}${gaps.join('')}`;
  });
}

const step = (text: string, options: StepOptions = {}): StepProblem => stepProblem(traceOf(text), options);

test('linear: carried in from 0, carried out to N, inside as it is', () => {
  const {problem, ...rest} = step('p99 w7 | a1 c3 w b2 a | d4 c b d', {iteration: 0, lifetimes: 'linear'});
  assert.deepEqual(buffersOf({problem, ...rest}), [
    'b1 [0, 2) 7',
    'b2 [0, 4) 1',
    'b3 [1, 5) 3',
    'b4 [3, 5) 2',
  ]);
  assert.deepEqual(rest.operations, ['op w', 'op a', 'op c', 'op b']);
  assert.deepEqual([...rest.blocks], [1, 2, 3, 4]);
  assert.equal(rest.ticks, 5);
  assert.deepEqual(rest.carried, {in: 1, out: 2, matched: 0});
  assert.deepEqual(rest.persistent, {count: 1, bytes: 99});
  assert.equal(rest.persistentAligned, 128);
  assert.equal(problem.defaultAlignment, 64);
  assert.deepEqual([...problem.offset], [-1, -1, -1, -1]);
  assert.deepEqual(rest.device, {name: 'cpu', alignment: 64});
});

test('a block freed at tick 0 has no lifetime: dropped and counted', () => {
  const result = step('w7 v8 | w a1 v a | b2 b', {iteration: 0, lifetimes: 'linear'});
  assert.deepEqual(buffersOf(result), ['b1 [0, 2) 8', 'b2 [1, 3) 1']);
  assert.equal(result.dropped, 1);
  assert.deepEqual(result.carried, {in: 2, out: 0, matched: 0});
});

test('cyclic: a carried-out buffer and its twin are one, with a gap', () => {
  const result = step('g5 | a1 g a g5 | a1 g a g5 | a1 g a g5 | g', {iteration: 1});
  assert.equal(result.lifetimes, 'cyclic');
  assert.deepEqual(buffersOf(result), ['b3 [0, 2) 1', 'b4 [0, 4) 5 without [1, 3)']);
  assert.deepEqual(result.carried, {in: 1, out: 1, matched: 1});
  assert.deepEqual(result.twins, [{buffer: 1, slots: 1, start: 3, end: 1, periods: 1}]);
  assert.deepEqual(result.warnings, []);
});

test('cyclic: a twin freed at tick 0 leaves no gap, and is not dropped', () => {
  const result = step('| a1 a g5 | g a1 a g5 | g a1 a g5 | g', {iteration: 1});
  assert.deepEqual(buffersOf(result), ['b2 [1, 2) 1', 'b3 [3, 4) 5']);
  assert.equal(result.dropped, 0);
  assert.deepEqual(result.carried, {in: 1, out: 1, matched: 1});
});

test('cyclic: a buffer freed after its next instance was allocated takes two slots', () => {
  // x and y take turns: each is freed one event after the other was allocated
  const result = step('| x5 a1 a | y5 x a1 a | x5 y a1 a | y5 x a1 a | x5 y a1 a |', {iteration: 2});
  assert.deepEqual(buffersOf(result), ['b4.0 [0, 4) 5', 'b4.1 [0, 4) 5', 'b5 [2, 3) 1']);
  assert.deepEqual(result.twins, [{buffer: 0, slots: 2, start: 0, end: 1, periods: 1}]);
});

test('cyclic: a buffer over two periods takes two slots, and a block that passes through is in one of them', () => {
  const result = step('| x5 a1 a | y5 a1 a | x a1 x5 a | y a1 y5 a | x a1 x5 a | y a1 y5 a | x', {
    iteration: 4,
  });
  // allocated at 2, freed at 0 two iterations later
  assert.deepEqual(result.twins, [{buffer: 1, slots: 2, start: 2, end: 0, periods: 2}]);
  assert.deepEqual(buffersOf(result), ['b8 [1, 3) 1', 'b9.0 [0, 4) 5', 'b9.1 [0, 4) 5']);
  assert.deepEqual(result.persistent, {count: 0, bytes: 0});
  const linear = step('| x5 a1 a | y5 a1 a | x a1 x5 a | y a1 y5 a | x a1 x5 a | y a1 y5 a | x', {
    iteration: 4,
    lifetimes: 'linear',
  });
  assert.deepEqual(linear.persistent, {count: 1, bytes: 5});
});

test('cyclic: a twin from before the recording is known by the tick of its free', () => {
  const result = step('| a1 g?5 a g5 | a1 g a g5 | a1 g a g5 | g', {iteration: 0});
  assert.deepEqual(buffersOf(result), ['b0 [0, 2) 1', 'b2 [0, 4) 5 without [1, 3)']);
  assert.deepEqual(result.carried, {in: 1, out: 1, matched: 1});
});

test('cyclic: a block without a carried pair stays linear and is counted', () => {
  const result = step('| a1 a g5 | a1 a g5', {iteration: 0});
  assert.equal(result.lifetimes, 'cyclic');
  assert.deepEqual(buffersOf(result), ['b0 [0, 1) 1', 'b1 [2, 3) 5']);
  assert.deepEqual(result.warnings, [
    '1 × buffers carried in or out without their instance of another iteration: their lifetimes stay linear',
  ]);
});

test('an iteration that does not repeat is linear, with a warning where nobody asked for that', () => {
  const text = '| a1 a | a2 a | a3 a |';
  assert.equal(step(text, {iteration: 1}).lifetimes, 'linear');
  assert.match(step(text, {iteration: 1}).warnings.join(), /does not repeat/);
  assert.deepEqual(step(text, {iteration: 1, lifetimes: 'linear'}).warnings, []);
  assert.throws(
    () => step(text, {iteration: 1, lifetimes: 'cyclic'}),
    /UsageError: lifetimes: cyclic needs an iteration that repeats/,
  );
  assert.throws(() => step(text, {iteration: 'window', lifetimes: 'cyclic'}), UsageError);
});

test('an iteration repeats only in its neighbours by number: between others, the recording may have paused', () => {
  const text = '|3 g5 a1 a |4 g a1 a g5 |9 g a1 a g5 |10 g a1 a g5 |12 g a1 a g5 |13';
  const lifetimes = [4, 9, 10, 12].map(iteration => step(text, {iteration}).lifetimes);
  assert.deepEqual(lifetimes, ['linear', 'cyclic', 'cyclic', 'linear']);
  assert.deepEqual(step(text, {iteration: 10}).carried, {in: 1, out: 1, matched: 1});
});

test('auto is the last whole iteration', () => {
  assert.equal(step('| a1 a | a1 a | a1 a').iteration, 2);
});

test('window is the whole recording, and the fallback of auto', () => {
  const text = 'p9 z?4 a1 b2 a';
  const window = step(text, {iteration: 'window'});
  assert.deepEqual(buffersOf(window), ['b0 [0, 5) 9', 'b1 [0, 1) 4', 'b2 [2, 4) 1', 'b3 [3, 5) 2']);
  assert.deepEqual(window.carried, {in: 1, out: 2, matched: 0});
  assert.deepEqual(window.warnings, []);
  assert.equal(window.lifetimes, 'linear');
  const auto = step(text);
  assert.equal(auto.iteration, 'window');
  assert.match(auto.warnings.join(), /nothing repeats/);
  assert.deepEqual(auto.problem, window.problem);
});

test("an alignment given takes the place of the device's", () => {
  assert.equal(step('| a1 a |', {alignment: 256}).problem.defaultAlignment, 256);
  for (const alignment of [0, 3, -2, 1.5, Number.NaN])
    assert.throws(() => step('| a1 a |', {alignment}), /UsageError: alignment: expected a power of two/);
});

test('an iteration that is not there names those that are', () => {
  assert.throws(
    () => step('| a1 a | a1 a | a1 a', {iteration: 7}),
    new UsageError('iteration: expected one from 0 to 2, got 7'),
  );
  assert.throws(
    () => step('a1 b2', {iteration: 7}),
    new UsageError('iteration: the recording has none, got 7'),
  );
});

test('at every tick of a linear window, the buffers and the persistent blocks are the live blocks', () => {
  const property = fc.property(fc.integer({min: 1, max: 2 ** 31}), seed => {
    const random = seeded(seed);
    const trace = randomTrace(random, 60);
    const iterations = trace.marks.filter(({number}) => number !== null).map(({number}) => number!);
    const iteration =
      random(3) === 0 || iterations.length === 0 ? 'window' : iterations[random(iterations.length)]!;
    const result = stepProblem(trace, {iteration, lifetimes: 'linear', device: 'cpu'});
    checkProblem(result.problem);
    const {problem} = result;
    const windowEvents = eventsOf(trace, iteration);
    assert.equal(result.ticks, windowEvents.length);
    for (const [tick, event] of windowEvents.entries()) {
      const live = liveAfter(trace, event).sort();
      const buffers = Array.from({length: problem.count}, (_, i) => i).filter(i => isLive(problem, i, tick));
      const packed = buffers.map(i => result.blocks[i]!);
      assert.equal(live.length, packed.length + result.persistent.count);
      assert.ok(packed.every(block => live.includes(block)));
    }
  });
  fc.assert(property, {seed: 9, numRuns: 300});
});

/** Events at random on two devices, half of the frees of blocks never seen, with marks. */
function randomTrace(random: (below: number) => number, length: number): Trace {
  const builder = new TraceBuilder('test');
  const devices = [builder.device('cpu'), builder.device('cuda:0')];
  for (let time = 0; time < length; time++) {
    if (random(12) === 0) builder.mark(time, time);
    const kind = random(8) === 0 ? 2 + random(2) : random(2);
    builder.add({
      kind,
      device: devices[random(5) === 0 ? 1 : 0]!,
      address: BigInt(random(9)),
      bytes: 1 + random(4),
      time,
    });
  }
  return builder.build();
}

/** The malloc and free events of the cpu in an iteration: from its mark to the next one. */
function eventsOf(trace: Trace, iteration: number | 'window'): number[] {
  const index = trace.marks.findIndex(({number}) => number === iteration);
  const from = iteration === 'window' ? 0 : trace.marks[index]!.event;
  const to =
    iteration === 'window' ? trace.events.count : (trace.marks[index + 1]?.event ?? trace.events.count);
  const all = Array.from({length: to - from}, (_, i) => from + i);
  return all.filter(
    event => trace.events.kind[event]! <= FREE && trace.blocks.device[trace.events.block[event]!] === 0,
  );
}

/** Blocks of the cpu that live after the event. */
function liveAfter({blocks}: Trace, event: number): number[] {
  const isLiveBlock = (block: number): boolean => {
    const malloc = blocks.mallocEvent[block]!;
    const free = blocks.freeEvent[block]!;
    return (
      blocks.device[block] === 0 && (malloc === NONE || malloc <= event) && (free === NONE || free > event)
    );
  };
  return Array.from({length: blocks.count}, (_, block) => block).filter(isLiveBlock);
}

test('where nobody chose a device, the others with memory are named', async () => {
  const lines = [
    '{"schema":"stowage.events/1"}',
    '{"event":"malloc","address":1,"size":5,"device":"cuda:0"}',
    '{"event":"malloc","address":1,"size":9,"device":"cuda:1"}',
    '{"event":"malloc","address":2,"size":3,"device":"cpu"}',
  ];
  const trace = await importTrace(lines.join('\n'));
  const note = 'cuda:0, cpu have recorded memory too: choose it with --device cuda:0';
  assert.ok(stepProblem(trace).warnings.includes(note));
  assert.ok(!stepProblem(trace, {device: 'cpu'}).warnings.some(text => text.includes('recorded memory too')));
});

/** What stays behind from iteration to iteration: small cases with their numbers, and an oracle that counts block by block. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {
  describeLeakScope,
  describeLeaks,
  describeMissing,
  type LeakSite,
  leaksOf,
  type Trace,
  timelineOf,
} from '../../bindings/trace.ts';
import {importTrace} from '../trace/inputs.ts';
import {pickle} from '../trace/pickle.ts';
import {BASE, entry, freed, resetClock, snapshot} from '../trace/snapshots.ts';
import {stepsTrace} from './steps.ts';

const times = <T>(count: number, of: (index: number) => T): T[] =>
  Array.from({length: count}, (_, i) => of(i));

const siteOf = (trace: Trace, name: string): LeakSite => {
  const site = leaksOf(trace, 0).sites.find(one => one.site.name === name);
  assert.ok(site, `no site ${name}`);
  return site;
};

test('a list that keeps one block of each iteration: every pair rises, 1 of 5,040 orders does', () => {
  const trace = stepsTrace(
    times(7, () => 'x+100 log+8 x-'),
    {before: 'weights+50'},
  );
  const {sites, unchanged, iterations, whole, by, changing, total} = leaksOf(trace, 0);
  assert.deepEqual([by, whole, iterations, changing], ['operation', 7, [0, 1, 2, 3, 4, 5, 6], 1]);
  assert.deepEqual(unchanged, {sites: 1, bytes: 50});
  assert.equal(sites.length, 1);
  const {site, largest, ...log} = sites[0]!;
  assert.equal(site.name, 'log');
  assert.equal(trace.blocks.bytes[largest!], 8);
  assert.deepEqual(log, {
    live: [8, 16, 24, 32, 40, 48, 56],
    left: times(7, () => ({blocks: 1, bytes: 8})),
    lag: null,
    blocks: 7,
    grown: 48,
    growth: 8,
    rose: 6,
    pairs: 21,
    rises: 21,
    chance: {asStrong: 1n, orders: 5040n},
    level: 'strong',
    pattern: 'grows',
    restsFrom: null,
  });
  assert.deepEqual(total.live, [58, 66, 74, 82, 90, 98, 106]);
  assert.deepEqual([total.grown, total.growth, total.level], [48, 8, 'strong']);
});

test('two buffers in turn: each is freed in the next iteration, and nothing grows', () => {
  const trace = stepsTrace(['in+10', ...times(5, () => 'in+10 in-')]);
  const {lag, level, pattern, live, left} = siteOf(trace, 'in');
  assert.deepEqual([lag, level, pattern], [1, 'none', 'held']);
  assert.deepEqual(live, [10, 10, 10, 10, 10, 10]);
  assert.deepEqual(left[3], {blocks: 1, bytes: 10});
});

test('blocks held for three iterations fill up, and are no leak', () => {
  const trace = stepsTrace(['a+1', 'a+1', 'a+1', ...times(6, () => 'a+1 a-')]);
  const {lag, level, pattern, live, growth, pairs, rises} = siteOf(trace, 'a');
  assert.deepEqual(live, [1, 2, 3, 3, 3, 3, 3, 3, 3]);
  // the two iterations in which they fill up are not judged
  assert.deepEqual([pairs, rises], [(7 * 6) / 2, 0]);
  assert.deepEqual([lag, level, pattern, growth], [3, 'none', 'held', 0]);
});

test('one iteration alone does not show a lag: two must confirm it', () => {
  const once = siteOf(stepsTrace(['a+1', 'a+1 a-']), 'a');
  assert.deepEqual([once.live, once.lag], [[1, 1], null]);
  const twice = siteOf(stepsTrace(['a+1', 'a+1 a-', 'a+1 a-']), 'a');
  assert.deepEqual([twice.live, twice.lag], [[1, 1, 1], 1]);
});

test('a buffer that is replaced by a larger one in each iteration grows, though each block is freed in the next', () => {
  const trace = stepsTrace(times(6, i => `cache+${10 * (i + 1)}${i > 0 ? ' cache-' : ''}`));
  const {lag, level, pattern, growth, live} = siteOf(trace, 'cache');
  assert.deepEqual(live, [10, 20, 30, 40, 50, 60]);
  assert.deepEqual([lag, level, pattern, growth], [1, 'strong', 'grows', 10]);
});

test('a cache that fills in its first iterations has come to rest', () => {
  const steps = times(8, i => (i < 3 ? 'x+5 cache+10 x-' : 'x+5 x-'));
  const {live, level, pattern, restsFrom, grown, growth} = siteOf(stepsTrace(steps), 'cache');
  assert.deepEqual(live, [10, 20, 30, 30, 30, 30, 30, 30]);
  assert.deepEqual([level, pattern, restsFrom, grown, growth], ['none', 'settled', 2, 20, 0]);
});

test('states of an optimizer, made in the first iteration, are steady', () => {
  const {live, pattern, level} = siteOf(stepsTrace(['state+64', ...times(5, () => 'x+5 x-')]), 'state');
  assert.deepEqual(live, [64, 64, 64, 64, 64, 64]);
  assert.deepEqual([pattern, level], ['steady', 'none']);
});

test('sizes that vary have no trend', () => {
  const sizes = [7, 12, 9, 14, 6, 11, 8];
  const trace = stepsTrace(sizes.map((bytes, i) => `${i > 0 ? 'x- ' : ''}x+${bytes}`));
  const {live, level, pattern, rises, pairs} = siteOf(trace, 'x');
  assert.deepEqual(live, sizes);
  assert.deepEqual([rises, pairs, level], [-1, 21, 'none']);
  assert.equal(pattern, 'held');
});

test('noise on top of a leak: the slope is near the leak', () => {
  const noise = [3, 0, 2, 5, 1, 4, 0, 2];
  const trace = stepsTrace(times(8, i => `${i > 0 ? 'n- ' : ''}leak+10 n+${100 + noise[i]!}`));
  const {total} = leaksOf(trace, 0);
  assert.deepEqual(total.live, [113, 120, 132, 145, 151, 164, 170, 182]);
  assert.deepEqual([total.rises, total.level], [28, 'strong']);
  // the lower of the two middle slopes, whole bytes
  assert.equal(total.growth, 9);
});

test('a leak in every second iteration: equal values count as what they are', () => {
  const trace = stepsTrace(times(8, i => (i % 2 === 1 ? 'x+5 log+6 x-' : 'x+5 x-')));
  const {live, level, growth, rose, rises, pairs, chance} = siteOf(trace, 'log');
  assert.deepEqual(live, [0, 6, 6, 12, 12, 18, 18, 24]);
  assert.deepEqual([rises, pairs, rose, growth], [25, 28, 4, 3]);
  // 8! ÷ (2! · 2! · 2!) orders
  assert.deepEqual(chance, {asStrong: 1n, orders: 5040n});
  assert.equal(level, 'strong');
});

test('four iterations make a trend weak at most, three make none', () => {
  const of = (count: number) => siteOf(stepsTrace(times(count, () => 'log+8')), 'log');
  assert.deepEqual([of(3).level, of(3).pattern, of(3).chance], ['too few', 'unknown', null]);
  assert.deepEqual([of(4).level, of(4).chance], ['weak', {asStrong: 1n, orders: 24n}]);
  assert.deepEqual([of(5).level, of(5).chance], ['strong', {asStrong: 1n, orders: 120n}]);
});

test('the more sites change, the rarer a trend must be', () => {
  const noisy = 'a b c d e f g h'.split(' ');
  const steps = times(
    5,
    i => `log+8 ${noisy.map(name => `${i > 0 ? `${name}- ` : ''}${name}+${1 + ((i * 3) % 5)}`).join(' ')}`,
  );
  const {changing, sites} = leaksOf(stepsTrace(steps), 0);
  assert.equal(changing, 9);
  // 9 of 120 is above 1 in 20
  assert.equal(sites.find(({site}) => site.name === 'log')!.level, 'none');
});

test('a recording without iterations says so, and iterations that were cut are not looked at', () => {
  const none = leaksOf(stepsTrace([], {before: 'a+1 b+2 a- c+3'}), 0);
  assert.deepEqual([none.whole, none.source, none.sites], [0, 'none', []]);
  const cut = leaksOf(stepsTrace(['a+1', 'a+1', 'a+1'], {isCut: true}), 0);
  assert.deepEqual(cut.iterations, [0, 1]);
});

test('of many iterations the last 64 are looked at', () => {
  const {iterations, whole, sites} = leaksOf(stepsTrace(times(70, () => 'log+1')), 0);
  assert.deepEqual([whole, iterations.length, iterations[0]], [70, 64, 6]);
  assert.deepEqual([sites[0]!.live[0], sites[0]!.grown], [7, 63]);
});

test('a snapshot whose beginning is lost says so', async () => {
  resetClock();
  // of a block from before only the free is there
  const entries = [...freed(BASE - 4096, 4096)];
  const spans: {stage: string; name: string; device: number; time_us: unknown}[] = [];
  for (let step = 0; entries.length < 1000; step++) {
    const [first, last] = [entry('alloc', BASE + 512 * step, 512), ...freed(BASE + 512 * step, 512)];
    entries.push(first!, ...(step % 2 === 0 ? [] : [last!]));
    if (step % 100 !== 0) continue;
    const name = `step#${step / 100}`;
    if (step > 0)
      spans.push({stage: 'END', name: `step#${step / 100 - 1}`, device: 0, time_us: first!.time_us});
    spans.push({stage: 'START', name, device: 0, time_us: first!.time_us});
  }
  const file = snapshot([entries.slice(0, 1000)], [], {external_annotations: spans as never});
  const leaks = leaksOf(await importTrace(pickle(file)), 0);
  assert.equal(leaks.isTruncated, true);
  assert.match(
    describeMissing(leaks).join(),
    /The beginning of the recording is lost, .*what grew before is not known/,
  );
});

test('the words name the iterations, and what cannot be said', () => {
  const of = (steps: readonly string[]) => leaksOf(stepsTrace(steps), 0);
  assert.equal(describeLeakScope(of(['a+1'])), 'in the one whole iteration recorded');
  assert.equal(
    describeLeakScope(of(times(70, () => 'a+1'))),
    'in the last 64 of 70 whole iterations recorded',
  );
  assert.equal(
    describeLeaks(of(['a+1', 'a+1'])),
    'in the 2 whole iterations recorded, fewer than 4, growth cannot be told from chance: 1 B more are live after the last of them than after the first',
  );
  assert.equal(
    describeLeaks(of(times(5, () => 'x+1 x-'))),
    'in the 5 whole iterations recorded, no site grows with a trend: as many bytes are live after the last of them as after the first',
  );
  assert.equal(
    describeLeaks(of([])),
    'the recording has no whole iteration, so what stays behind from one to the next is not known',
  );
  assert.deepEqual(describeMissing({isTruncated: false, isCut: true}), [
    'The file ends before the recording did: what came after is not known.',
  ]);
});

test('without operations the sites are sizes by powers of two', () => {
  const trace = {...stepsTrace(times(5, () => 'log+5 x+9 x-')), operations: ['']};
  const flat = {...trace, blocks: {...trace.blocks, operation: new Uint32Array(trace.blocks.count)}};
  const {by, sites} = leaksOf(flat, 0);
  assert.deepEqual([by, sites.map(({site}) => site.name)], ['size', ['blocks of 4 B to below 8 B']]);
});

/** A program of some sites whose blocks live for random times, in iterations. */
const PROGRAM = fc.array(
  fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({min: 0, max: 9})), {maxLength: 6}),
  {minLength: 1, maxLength: 8},
);

function traceOfProgram(program: readonly (readonly (readonly [string, number])[])[]): Trace {
  const live = new Map<string, number>();
  const steps = program.map(step =>
    step
      .flatMap(([name, bytes]) => {
        const count = live.get(name) ?? 0;
        if (bytes === 0 && count === 0) return [];
        live.set(name, count + (bytes === 0 ? -1 : 1));
        return [bytes === 0 ? `${name}-` : `${name}+${bytes}`];
      })
      .join(' '),
  );
  return stepsTrace(steps);
}

test('the curves of all sites add up to the live bytes, and so does what they have grown', () => {
  fc.assert(
    fc.property(PROGRAM, program => {
      const trace = traceOfProgram(program);
      const {sites, unchanged, total, iterations} = leaksOf(trace, 0);
      iterations.forEach((_, i) => {
        const sum = sites.reduce((bytes, {live}) => bytes + live[i]!, unchanged.bytes);
        assert.equal(sum, total.live[i]);
      });
      assert.equal(
        sites.reduce((bytes, {grown}) => bytes + grown, 0),
        total.grown,
      );
    }),
    {numRuns: 300, seed: 20},
  );
});

test('what is live and left is that of a walk over all blocks', () => {
  fc.assert(
    fc.property(PROGRAM, program => {
      const trace = traceOfProgram(program);
      const {memory, iterations} = timelineOf(trace, 0);
      const whole = iterations.iterations.filter(one => one.whole);
      const {mallocEvent, freeEvent, bytes, operation} = trace.blocks;
      const blocks = Array.from({length: trace.blocks.count}, (_, block) => block);
      for (const {site, live, left, lag, blocks: atEnd} of leaksOf(trace, 0).sites) {
        const own = blocks.filter(block => trace.operations[operation[block]!] === site.name);
        const eventAt = (position: number) => memory.event[position] ?? trace.events.count;
        const liveAfter = (end: number) =>
          own.filter(block => mallocEvent[block]! < eventAt(end) && freeEvent[block]! >= eventAt(end));
        const sum = (list: readonly number[]) => list.reduce((all, block) => all + bytes[block]!, 0);
        assert.deepEqual(
          live,
          whole.map(({endEvent}) => sum(liveAfter(endEvent))),
        );
        const kept = whole.map(({firstEvent, endEvent}) =>
          liveAfter(endEvent).filter(block => mallocEvent[block]! >= eventAt(firstEvent)),
        );
        assert.deepEqual(
          left,
          kept.map(list => ({blocks: list.length, bytes: sum(list)})),
        );
        assert.equal(atEnd, liveAfter(whole.at(-1)!.endEvent).length);
        if (lag === null) continue;
        // each block is gone so many iterations later
        kept.slice(0, whole.length - lag).forEach((list, i) => {
          const later = liveAfter(whole[i + lag]!.endEvent);
          assert.ok(list.every(block => !later.includes(block)));
        });
      }
    }),
    {numRuns: 300, seed: 20},
  );
});

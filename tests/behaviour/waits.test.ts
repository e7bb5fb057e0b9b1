/** Frees that waited, block by block: which bytes they held, where they came from, and how much of the peak they are. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {timelineOf, waitingFrees, waitsOf} from '../../bindings/trace.ts';
import {MIB, Run} from '../evidence/run.ts';
import {importTrace} from '../trace/inputs.ts';

test('two waits: moments, microseconds, the bytes at once, and the peak without them', async () => {
  const run = new Run()
    .malloc('x', 4 * MIB)
    .request('x')
    .malloc('y', 2 * MIB)
    .malloc('z', 3 * MIB)
    .request('y')
    .complete('x')
    .free('z')
    .complete('y');
  const {waits, sites, most, mostMoment, peak, peakMoment, atPeak, peakWithout, overTime} = waitsOf(
    await importTrace(run.pickle()),
    0,
  );
  assert.deepEqual(
    waits.map(({bytes, from, to, isOpen}) => [bytes / MIB, from, to, isOpen]),
    [
      [4, 1, 4, false],
      [2, 3, 6, false],
    ],
  );
  // one microsecond an entry: segment, x, request | segment, y, segment, z, request, complete
  assert.deepEqual(
    waits.map(({microseconds}) => microseconds),
    [6, 4],
  );
  assert.deepEqual(
    [...overTime].map(bytes => bytes / MIB),
    [0, 4, 4, 6, 2, 2, 0],
  );
  assert.deepEqual([most / MIB, mostMoment], [6, 3]);
  // live: 0, 4, 6, 9, 5, 2, 0; of the nine at the peak four wait when it is reached, and two are asked for then
  assert.deepEqual([peak / MIB, peakMoment, atPeak / MIB], [9, 3, 4]);
  // without them: 0, 4, 2, 5, 3, 0, 0
  assert.equal(peakWithout / MIB, 5);
  assert.deepEqual(
    sites.map(({count, most: own, atPeak: there, events}) => [count, own / MIB, there / MIB, events]),
    [[2, 6, 4, 3]],
  );
});

test('a free that still waits at the end, also of a block from before the recording', async () => {
  const trace = await importTrace(
    new Run()
      .malloc('x', 4 * MIB)
      .malloc('y', 1 * MIB)
      .free('y')
      .request('x')
      .malloc('z', 2 * MIB)
      .pickle(),
  );
  const {waits, most, peak, atPeak, peakWithout, overTime} = waitsOf(trace, 0);
  assert.deepEqual(
    waits.map(({block, bytes, from, to, isOpen, completedBy}) => [
      block,
      bytes / MIB,
      from,
      to,
      isOpen,
      completedBy,
    ]),
    [[0, 4, 3, 5, true, 0]],
  );
  assert.deepEqual([most / MIB, peak / MIB, atPeak / MIB, peakWithout / MIB], [4, 6, 4, 5]);
  assert.deepEqual(
    [...overTime].map(bytes => bytes / MIB),
    [0, 0, 0, 4, 4],
  );
});

test('a recording without waits has none', async () => {
  const {waits, sites, most, atPeak, peak, peakWithout} = waitsOf(
    await importTrace(new Run().malloc('x', MIB).free('x').malloc('y', MIB).pickle()),
    0,
  );
  assert.deepEqual([waits, sites, most, atPeak], [[], [], 0, 0]);
  assert.equal(peak, peakWithout);
});

/** Of each block the number of others allocated before its request and its completion. */
const PROGRAM = fc.array(fc.record({bytes: fc.integer({min: 1, max: 8}), life: fc.nat(4), wait: fc.nat(4)}), {
  minLength: 1,
  maxLength: 12,
});

test('the sums are those of a walk over moments, and the same as of all waits together', async () => {
  await fc.assert(
    fc.asyncProperty(PROGRAM, async program => {
      const run = new Run();
      program.forEach(({bytes}, step) => {
        program.slice(0, step).forEach(({life, wait}, earlier) => {
          const age = step - earlier - 1;
          if (age === life) run.request(`${earlier}`);
          if (age === life + wait) run.complete(`${earlier}`);
        });
        run.malloc(`${step}`, bytes * MIB);
      });
      const trace = await importTrace(run.pickle());
      const found = waitsOf(trace, 0);
      const {live} = timelineOf(trace, 0);
      const held = (late: number) =>
        Array.from(live, (_, moment) =>
          found.waits
            .filter(({from, to}) => from + late <= moment && moment < to)
            .reduce((sum, {bytes}) => sum + bytes, 0),
        );
      assert.deepEqual([...found.overTime], held(0));
      assert.equal(found.atPeak, held(1)[found.peakMoment]);
      // where no free of the file completed, a request ends its block
      const older = trace.cuda!.devices[0]!.persistent.bytes;
      assert.equal(
        found.peakWithout,
        older + Math.max(...live.map((bytes, moment) => bytes - held(1)[moment]!)),
      );
      assert.ok(found.peak - found.peakWithout <= found.atPeak, 'it falls by what waits there, at most');
      const {count, bytes} = waitingFrees(trace, 0);
      assert.equal(found.waits.length, count);
      assert.equal(found.most, bytes);
      assert.equal(
        found.sites.reduce((sum, {atPeak}) => sum + atPeak, 0),
        found.atPeak,
      );
      assert.deepEqual(
        found.waits.map(({site}) => found.sites[site] !== undefined),
        found.waits.map(() => true),
      );
    }),
    {numRuns: 60, seed: 20},
  );
});

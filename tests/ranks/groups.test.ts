/** Planted groups are recovered, and planted outliers found, whatever the noise. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {mergeRun} from '../../bindings/ranks/merge.ts';
import {unusual} from '../../bindings/ranks/robust.ts';
import type {Run} from '../../bindings/ranks/run.ts';
import {folderOf, type Planted} from './results.ts';

/** A stage of a pipeline: layers, and what only the first and the last one do. */
function stageSites(stage: number, layers = 24): Record<string, number> {
  return {
    attention: 6 * layers,
    mlp: 4 * layers,
    send: 2,
    ...(stage === 0 ? {embedding: 3} : {}),
    ...(stage === 3 ? {loss: 5, head: 2} : {}),
  };
}

/** Ranks of 4 stages with `width` ranks each. */
function pipeline(width: number, changed: (rank: number) => Partial<Planted> = () => ({})): Planted[] {
  return Array.from({length: 4 * width}, (_, rank) => ({
    name: `rank${rank}.pickle`,
    sites: stageSites(Math.floor(rank / width)),
    ...changed(rank),
  }));
}

/** Members by group, as ranges of ranks. */
function membersOf({groups}: Run): string[] {
  return groups.map(({members}) => `${members[0]}–${members.at(-1)}: ${members.length}`);
}

const merged = (planted: readonly Planted[]): Run => mergeRun(folderOf(planted));

test('stages of a pipeline are groups of their own, though they differ by a few sites', () => {
  assert.deepEqual(membersOf(merged(pipeline(8))), ['0–7: 8', '8–23: 16', '24–31: 8']);
  const layers = Array.from({length: 16}, (_, rank) => ({
    name: `rank${rank}`,
    sites: stageSites(1, rank < 8 ? 24 : 23),
  }));
  assert.deepEqual(membersOf(merged(layers)), ['0–7: 8', '8–15: 8'], 'a layer less');
});

test('a rank that does a little more is an outlier of its group by structure, and makes no group', () => {
  const run = merged(pipeline(8, rank => (rank === 12 ? {sites: {...stageSites(1), log: 40}} : {})));
  assert.deepEqual(membersOf(run), ['0–7: 8', '8–23: 16', '24–31: 8']);
  assert.deepEqual(run.groups[1]!.outliers, [{rank: 12, reasons: ['structure'], operations: []}]);
});

test('the first and the last of many stages are no exceptions of those between', () => {
  for (const width of [3, 4, 64]) {
    const run = merged(
      Array.from({length: 8 * width}, (_, rank) => {
        const stage = Math.floor(rank / width);
        return {name: `rank${rank}`, sites: stageSites(stage === 7 ? 3 : Math.min(stage, 1))};
      }),
    );
    assert.deepEqual(
      run.groups.map(({members}) => members.length),
      [width, 6 * width, width],
    );
  }
});

test('an exception joins the stage that it is most like, however small the stage is', () => {
  const run = merged(
    pipeline(4, rank => {
      const stage = Math.floor(rank / 4);
      const sites = stageSites(stage, 24 - stage);
      return {sites: rank === 9 || rank === 15 ? {...sites, histogram: 30} : sites};
    }),
  );
  assert.deepEqual(membersOf(run), ['0–3: 4', '4–7: 4', '8–11: 4', '12–15: 4']);
  assert.deepEqual(
    run.groups.map(({outliers}) => outliers.map(({rank, reasons}) => `${rank} ${reasons}`)),
    [[], [], ['9 structure'], ['15 structure']],
  );
});

test('a rank that does something else is a group of its own', () => {
  const run = merged([...pipeline(8), {name: 'rank99', sites: {load: 9, decode: 4, attention: 6}}]);
  assert.equal(membersOf(run).at(-1), '32–32: 1');
  assert.deepEqual(run.groups.at(-1)!.outliers, []);
});

test('a stage of one rank is a group where the names say so, and an exception where they do not', () => {
  const planted = (name: (rank: number) => string): Planted[] =>
    Array.from({length: 8}, (_, rank) => ({
      name: name(rank),
      sites: stageSites(rank === 0 ? 0 : rank === 7 ? 3 : 1),
    }));
  assert.deepEqual(membersOf(merged(planted(rank => `dp0_pp${rank}.pickle`))), [
    '0–0: 1',
    '1–6: 6',
    '7–7: 1',
  ]);
  assert.deepEqual(membersOf(merged(planted(rank => `rank${rank}.pickle`))), ['0–7: 8']);
});

test('names of groups: of the manifest, of a coordinate, else numbers', () => {
  const names = (planted: readonly Planted[]): string[] => merged(planted).groups.map(({name}) => name);
  assert.deepEqual(names(pipeline(2)), ['1', '2', '3']);
  const coordinates = Array.from({length: 8}, (_, i) => ({
    name: `dp${i % 2}_pp${i >> 1}`,
    sites: stageSites(i >> 1, 24 - (i >> 1)),
  }));
  assert.deepEqual(names(coordinates.sort((a, b) => (a.name < b.name ? 1 : -1))), [
    'pp0',
    'pp1',
    'pp2',
    'pp3',
  ]);
  const stated = pipeline(2, rank => (rank < 3 ? {group: '2'} : {}));
  assert.deepEqual(names(stated), ['2', '2 by structure', '3'], 'the manifest joins what differs');
  assert.deepEqual(merged(stated).groups[0]!.members, [0, 1, 2]);
});

test('a thousand ranks that differ by noise make no thousand groups', () => {
  for (const [noise, most] of [
    [1, 4],
    [8, 16],
  ] as const) {
    const run = merged(
      pipeline(256, rank => {
        const sites = stageSites(Math.floor(rank / 256));
        return {sites: {...sites, mlp: sites.mlp! + ((rank * 7919) % (2 * noise)), send: 2 + (rank % 2)}};
      }),
    );
    assert.ok(run.groups.length <= most, `${run.groups.length} groups`);
  }
});

test('ranks that have hardly anything in common, all 2,000 of them, are told apart in time', () => {
  const planted = Array.from({length: 2000}, (_, rank) => ({
    name: `rank${rank}`,
    sites: Object.fromEntries(
      Array.from({length: 40}, (_, site) => [`${rank} ${site}`, 1 + ((rank * site) % 9)]),
    ),
  }));
  const began = performance.now();
  assert.equal(merged(planted).groups.length, 2000);
  assert.ok(performance.now() - began < 10_000);
});

/** Ranks that differ by chance: at most `noise` per cent of the figure. */
const NOISE = fc.array(fc.integer({min: -100, max: 100}), {minLength: 8, maxLength: 200});

test('a planted outlier among ranks with noise is found, and no other rank is named for that figure', () => {
  fc.assert(
    fc.property(
      NOISE,
      fc.nat(),
      fc.constantFrom('peak', 'reserved', 'needed'),
      fc.integer({min: 10, max: 200}),
      fc.boolean(),
      (noise, at, figure, percent, isLess) => {
        const planted = noise.map((chance, rank): Planted => {
          // less than 1 % of noise
          const bytes = 1_000_000 + 90 * chance;
          const isPlanted = rank === at % noise.length;
          const factor = isPlanted ? (isLess ? 1 / (1 + percent / 100) : 1 + percent / 100) : 1;
          return {name: `rank${rank}`, [figure]: Math.floor(bytes * factor)};
        });
        const [group, ...others] = merged(planted).groups;
        const reason = figure === 'needed' ? 'planned' : figure;
        const named = group!.outliers.filter(({reasons}) => reasons.includes(reason as 'peak'));
        assert.deepEqual([others, named.map(({rank}) => rank)], [[], [at % noise.length]]);
        assert.notEqual(group!.typical, at % noise.length);
      },
    ),
  );
});

test('groups of planted structures are recovered, in any order of files', () => {
  fc.assert(
    fc.property(
      fc.integer({min: 1, max: 6}),
      fc.integer({min: 4, max: 12}),
      fc.array(fc.nat(), {minLength: 72, maxLength: 72}),
      (kinds, width, keys) => {
        const planted = Array.from({length: kinds * width}, (_, i): Planted & {kind: number} => ({
          kind: i % kinds,
          name: `node${i}/trace.json`,
          sites: {common: 100, [`only ${i % kinds}`]: 3},
        }));
        const sorted = planted
          .map((one, i) => ({one, key: keys[i]!}))
          .sort((a, b) => a.key - b.key)
          .map(({one}) => one);
        const run = merged(sorted);
        assert.equal(run.groups.length, kinds);
        for (const {members} of run.groups) {
          assert.equal(members.length, width);
          const kind = new Set(
            members.map(index => planted.find(({name}) => name === run.ranks[index]!.file)!.kind),
          );
          assert.equal(kind.size, 1);
        }
      },
    ),
    {numRuns: 40},
  );
});

test('what is unusual: far from the median, by 2 % and by six median deviations, and of few', () => {
  assert.deepEqual(unusual([100, 100, 102]), [], 'at most 2 %');
  assert.deepEqual(unusual([100, 100, 103]), [2]);
  assert.deepEqual(unusual([100, 103]), [], 'of two nobody knows which');
  assert.deepEqual(unusual([90, 95, 100, 105, 110, 129, 131]), [], 'within six median deviations');
  assert.deepEqual(unusual([90, 95, 100, 105, 110, 129, 400]), [6]);
  assert.deepEqual(unusual([100, 100, 100, 100, 200, 200, 200]), [], 'three of seven are a second kind');
  assert.deepEqual(unusual([100, 100, null, 100, 200, null]), [4], 'what is not known is not judged');
  assert.deepEqual(unusual([0, 0, 0, 1]), [3]);
  assert.deepEqual(unusual([]), []);
});

test('a group in which requests failed in many ranks does not call these exceptions', () => {
  const failed: Partial<Planted> = {request: 10, verdict: 'unknown'};
  const reasons = (count: number): number =>
    merged(pipeline(4, rank => (rank < count ? failed : {}))).groups[0]!.outliers.filter(one =>
      one.reasons.includes('failed-request'),
    ).length;
  assert.deepEqual([1, 2, 4].map(reasons), [1, 0, 0]);
});

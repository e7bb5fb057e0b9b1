/** Which subsolvers a search has: a golden table by algorithm and number of buffers, on both sides of every threshold. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {HEURISTICS} from '../../bindings/index.ts';
import {heuristicsBefore, type SubsolverKind, subsolversOf} from '../../bindings/planner/subsolvers.ts';
import {BUILDS} from '../builds.ts';
import {filled, seeded} from '../random.ts';

type Searching = Parameters<typeof subsolversOf>[0];

/** Kind, part of parts, nodes of a slice, worth in nodes, nodes before it joins. */
type Row = readonly [
  kind: SubsolverKind,
  part: number,
  parts: number,
  slice: number,
  worth: number,
  after: number,
];

/** Written out, not computed: a change of the policy changes this table, and says why. */
const GOLDEN: readonly (readonly [algorithm: Searching, count: number, rows: readonly Row[]])[] = [
  ['auto', 1, exactAndBeams(4000, 120_000, 40_000)],
  ['auto', 250, exactAndBeams(4000, 120_000, 40_000)],
  ['auto', 251, exactAndBeams(3984, 119_520, 40_000)],
  ['auto', 749, exactAndBeams(1335, 40_050, 40_000)],
  ['auto', 751, exactAndBeams(1332, 39_960, 39_960)],
  ['auto', 1000, exactAndBeams(1000, 30_000, 30_000)],
  [
    'auto',
    1001,
    [
      ['exact', 0, 1, 999, 29_970, 0],
      ['class-sweep', 0, 2, 100_000, 3_000_000, 29_970],
      ['lns', 0, 1, 200_000, 6_000_000, 29_970],
      ['class-sweep', 1, 2, 100_000, 3_000_000, 29_970],
    ],
  ],
  [
    'auto',
    10_000,
    [
      ['exact', 0, 1, 300, 9000, 0],
      ['class-sweep', 0, 2, 100_000, 3_000_000, 9000],
      ['lns', 0, 1, 200_000, 6_000_000, 9000],
      ['class-sweep', 1, 2, 100_000, 3_000_000, 9000],
    ],
  ],
  [
    'auto',
    10_001,
    [
      ['class-sweep', 0, 2, 200_000, 6_000_000, 0],
      ['class-sweep', 1, 2, 200_000, 6_000_000, 80_008],
      ['lns', 0, 2, 200_000, 6_000_000, 80_008],
      ['lns', 1, 2, 200_000, 6_000_000, 600_060],
      ['exact', 0, 1, 300, 9000, 80_008],
    ],
  ],
  [
    'auto',
    60_000,
    [
      ['class-sweep', 0, 2, 200_000, 6_000_000, 0],
      ['class-sweep', 1, 2, 200_000, 6_000_000, 480_000],
      ['lns', 0, 2, 200_000, 6_000_000, 480_000],
      ['lns', 1, 2, 200_000, 6_000_000, 3_600_000],
      ['exact', 0, 1, 300, 9000, 480_000],
    ],
  ],
  [
    'auto',
    60_001,
    [
      ['class-sweep', 0, 2, 200_000, 6_000_000, 0],
      ['class-sweep', 1, 2, 200_000, 6_000_000, 480_008],
      ['exact', 0, 1, 300, 9000, 480_008],
    ],
  ],
  [
    'auto',
    1_000_000,
    [
      ['class-sweep', 0, 2, 200_000, 40_000_000, 0],
      ['class-sweep', 1, 2, 200_000, 40_000_000, 8_000_000],
      ['exact', 0, 1, 300, 9000, 8_000_000],
    ],
  ],
  ['exact', 10, exactAndDives(4000, 120_000, 40_000)],
  ['exact', 3333, exactAndDives(300, 9000, 9000)],
  ['exact', 100_000, exactAndDives(300, 9000, 9000)],
  [
    'local',
    5,
    [
      ['local', 0, 2, 5000, 150_000, 0],
      ['local', 1, 2, 5000, 150_000, 0],
    ],
  ],
  [
    'local',
    100_000,
    [
      ['local', 0, 2, 5000, 150_000, 0],
      ['local', 1, 2, 5000, 150_000, 0],
    ],
  ],
  ['beam', 5, beams(4000, 120_000)],
  ['beam', 1000, beams(1000, 30_000)],
  [
    'windows',
    100_000,
    [
      ['lns', 0, 2, 200_000, 6_000_000, 0],
      ['lns', 1, 2, 200_000, 6_000_000, 0],
    ],
  ],
  [
    'class-sweep',
    150_000,
    [
      ['class-sweep', 0, 2, 200_000, 6_000_000, 0],
      ['class-sweep', 1, 2, 200_000, 6_000_000, 0],
    ],
  ],
  [
    'class-sweep',
    150_001,
    [
      ['class-sweep', 0, 2, 200_000, 6_000_040, 0],
      ['class-sweep', 1, 2, 200_000, 6_000_040, 0],
    ],
  ],
];

function beams(slice: number, worth: number): readonly Row[] {
  return [
    ['beam', 0, 2, 4 * slice, worth, 0],
    ['beam', 1, 2, 4 * slice, worth, 0],
  ];
}

/** The proof first, then three dives, and later two beams with slices four times as long. */
function exactAndBeams(slice: number, worth: number, after: number): readonly Row[] {
  return [
    ['exact', 0, 1, slice, worth, 0],
    ['dives', 0, 3, slice, worth, after],
    ['dives', 1, 3, slice, worth, after],
    ['dives', 2, 3, slice, worth, after],
    ['beam', 0, 2, 4 * slice, worth, 200_000],
    ['beam', 1, 2, 4 * slice, worth, 200_000],
  ];
}

/** The proof first, then three dives without it. */
function exactAndDives(slice: number, worth: number, after: number): readonly Row[] {
  return [
    ['exact', 0, 1, slice, worth, 0],
    ['dives', 0, 3, slice, worth, after],
    ['dives', 1, 3, slice, worth, after],
    ['dives', 2, 3, slice, worth, after],
  ];
}

for (const [algorithm, count, rows] of GOLDEN) {
  test(`the subsolvers of ${algorithm} for ${count} buffers are those of the table`, () => {
    const found = subsolversOf(algorithm, count, 7).map((subsolver): Row => {
      const {kind, part, parts, slice, worth, after} = subsolver;
      return [kind, part, parts, slice, worth, after];
    });
    assert.deepEqual(found, rows);
  });
}

test('once all have joined, the slices of dives beside beams are a quarter, those of all others the same', () => {
  for (const [algorithm, count] of GOLDEN) {
    const all = subsolversOf(algorithm, count, 7);
    const hasBeams = all.some(({kind}) => kind === 'beam');
    for (const {kind, slice, lateSlice} of all) {
      const part = kind === 'dives' && hasBeams ? 4 : 1;
      assert.equal(lateSlice, Math.round(slice / part), `${algorithm} ${count} ${kind}`);
    }
  }
});

test('each subsolver has a seed of its own, the first the one that is asked for', () => {
  const seeds = (seed: number) => subsolversOf('auto', 20_000, seed).map(each => each.seed);
  assert.deepEqual(seeds(7), [7, 2654435776, 1013904249, 3668340018, 2027808491]);
  assert.deepEqual(seeds(2 ** 32 - 1), [4294967295, 2654435768, 1013904241, 3668340010, 2027808483]);
});

test('before its search, auto runs one heuristic for up to 1,000 buffers, all for up to 10,000, three for up to 60,000, none for more', () => {
  const all = Number.POSITIVE_INFINITY;
  assert.deepEqual(
    [1, 1000, 1001, 10_000, 10_001, 60_000, 60_001].map(count => heuristicsBefore('auto', count, all)),
    [1, 1, all, all, 3, 3, 0],
  );
  assert.equal(heuristicsBefore('auto', 100, 3 * 4000 + 27 * 100), 1);
  assert.equal(
    heuristicsBefore('auto', 100, 3 * 4000 + 27 * 100 - 1),
    all,
    'the nodes do not suffice for both',
  );
  for (const algorithm of ['portfolio', 'exact', 'local', 'windows', 'class-sweep', 'beam'] as const) {
    assert.equal(heuristicsBefore(algorithm, 1_000_000, all), all, algorithm);
    assert.equal(heuristicsBefore(algorithm, 100, all), all, algorithm);
  }
});

for (const {name, planner} of BUILDS) {
  for (const algorithm of ['exact', 'beam', 'class-sweep', 'windows', 'local'] as const) {
    test(`${name}: nothing but heuristics and ${algorithm} makes the plans of ${algorithm}`, () => {
      const made = new Set<string>();
      for (let seed = 0; seed < 4; seed++) {
        // a buffer that lives throughout: one partition, which the beam asks for
        const throughout = {start: 0, end: 400, size: 1};
        const {buffers} = filled(seeded(seed), 400, 400, 300);
        planner.plan(
          {buffers: algorithm === 'beam' ? [...buffers, throughout] : buffers},
          {
            algorithm,
            nodeLimit: 150_000,
            onPlan: plan => {
              made.add(plan.algorithm);
              return true;
            },
          },
        );
      }
      const heuristics: readonly string[] = HEURISTICS;
      assert.deepEqual(
        [...made].filter(maker => !heuristics.includes(maker)),
        [algorithm],
      );
    });
  }
}

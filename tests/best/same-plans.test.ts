/**
 * The plans themselves, byte for byte: a digest of the offsets that every algorithm finds for seeded problems, with its
 * peak, bound and nodes, against `tests/plans.json`. A change that means to change no plan leaves that file alone; one that
 * means to records it again by `UPDATE_PLANS=1 node scripts/test.mjs same-plans`, with the reason in its commit.
 */
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {after, test} from 'node:test';
import {ALGORITHMS, type Plan, type Problem} from '../../bindings/index.ts';
import {BUILDS} from '../builds.ts';
import {filled, randomProblem, seeded} from '../random.ts';

const FILE = new URL('../plans.json', import.meta.url);
const UPDATES = process.env.UPDATE_PLANS === '1';
const NODE_LIMIT = 100_000;

/** Small ones for every rule, and ones that no heuristic solves, so that the searches search. */
const PROBLEMS: Readonly<Record<string, Problem>> = {
  'aligned, with gaps and fixed offsets, 120 buffers': randomProblem(seeded(12), {
    buffers: 120,
    ticks: 90,
    sizes: 900,
    longest: 30,
    alignment: 64,
    gapOneIn: 5,
    fixedOneIn: 12,
  }),
  'few sizes, 200 buffers': randomProblem(seeded(13), {buffers: 200, ticks: 300, sizes: 3, longest: 40}),
  'filled to the load, 250 cuts': filled(seeded(14), 200, 500, 250),
  'filled to the load, 700 cuts': filled(seeded(1), 600, 600, 700),
  'long and short lives, 1,500 buffers': randomProblem(seeded(15), {buffers: 1500, ticks: 900, sizes: 5000}),
};

const recorded: Record<string, Record<string, string>> = existsSync(FILE)
  ? JSON.parse(readFileSync(FILE, 'utf8'))
  : {};
const found: Record<string, Record<string, string>> = {};
const {planner} = BUILDS.find(({name}) => name === 'release')!;

function digest({offsets, peak, lowerBound, nodes}: Plan): string {
  const hash = createHash('sha256').update(
    new Uint8Array(offsets.buffer, offsets.byteOffset, offsets.byteLength),
  );
  return `${peak} ${lowerBound} ${nodes} ${hash.digest('hex').slice(0, 16)}`;
}

for (const [name, problem] of Object.entries(PROBLEMS)) {
  for (const algorithm of ALGORITHMS) {
    test(`the plan is the recorded one: ${name}, ${algorithm}`, () => {
      const now = digest(planner.plan(problem, {algorithm, nodeLimit: NODE_LIMIT}));
      found[name] ??= {};
      found[name][algorithm] = now;
      if (!UPDATES) assert.equal(now, recorded[name]?.[algorithm]);
    });
  }
}

test('every recorded plan is of a problem and an algorithm that are run', () => {
  if (UPDATES) return;
  const names = (section: typeof recorded) =>
    Object.entries(section).map(([name, plans]) => [name, Object.keys(plans)]);
  assert.deepEqual(names(recorded), names(found));
});

after(() => {
  if (UPDATES) writeFileSync(FILE, `${JSON.stringify(found, null, 2)}\n`);
});

/**
 * No plan becomes worse than it was: peak, lower bound and proof of every instance against `tests/best.json`, within a
 * fixed number of nodes. A better one is reported; `UPDATE_BEST=1 node scripts/test.mjs best` records what is found.
 */
import assert from 'node:assert/strict';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {after, test} from 'node:test';
import type {Plan} from '../../bindings/index.ts';
import {BUILDS} from '../builds.ts';
import {has} from '../requirements.ts';
import {isQuick} from '../share.ts';
import {type BestInstance, checkedIn, collected} from './instances.ts';

/** The best plan known of an instance, within its budget. */
interface Best {
  /** Nodes that it may spend. */
  readonly nodeLimit: number;
  /** Bytes. */
  readonly peak: number;
  /** Bytes that are proven to be needed. */
  readonly bound: number;
  readonly isProven: boolean;
}

type Section = Record<string, Best>;

const FILE = new URL('../best.json', import.meta.url);
const UPDATES = process.env.UPDATE_BEST === '1';

const recorded: Record<'checkedIn' | 'collection', Section> = existsSync(FILE)
  ? JSON.parse(readFileSync(FILE, 'utf8'))
  : {checkedIn: {}, collection: {}};
const found: Record<'checkedIn' | 'collection', Section> = {checkedIn: {}, collection: {}};
const {planner} = BUILDS.find(({name}) => name === 'release')!;

async function bestOf({problem, nodeLimit}: BestInstance): Promise<Best> {
  const {peak, lowerBound, status}: Plan = planner.plan(await problem(), {nodeLimit, minimize: true});
  return {nodeLimit, peak, bound: lowerBound, isProven: status === 'optimal'};
}

/** @returns how it is better than what is recorded; nothing where it is the same */
function compare(now: Best, best: Best): string | undefined {
  assert.equal(now.nodeLimit, best.nodeLimit, 'another budget: record it again with UPDATE_BEST=1');
  assert.ok(now.peak <= best.peak, `peak ${now.peak} bytes, ${best.peak} recorded`);
  assert.ok(now.bound >= best.bound, `lower bound ${now.bound} bytes, ${best.bound} recorded`);
  assert.ok(now.isProven || !best.isProven, 'no longer proven optimal');
  if (now.peak < best.peak) return `peak ${now.peak} bytes, ${best.peak} recorded`;
  if (now.bound > best.bound) return `lower bound ${now.bound} bytes, ${best.bound} recorded`;
  return now.isProven && !best.isProven ? 'proven optimal' : undefined;
}

for (const instance of checkedIn().filter(each => each.isQuick || !isQuick())) {
  test(`no worse than recorded: ${instance.name}`, async t => {
    const now = await bestOf(instance);
    found.checkedIn[instance.name] = now;
    if (UPDATES) return;
    const best = recorded.checkedIn[instance.name];
    assert.ok(best, 'nothing is recorded: UPDATE_BEST=1 records it');
    const better = compare(now, best);
    if (better) t.diagnostic(`better: ${better}; UPDATE_BEST=1 records it`);
  });
}

test('no worse than recorded: the collection beside the repository', async t => {
  if (isQuick()) return t.skip('a short run');
  if (!has(t, 'shared')) return;
  for (const instance of collected()) {
    await t.test(instance.name, async u => {
      const now = await bestOf(instance);
      found.collection[instance.name] = now;
      if (UPDATES) return;
      const best = recorded.collection[instance.name];
      assert.ok(best, 'nothing is recorded: UPDATE_BEST=1 records it');
      const better = compare(now, best);
      if (better) u.diagnostic(`better: ${better}; UPDATE_BEST=1 records it`);
    });
  }
});

test('every recorded plan is of an instance that is run', () => {
  const names = checkedIn().map(({name}) => name);
  if (!UPDATES) assert.deepEqual(Object.keys(recorded.checkedIn).sort(), [...names].sort());
});

after(() => {
  if (!UPDATES) return;
  // where the collection is missing, its record is kept
  const collection = Object.keys(found.collection).length > 0 ? found.collection : recorded.collection;
  writeFileSync(FILE, textOf({checkedIn: found.checkedIn, collection}));
});

/** One line an instance, so that a change of a plan is a change of a line. */
function textOf(sections: Record<string, Section>): string {
  const section = (rows: Section) =>
    Object.entries(rows)
      .map(([name, best]) => `    ${JSON.stringify(name)}: ${JSON.stringify(best)}`)
      .join(',\n');
  const all = Object.entries(sections).map(
    ([name, rows]) => `  ${JSON.stringify(name)}: {\n${section(rows)}\n  }`,
  );
  return `{\n${all.join(',\n')}\n}\n`;
}

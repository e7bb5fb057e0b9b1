/** Which subsolvers a search is cut into, and that a search by name is that search. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {HEURISTICS} from '../../bindings/index.ts';
import {subsolversOf} from '../../bindings/planner/subsolvers.ts';
import {BUILDS} from '../builds.ts';
import {filled, seeded} from '../random.ts';

for (const {name, planner} of BUILDS) {
  for (const algorithm of ['exact', 'class-sweep', 'windows', 'local'] as const) {
    test(`${name}: nothing but heuristics and ${algorithm} makes the plans of ${algorithm}`, () => {
      const made = new Set<string>();
      for (let seed = 0; seed < 4; seed++) {
        planner.plan(filled(seeded(seed), 400, 400, 300), {
          algorithm,
          nodeLimit: 150_000,
          onPlan: plan => {
            made.add(plan.algorithm);
            return true;
          },
        });
      }
      const heuristics: readonly string[] = HEURISTICS;
      assert.deepEqual(
        [...made].filter(maker => !heuristics.includes(maker)),
        [algorithm],
      );
    });
  }
}

test('subsolvers of one kind share the work, all have seeds of their own', () => {
  for (const algorithm of ['auto', 'exact', 'class-sweep', 'windows', 'local'] as const) {
    for (const count of [1, 1000, 10_000, 60_000, 1_000_000]) {
      const subsolvers = subsolversOf(algorithm, count, 7);
      assert.equal(subsolvers[0]!.seed, 7);
      assert.equal(new Set(subsolvers.map(({seed}) => seed)).size, subsolvers.length);
      for (const {kind, parts} of subsolvers) {
        const alike = subsolvers.filter(other => other.kind === kind);
        assert.equal(alike.length, parts);
        assert.deepEqual(
          alike.map(({part}) => part),
          alike.map((_, i) => i),
        );
      }
    }
  }
});

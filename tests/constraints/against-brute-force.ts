/** Constraints against brute force: seeded tiny problems of a kind, and what the planner says of them. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {loadPlannerSync, type Plan, type Problem, UsageError} from '../../bindings/index.ts';
import {seeded} from '../random.ts';
import {bestPlan, Rules, type Told} from './oracle.ts';
import {constrained, type Kind} from './problems.ts';

const PROBLEMS = 1000;
const planner = loadPlannerSync();

/** The plan with its arenas by name and number, as the oracle has them. */
export function told(problem: Problem, {offsets, arenas, arenaOf}: Plan): Told {
  const {pools} = new Rules(problem);
  const named = arenas?.map(({name}, k) => {
    const before = arenas.slice(0, k).filter(arena => arena.name === name).length;
    return `${name}#${before}`;
  });
  return {
    offsets: [...offsets],
    arenas: problem.buffers.map((_, i) => named?.[arenaOf![i]!] ?? `${pools[0]!.name}#0`),
  };
}

export interface Tally {
  optimal: number;
  infeasible: number;
  unproven: number;
  contradictory: number;
  /** With a pair in place; packed as parts that are live at different times; in several arenas. */
  inPlace: number;
  rigid: number;
  spread: number;
}

function check(problem: Problem, tally: Tally): void {
  let plan: Plan;
  try {
    plan = planner.plan(problem);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    assert.equal(bestPlan(problem), undefined, `refused: ${error.message}`);
    tally.contradictory++;
    return;
  }
  const best = bestPlan(problem);
  if (best === undefined) {
    assert.ok(['infeasible', 'unknown'].includes(plan.status), plan.status);
    tally[plan.status === 'infeasible' ? 'infeasible' : 'unproven']++;
    return;
  }
  const rules = new Rules(problem);
  assert.deepEqual(rules.faults(told(problem, plan)), []);
  assert.deepEqual(planner.verify(problem, plan), []);
  const found = {cost: plan.cost ?? 0, total: plan.peak, arenas: plan.arenas?.length ?? 1};
  assert.deepEqual(found, {...best, cost: problem.pools ? best.cost : 0});
  assert.ok(plan.lowerBound <= plan.peak);
  assert.ok((plan.costBound ?? 0) <= (plan.cost ?? 0));
  tally[plan.status === 'optimal' ? 'optimal' : 'unproven']++;
  if (plan.inPlace?.length) tally.inPlace++;
  if (plan.algorithm === 'rigid') tally.rigid++;
  if ((plan.arenas?.length ?? 1) > 1) tally.spread++;
}

/** `effects`: what the kind must have had in at least so many problems, to count as tested. */
export function testKind(kind: Kind, effects: Partial<Tally>): void {
  test(`${kind}: ${PROBLEMS} random problems are planned as well as brute force does`, t => {
    const tally: Tally = {
      optimal: 0,
      infeasible: 0,
      unproven: 0,
      contradictory: 0,
      inPlace: 0,
      rigid: 0,
      spread: 0,
    };
    for (let seed = 0; seed < PROBLEMS; seed++) {
      const problem = constrained(kind, seeded(seed));
      try {
        check(problem, tally);
      } catch (error) {
        assert.fail(`seed ${seed}: ${(error as Error).stack}\n${JSON.stringify(problem)}`);
      }
    }
    t.diagnostic(JSON.stringify(tally));
    assert.ok(tally.unproven === 0, 'problems this small are proven');
    assert.ok(tally.optimal > PROBLEMS / 3);
    for (const [what, least] of Object.entries(effects))
      assert.ok(tally[what as keyof Tally] >= least, `${what}: ${JSON.stringify(tally)}`);
  });
}

/** Perturbed iterations of a script, and all that must hold of them whatever the runtime is asked for. */
import assert from 'node:assert/strict';
import type {Planner} from '../../bindings/index.ts';
import type {Runtime, RuntimeOptions, Statistics} from '../../bindings/runtime.ts';
import type {Random} from '../random.ts';
import {PERTURBATIONS, type Perturbation, Program} from './perturb.ts';
import {Caller} from './replay.ts';
import type {Script} from './script.ts';

const planOptions = {algorithm: 'greedy-by-size'} as const;
/** Iterations with one runtime, after which the next begins with nothing. */
const RUN = 125;

export const COUNTED = [
  'served',
  'larger',
  'blocked',
  'extra',
  'unknown',
  'missing',
  'strays',
  'plans',
] as const;
export type Totals = Record<(typeof COUNTED)[number], number>;

export interface Perturbed {
  readonly script: Script;
  readonly iterations: number;
  /** Whether plans are made again whenever reality differs, or one serves throughout. */
  readonly replans: boolean;
  readonly planner: Pick<Planner, 'plan'>;
  readonly random: Random;
  readonly newRuntime: (options: RuntimeOptions & {readonly canaries: boolean}) => Runtime;
}

/**
 * Runs them, each with some changes.
 * @returns what was counted, and which changes there were
 * @throws AssertionError for an overlap, a lost byte, a broken canary, a wrong answer, an allocation in no counter, and
 * for a plan that does not serve all of an unchanged iteration once everything is freed
 */
export function perturb(task: Perturbed): {totals: Totals; seen: Set<Perturbation>} {
  const {script, iterations, replans, planner, random} = task;
  const seen = new Set<Perturbation>();
  const totals = Object.fromEntries(COUNTED.map(name => [name, 0])) as Totals;
  for (let done = 0, runs = 0; done < iterations; runs++, done += RUN) {
    const runtime = task.newRuntime({
      canaries: runs % 3 === 1,
      ...(replans ? {planner, planOptions} : {}),
    });
    const caller = new Caller(runtime);
    const program = new Program(script, caller, runs % 4 !== 3);
    for (let i = 0; i < 3; i++) program.run([], random);
    if (!replans) runtime.plan(planner, planOptions);
    for (let i = 0; i < Math.min(RUN, iterations - done); i++) {
      runOne(program, caller, random, seen);
      if (i % 50 === 49) assert.equal(runtime.check(), 0, 'a canary was overwritten');
    }
    program.finish();
    checkEnd(caller);
    if (!replans) assert.equal(runtime.statistics.unknown, program.unknown, 'keys are mistaken');
    if (!replans) checkRecovery(program, caller, random);
    for (const name of COUNTED) totals[name] += runtime.statistics[name];
  }
  return {totals, seen};
}

function runOne(program: Program, caller: Caller, random: Random, seen: Set<Perturbation>): void {
  const changes = Array.from(
    {length: 1 + random(random(4) ? 2 : 12)},
    () => PERTURBATIONS[random(PERTURBATIONS.length)]!,
  );
  for (const change of changes) seen.add(change);
  program.run(changes, random);
  if (random(3) > 0) program.settle(0, 0);
  else program.settle(random(40), random(3));
  assert.equal(caller.result, caller.expected, 'a byte was lost');
}

function checkEnd(caller: Caller): void {
  const {statistics} = caller.runtime;
  assert.equal(caller.result, caller.expected, 'a byte was lost');
  assert.equal(statistics.live, 0, 'a block was left live');
  assert.equal(statistics.broken, 0, 'a canary was overwritten');
  assert.equal(accounted(statistics), caller.mallocs, 'an allocation in no counter');
}

/** Whatever came before, a plan serves all of the iteration that it was made for. */
function checkRecovery(program: Program, caller: Caller, random: Random): void {
  for (let i = 0; i < 2; i++) {
    const before = caller.runtime.statistics;
    program.run([], random);
    const {served, unmanaged, blocked} = caller.runtime.statistics;
    assert.equal(blocked, before.blocked, 'a slot is blocked by nobody');
    assert.equal(served + unmanaged - before.served - before.unmanaged, program.length, 'not all was served');
  }
  program.finish();
}

/** Allocations that some counter has. */
function accounted(statistics: Statistics): number {
  const {served, larger, blocked, extra, unknown, unmanaged, unplanned} = statistics;
  return served + larger + blocked + extra + unknown + unmanaged + unplanned;
}

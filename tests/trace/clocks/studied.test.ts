/** The logs of the study of streams: conflict for conflict what was worked out by hand, and by permutations. */
import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {test} from 'node:test';
import {loadPlannerSync} from '../../../bindings/index.ts';
import {
  type ImportedTrace,
  importFile,
  type StepProblem,
  stepProblem,
  type Trace,
} from '../../../bindings/trace.ts';
import {conflictsOf} from './conflicts.ts';

const planner = loadPlannerSync();
const LOGS = new URL('logs/', import.meta.url);

interface Expected {
  readonly bound?: number;
  readonly optimum: number;
  /** By operation; a number where there are many. */
  readonly conflicts: readonly (readonly [string, string])[] | number;
}

const json = (name: string) => JSON.parse(readFileSync(new URL(name, LOGS), 'utf8'));
const expected: Readonly<Record<string, Expected>> = json('expected.json');

async function traceOf(name: string, data: string | Uint8Array): Promise<Trace> {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  const imported = await importFile({name, data: bytes});
  assert.equal(imported.kind, 'trace');
  return (imported as ImportedTrace).trace;
}

function namedConflicts({problem, operations}: StepProblem): string[] {
  return conflictsOf(problem).map(([i, j]) => [operations[i], operations[j]].sort().join('–'));
}

test('every log of the study is here', () => {
  const names = readdirSync(LOGS).flatMap(name => /^(.*)\.jsonl$/.exec(name)?.slice(1) ?? []);
  assert.deepEqual(Object.keys(expected).sort(), names.sort());
});

/** The plan is proven, verified, and of the expected bytes. */
function checkPlan({problem}: StepProblem, {optimum, bound = optimum}: Expected, name: string): void {
  const plan = planner.plan(problem, {alignment: problem.defaultAlignment ?? 1});
  assert.deepEqual([plan.peak, plan.lowerBound, plan.status], [optimum, bound, 'optimal'], name);
  assert.deepEqual(planner.verify(problem, plan), [], name);
}

for (const [name, of] of Object.entries(expected)) {
  test(`${name}: buffers conflict as the waits say, and the plan takes what they need, proven`, async () => {
    const {conflicts} = of;
    const trace = await traceOf(name, readFileSync(new URL(`${name}.jsonl`, LOGS)));
    const step = stepProblem(trace, {iteration: 'window'});
    if (typeof conflicts === 'number') assert.equal(conflictsOf(step.problem).length, conflicts);
    else
      assert.deepEqual(namedConflicts(step).sort(), conflicts.map(pair => [...pair].sort().join('–')).sort());
    checkPlan(step, of, name);
  });
}

test('random logs: buffers conflict as worked out, and each plan is proven', async () => {
  const logs: {log: object[]; expected: Expected}[] = json('random.json');
  assert.equal(logs.length, 20);
  for (const {log, expected: of} of logs) {
    const trace = await traceOf('random', log.map(line => JSON.stringify(line)).join('\n'));
    const step = stepProblem(trace, {iteration: 'window'});
    const pairs = of.conflicts as [string, string][];
    assert.deepEqual(namedConflicts(step).sort(), pairs.map(pair => [...pair].sort().join('–')).sort());
    checkPlan(step, of, JSON.stringify(log));
  }
});

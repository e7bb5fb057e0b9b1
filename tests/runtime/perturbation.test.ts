/** Ten thousand iterations of real recordings that differ from what was planned: no overlap, no lost byte, exact counters. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {loadPlannerSync} from '../../bindings/index.ts';
import {createRuntime, type Statistics} from '../../bindings/runtime/index.ts';
import {seeded} from '../random.ts';
import {PERTURBATIONS, type Perturbation, Program} from './perturb.ts';
import {Caller} from './replay.ts';
import {readScript} from './script.ts';

const planner = loadPlannerSync();
const planOptions = {algorithm: 'greedy-by-size'} as const;

const CASES = [
  {file: 'mobilenet_v2.inference.json.gz', iterations: 8500, bytes: 2 ** 30},
  {file: 'resnet50.training.json.gz', iterations: 1500, bytes: 3 * 2 ** 30},
];

/** Allocations that some counter has. */
function accounted(statistics: Statistics): number {
  const {served, larger, blocked, extra, unknown, unmanaged, unplanned} = statistics;
  return served + larger + blocked + extra + unknown + unmanaged + unplanned;
}

for (const {file, iterations, bytes} of CASES) {
  for (const [name, share, replans] of [
    ['served from one plan', 0.8, false],
    ['planned again whenever it differs', 0.2, true],
  ] as const) {
    test(`${file}: ${iterations * share} perturbed iterations, ${name}`, async context => {
      const script = await readScript(file);
      const random = seeded(6);
      const seen = new Set<Perturbation>();
      const totals = {
        served: 0,
        larger: 0,
        blocked: 0,
        extra: 0,
        unknown: 0,
        missing: 0,
        strays: 0,
        plans: 0,
      };
      for (let done = 0, runs = 0; done < iterations * share; runs++) {
        const runtime = createRuntime({
          bytes,
          canaries: runs % 3 === 1,
          ...(replans ? {planner, planOptions} : {}),
        });
        const caller = new Caller(runtime);
        const program = new Program(script, caller, runs % 4 !== 3);
        for (let i = 0; i < 3; i++) program.run([], random);
        if (!replans) runtime.plan(planner, planOptions);
        for (let i = 0; i < 125 && done < iterations * share; i++, done++) {
          const changes = Array.from(
            {length: 1 + random(random(4) ? 2 : 12)},
            () => PERTURBATIONS[random(PERTURBATIONS.length)]!,
          );
          for (const change of changes) seen.add(change);
          program.run(changes, random);
          if (random(3) > 0) program.settle(0, 0);
          else program.settle(random(40), random(3));
          assert.equal(caller.result, caller.expected, 'a byte was lost');
          if (i % 50 === 49) assert.equal(runtime.check(), 0, 'a canary was overwritten');
        }
        program.finish();
        const statistics = runtime.statistics;
        assert.equal(caller.result, caller.expected, 'a byte was lost');
        assert.equal(statistics.live, 0, 'a block was left live');
        assert.equal(statistics.broken, 0);
        assert.equal(accounted(statistics), caller.mallocs, 'an allocation in no counter');
        for (const counter of Object.keys(totals) as (keyof typeof totals)[])
          totals[counter] += statistics[counter];
      }
      assert.deepEqual([...seen].sort(), [...PERTURBATIONS].sort());
      for (const [counter, count] of Object.entries(totals)) assert.ok(count > 0, `nothing was ${counter}`);
      context.diagnostic(JSON.stringify(totals));
    });
  }
}

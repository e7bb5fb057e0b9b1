/**
 * Ten thousand iterations of real recordings that differ from what was planned: no overlap, no lost byte, exact counters.
 * Where there is a C compiler, the C that wasm2c makes of the same module then repeats every call.
 */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {loadPlannerSync} from '../../bindings/index.ts';
import {createRuntime} from '../../bindings/runtime.ts';
import {CallLog} from '../native/call-log.ts';
import {seeded} from '../random.ts';
import {has} from '../requirements.ts';
import {PERTURBATIONS} from './perturb.ts';
import {perturb} from './perturbed.ts';
import {readScript} from './script.ts';

const planner = loadPlannerSync();

const CASES = [
  {file: 'mobilenet_v2.inference.json.gz', iterations: 8500, bytes: 2 ** 30},
  {file: 'resnet50.training.json.gz', iterations: 1500, bytes: 3 * 2 ** 30},
];

for (const {file, iterations, bytes} of CASES) {
  for (const [name, share, replans] of [
    ['served from one plan', 0.8, false],
    ['planned again whenever it differs', 0.2, true],
  ] as const) {
    const log = has({skip() {}}, 'cc', 'linux') ? new CallLog() : undefined;
    const title = `${file}: ${iterations * share} perturbed iterations, ${name}`;

    test(title, async context => {
      const {totals, seen} = perturb({
        script: await readScript(file),
        iterations: iterations * share,
        replans,
        planner,
        random: seeded(6),
        newRuntime: options => log?.newRuntime({bytes, ...options}) ?? createRuntime({bytes, ...options}),
      });
      assert.deepEqual([...seen].sort(), [...PERTURBATIONS].sort());
      for (const [counter, count] of Object.entries(totals)) assert.ok(count > 0, `nothing was ${counter}`);
      context.diagnostic(JSON.stringify(totals));
    });

    test(`${title}: in C the same answers, call for call`, context => {
      if (!has(context, 'cc', 'linux')) return;
      try {
        log!.replay(['-O1']);
        context.diagnostic(`${log!.calls} calls`);
      } finally {
        log!.close();
      }
    });
  }
}

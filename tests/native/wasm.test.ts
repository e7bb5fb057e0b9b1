/** The runtime that wasm2c made C against the module in WebAssembly, call for call; `perturbation.test.ts` has more calls. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {loadPlannerSync} from '../../bindings/index.ts';
import type {Runtime} from '../../bindings/runtime.ts';
import {seeded} from '../random.ts';
import {has} from '../requirements.ts';
import {perturb} from '../runtime/perturbed.ts';
import {readScript} from '../runtime/script.ts';
import {share} from '../share.ts';
import {CallLog} from './call-log.ts';
import {canSanitize, SANITIZED} from './compile.ts';

const planner = loadPlannerSync();
const PLAIN = ['-O1'];

/** Perturbed iterations, logged; in half of them plans are made again whenever something differs. */
async function logged(log: CallLog, iterations: number, isForeign: boolean): Promise<void> {
  const script = await readScript('mobilenet_v2.inference.json.gz');
  for (const replans of [false, true]) {
    let latest: Runtime | undefined;
    perturb({
      script,
      iterations,
      replans,
      planner,
      random: seeded(7),
      newRuntime: options => {
        if (isForeign && latest) log.expectTables(latest);
        latest = isForeign
          ? log.newRuntimeOver({...options, bytes: 2 ** 30})
          : log.newRuntime({...options, bytes: 2 ** 29});
        return latest;
      },
    });
    if (isForeign) log.expectTables(latest!);
  }
}

async function replayed(iterations: number, isForeign: boolean, flags: readonly string[]): Promise<number> {
  const log = new CallLog();
  try {
    await logged(log, iterations, isForeign);
    log.replay(flags);
    return log.calls;
  } finally {
    log.close();
  }
}

/** Calls that each iteration makes, about. */
const CALLS = 300;

test('over a heap of another: the same answers, counters and bytes of all tables', {
  timeout: 300_000,
}, async t => {
  if (!has(t, 'cc', 'linux')) return;
  const iterations = share(750);
  assert.ok((await replayed(iterations, true, PLAIN)) > CALLS * iterations);
});

test('checked and with the address and undefined-behaviour sanitizers: the same answers, and clean', {
  timeout: 300_000,
}, async t => {
  if (!canSanitize(t, SANITIZED)) return;
  for (const isForeign of [false, true]) {
    assert.ok((await replayed(125, isForeign, SANITIZED)) > 125 * CALLS);
  }
});

test('a call that answers otherwise is found', async t => {
  if (!has(t, 'cc', 'linux')) return;
  const log = new CallLog();
  try {
    const runtime = log.newRuntime({bytes: 2 ** 20});
    runtime.begin();
    runtime.malloc(1, 100);
    log.expectAnswer('live', 2);
    assert.throws(() => log.replay(PLAIN), /live\(65536, .*expected 2, got 1/);
  } finally {
    log.close();
  }
});

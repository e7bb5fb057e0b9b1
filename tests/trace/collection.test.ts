/** Every model and every recording beside this repository: read, planned, verified, or refused; as a table. */
import assert from 'node:assert/strict';
import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {loadPlannerSync} from '../../bindings/index.ts';
import type {ProblemColumns} from '../../bindings/model/problem.ts';
import {
  chooseDevice,
  FREE,
  ImportError,
  importFile,
  MALLOC,
  maxLoad,
  NONE,
  stepProblem,
  type Trace,
} from '../../bindings/trace.ts';
import {has} from '../requirements.ts';
import {checkImported, loadOf} from './check.ts';
import {sharedData} from './inputs.ts';

const SHARED = fileURLToPath(new URL('../../../shared/data/', import.meta.url));
const FOLDERS = [
  'models/onnx',
  'models/tflite',
  'traces/cuda-snapshots',
  'traces/kineto-gpu',
  'traces/misc',
  'traces/pytorch-cpu',
  'traces/singa',
];

/** Files that are not what is read, which the message must say. */
const REFUSED: readonly (readonly [file: RegExp, reason: RegExp])[] = [
  [/\/(LICENSE|README)[^/]*$|\.(c|py)$/, /unknown format: it begins with "/],
  [/no_memory_events/, /no memory events|profile_memory/],
];

/** Buffers and load in bytes, counted by another program (sums of unaligned sizes, without variable tensors). */
const COUNTED: Readonly<Record<string, readonly [buffers: number, load: number]>> = {
  'models/onnx/gpt2_small.shapes.onnx': [449, 52249600],
  'models/onnx/mobilenet_v2.shapes.onnx': [101, 38535168],
  'models/onnx/resnet50.shapes.onnx': [123, 38535168],
  'models/onnx/resnet50.onnx': [123, 38535168],
  'models/onnx/squeezenet1_1.shapes.onnx': [66, 50466816],
  'models/tflite/person_detect.tflite': [32, 55296],
  'models/tflite/micro_speech_quantized.tflite': [5, 5960],
  'models/tflite/hello_world_int8.tflite': [4, 32],
  'models/tflite/audio_preprocessor_int8.tflite': [25, 2060],
};
/** Only their loads were counted. */
const LOADS: Readonly<Record<string, number>> = {
  'models/onnx/light_bvlc_alexnet.onnx': 2239488,
  'models/onnx/light_resnet50.onnx': 9633792,
  'models/onnx/light_squeezenet.onnx': 6308352,
};

interface Row {
  readonly events: string;
  readonly problem: ProblemColumns;
}

function rowOf(trace: Trace): Row {
  const {events, blocks} = trace;
  const count = (kind: number): number => events.kind.reduce((sum, one) => sum + (one === kind ? 1 : 0), 0);
  const [mallocs, frees] = [count(MALLOC), count(FREE)];
  const unknown = blocks.mallocEvent.reduce((sum, event) => sum + (event === NONE ? 1 : 0), 0);
  const step = stepProblem(trace, {lifetimes: 'linear'});
  const {carried, persistent} = step;
  const live = maxLoad(trace, chooseDevice(trace));
  return {
    events: `${events.count} events, ${mallocs} allocations, ${frees} frees, ${carried.in} in, ${carried.out} out, ${persistent.count} persistent, ${unknown} unknown, ${live} B live at most`,
    problem: step.problem,
  };
}

const FILES = FOLDERS.flatMap(folder => {
  const path = join(SHARED, folder);
  return existsSync(path) ? readdirSync(path).map(name => `${folder}/${name}`) : [];
});

test('every file is read, planned and verified, or refused with the reason', async t => {
  if (!has(t, 'shared')) return;
  const planner = loadPlannerSync();
  for (const file of FILES.sort()) {
    const data = sharedData(t, file)!;
    const [, reason] = REFUSED.find(([name]) => name.test(file)) ?? [];
    if (reason) {
      await assert.rejects(importFile({name: file, data}), (error: unknown) => {
        assert.ok(error instanceof ImportError);
        assert.match(error.message, reason);
        return true;
      });
      continue;
    }
    const imported = await importFile({name: file, data});
    checkImported(imported);
    const {events, problem} =
      imported.kind === 'trace' ? rowOf(imported.trace) : {events: 'no events', problem: imported.problem};
    const plan = planner.plan(problem, {nodeLimit: 200_000});
    assert.deepEqual(planner.verify(problem, plan), []);
    t.diagnostic(
      `${file}: ${imported.format}; ${events}; ${problem.count} buffers, load ${loadOf(problem)} B, lower bound ${plan.lowerBound} B, peak ${plan.peak} B`,
    );
    const counted = COUNTED[file];
    if (counted) assert.deepEqual([problem.count, loadOf(problem)], counted, file);
    if (file in LOADS) assert.equal(loadOf(problem), LOADS[file], file);
  }
});

test('the three recordings of one program agree about it', async t => {
  const problems: ProblemColumns[] = [];
  for (const name of ['demo.mtrace', 'demo.ltrace', 'demo.heaptrack.zst']) {
    const data = sharedData(t, `traces/misc/${name}`);
    if (!data) return;
    const imported = await importFile({name, data});
    assert.ok(imported.kind === 'trace');
    problems.push(stepProblem(imported.trace).problem);
  }
  const [mtrace, ltrace, heaptrack] = problems as [ProblemColumns, ProblemColumns, ProblemColumns];
  for (const field of ['start', 'end', 'size'] as const) assert.deepEqual(ltrace[field], mtrace[field]);
  // its frees are paired by a guess, which leaves the load as it is
  assert.deepEqual([heaptrack.count, loadOf(heaptrack)], [mtrace.count, loadOf(mtrace)]);
});

test('models and logs cut short at every hundredth byte are refused, or sound', async t => {
  for (const file of [
    'models/onnx/squeezenet1_1.shapes.onnx',
    'models/tflite/keyword_scrambled_8bit.tflite',
    'traces/misc/demo.ltrace',
    'traces/misc/demo.mtrace',
    'traces/misc/demo.heaptrack.zst',
  ]) {
    const data = sharedData(t, file);
    if (!data) return;
    let refused = 0;
    for (let cut = 0; cut < data.length; cut += 100) {
      try {
        checkImported(await importFile({name: file, data: data.subarray(0, cut)}));
      } catch (error) {
        assert.ok(error instanceof ImportError, `${file} at ${cut}: ${error}`);
        refused++;
      }
    }
    t.diagnostic(`${file}: refused at ${refused} of ${Math.ceil(data.length / 100)} cuts`);
    assert.ok(refused > 0);
  }
});

/** The recorder for pages with WebGPU, on a GPU that only counts. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {findIterations, stepProblem} from '../../bindings/trace.ts';
import {checkTrace, loadOf} from '../trace/check.ts';
import {importTrace} from '../trace/inputs.ts';

interface Recorder {
  iteration(): void;
  end(): void;
  text(): string;
  stop(): void;
}

const SHIM = new URL('../../tools/record/webgpu-shim.js', import.meta.url).href;
const {recordWebGpu} = (await import(SHIM)) as {recordWebGpu(gpu: object): Recorder};

function fakeGpu() {
  class GPUBuffer {
    destroyed = 0;
    readonly size: number;
    readonly label: string;
    constructor(size: number, label: string) {
      this.size = size;
      this.label = label;
    }
    destroy(): void {
      this.destroyed++;
    }
  }
  class GPUDevice {
    destroyed = 0;
    readonly limits: {readonly minStorageBufferOffsetAlignment: number};
    constructor(alignment: number) {
      this.limits = {minStorageBufferOffsetAlignment: alignment};
    }
    createBuffer({size, label = ''}: {size: number; label?: string}): GPUBuffer {
      if (size > 1 << 20) throw new RangeError('too large');
      return new GPUBuffer(size, label);
    }
    destroy(): void {
      this.destroyed++;
    }
  }
  return {GPUBuffer, GPUDevice};
}

test('the buffers that a page creates and destroys become a log that stowage reads, step by step', async () => {
  const gpu = fakeGpu();
  const recorder = recordWebGpu(gpu);
  const device = new gpu.GPUDevice(32);
  const weights = device.createBuffer({size: 4096, label: 'weights'});
  for (let step = 0; step < 3; step++) {
    recorder.iteration();
    const [a, b] = [device.createBuffer({size: 100, label: 'a'}), device.createBuffer({size: 300})];
    a.destroy();
    a.destroy();
    const c = device.createBuffer({size: 100});
    b.destroy();
    c.destroy();
    assert.equal(a.destroyed, 2);
  }
  recorder.end();
  const trace = await importTrace(recorder.text());
  checkTrace(trace);
  assert.deepEqual(trace.warnings, []);
  assert.deepEqual(trace.devices, [{name: 'gpu:0', alignment: 32}]);
  assert.deepEqual(trace.operations, ['', 'weights', 'a']);
  assert.equal(findIterations(trace, 0).iterations.length, 3);
  const step = stepProblem(trace, {iteration: 1});
  assert.deepEqual(
    [step.problem.count, loadOf(step.problem), step.persistent],
    [3, 400, {count: 1, bytes: 4096}],
  );
  assert.equal(weights.destroyed, 0);
});

test('a device that is destroyed takes its buffers along, and devices are apart', async () => {
  const gpu = fakeGpu();
  const recorder = recordWebGpu(gpu);
  const [one, two] = [new gpu.GPUDevice(256), new gpu.GPUDevice(64)];
  one.createBuffer({size: 8});
  two.createBuffer({size: 16});
  one.createBuffer({size: 8}).destroy();
  one.destroy();
  one.destroy();
  assert.equal(one.destroyed, 2);
  assert.throws(() => two.createBuffer({size: 1 << 21}), RangeError);
  recorder.stop();
  two.createBuffer({size: 32});
  two.destroy();
  const trace = await importTrace(recorder.text());
  assert.deepEqual(trace.devices, [
    {name: 'gpu:0', alignment: 256},
    {name: 'gpu:1', alignment: 64},
  ]);
  assert.deepEqual([trace.events.count, trace.blocks.count], [5, 3]);
});

test('a host without WebGPU gets an error that says so', () => {
  assert.throws(() => recordWebGpu({}), /no WebGPU/);
});

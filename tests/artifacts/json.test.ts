/** ExecuTorch's and WebGPU's JSON and MiniMalloc's CSV, read back by code that knows their formats alone. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  type CheckedPlan,
  checkedPlan,
  executorchPlan,
  minimallocCsv,
  webGpuPlan,
} from '../../bindings/artifacts.ts';
import {loadPlannerSync, type Problem} from '../../bindings/index.ts';
import {randomProblem, seeded} from '../random.ts';

interface Resource {
  readonly buffer: FakeBuffer;
  readonly offset: number;
  readonly size: number;
}
const EXAMPLE = new URL('../../examples/webgpu-plan.js', import.meta.url).href;
const {loadPlan} = (await import(EXAMPLE)) as {
  loadPlan(device: object, plan: object): {resources: Map<string, Resource>; destroy(): void};
};

const planner = loadPlannerSync();
const random = seeded(3);

function planOf(problem: Problem, alignment: number): CheckedPlan {
  return checkedPlan(planner, problem, planner.plan(problem, {alignment, nodeLimit: 10_000}), {alignment});
}

test("ExecuTorch's details: memories from 1, offsets split at 32 bits, both ends of a lifetime lived in", () => {
  for (let k = 0; k < 50; k++) {
    const problem = randomProblem(random, {
      buffers: 40,
      ticks: 30,
      sizes: k % 2 ? 100 : 2 ** 31,
      gapOneIn: 5,
    });
    const read = JSON.parse(JSON.stringify(executorchPlan(planOf(problem, 16))));
    assert.equal(read.schema, 'stowage.executorch/1');
    const offsets = read.tensors.map(
      ({allocation_info: info}: {allocation_info: Record<string, number> | null}) => {
        if (info === null) return 0;
        assert.equal(info.memory_id, 1);
        for (const word of [info.memory_offset_low!, info.memory_offset_high!]) {
          assert.ok(Number.isInteger(word) && word >= 0 && word < 2 ** 32);
        }
        return Number((BigInt(info.memory_offset_high!) << 32n) + BigInt(info.memory_offset_low!));
      },
    );
    const [reserved, size, ...others] = read.non_const_buffer_sizes;
    assert.deepEqual([reserved, others], [0, []]);
    assert.deepEqual(planner.verify(problem, {offsets}, {capacity: size, alignment: 16}), []);
    for (const [i, {lifetime, nbytes}] of read.tensors.entries()) {
      const {start, end, size: bytes} = problem.buffers[i]!;
      assert.deepEqual([...lifetime, nbytes], [start, end - 1, bytes]);
    }
  }
  const large = executorchPlan(
    checkedPlan(planner, {buffers: [{size: 8, start: 0, end: 1}]}, {offsets: [5 * 2 ** 32 + 7]}),
  );
  assert.deepEqual(large.tensors[0]!.allocation_info, {
    memory_id: 1,
    memory_offset_low: 7,
    memory_offset_high: 5,
  });
  const never = executorchPlan(
    checkedPlan(planner, {buffers: [{size: 8, start: 3, end: 3}]}, {offsets: [0]}),
  );
  assert.deepEqual([never.tensors[0]!.lifetime, never.tensors[0]!.allocation_info], [null, null]);
});

interface FakeBuffer {
  readonly label: string;
  readonly size: number;
  readonly usage: number;
  isDestroyed: boolean;
  destroy(): void;
}

/** A device that creates buffers and says what WebGPU would say of bindings. */
function fakeDevice(limits: Record<string, number> = {}) {
  const created: FakeBuffer[] = [];
  const device = {
    limits: {
      minStorageBufferOffsetAlignment: 256,
      maxStorageBufferBindingSize: 128 << 20,
      maxBufferSize: 256 << 20,
      ...limits,
    },
    createBuffer(descriptor: {label: string; size: number; usage: number}): FakeBuffer {
      assert.equal(descriptor.size % 4, 0);
      assert.ok(descriptor.size > 0 && descriptor.size <= device.limits.maxBufferSize);
      const buffer = {
        ...descriptor,
        isDestroyed: false,
        destroy() {
          buffer.isDestroyed = true;
        },
      };
      created.push(buffer);
      return buffer;
    },
    check({buffer, offset, size}: Resource): void {
      assert.ok(buffer.usage & 0x80, 'STORAGE');
      assert.equal(offset % device.limits.minStorageBufferOffsetAlignment, 0);
      assert.ok(size > 0 && size % 4 === 0 && size <= device.limits.maxStorageBufferBindingSize);
      assert.ok(offset + size <= buffer.size, 'within the buffer');
    },
  };
  return {device, created};
}

test('the WebGPU plan, loaded as the example does: WebGPU allows every binding, and no two collide', () => {
  for (let k = 0; k < 50; k++) {
    const problem = randomProblem(random, {buffers: 30, ticks: 20, sizes: 5000});
    const read = JSON.parse(JSON.stringify(webGpuPlan(planOf(problem, 256))));
    const {device, created} = fakeDevice();
    const {resources, destroy} = loadPlan(device, read);
    assert.equal(read.bindings, 'rw');
    const bound = problem.buffers.map(({id, size}, i) => {
      const resource = resources.get(id ?? String(i))!;
      device.check(resource);
      assert.ok(resource.size >= size);
      return resource;
    });
    // what is bound is whole words: planned with those sizes, the offsets must still hold
    const words = {buffers: problem.buffers.map((buffer, i) => ({...buffer, size: bound[i]!.size}))};
    assert.deepEqual(planner.verify(words, {offsets: bound.map(({offset}) => offset)}, {alignment: 256}), []);
    destroy();
    assert.ok(created.every(({isDestroyed}) => isDestroyed));
  }
});

test('arenas become GPUBuffers of their own', () => {
  const buffers = [0, 1, 2].map(k => ({id: `b${k}`, size: 10, start: 0, end: 2, alignment: 256}));
  const placement = {offsets: [0, 0, 256], arenaOf: [1, 0, 0], arenas: [{name: 'read'}, {name: 'write'}]};
  const plan = webGpuPlan(checkedPlan(planner, {buffers}, placement), {bindings: 'split'});
  assert.equal(plan.bindings, 'split');
  assert.deepEqual(
    plan.buffers.map(({label, size}) => [label, size]),
    [
      ['read', 268],
      ['write', 12],
    ],
  );
  const {device} = fakeDevice();
  const {resources} = loadPlan(device, plan);
  assert.equal(resources.get('b0')!.buffer.label, 'write');
});

test('a plan beyond the limits is refused with the buffer, its bytes and the limit', () => {
  const refuse = (buffers: Problem['buffers'], alignment: number, limits = {}) =>
    assert.throws.bind(undefined, () => webGpuPlan(planOf({buffers}, alignment), {limits}));
  const two = [0, 1].map(k => ({id: `b${k}`, size: (100 << 20) + 4, start: 0, end: 1}));
  refuse(two, 4)(/buffer "b[01]": a binding's offset must be a multiple of 256 bytes, and it is 104857604/);
  refuse([{...two[0]!, size: 129 << 20}], 256)(/buffer "b0": its 135266304 bytes are more than may be bound/);
  refuse(
    [...two, {...two[0]!, id: 'b2'}],
    256,
  )(/arena "arena": its 314573316 bytes are more than one GPUBuffer/);
  refuse(two, 256, {minStorageBufferOffsetAlignment: 48})(/expected a power of two of bytes, got 48/);
  refuse(two, 256, {minStorageBufferOffsetAlignment: 2})(/expected at least 4, got 2/);
  const plan = webGpuPlan(planOf({buffers: two}, 256));
  assert.throws(() => loadPlan(fakeDevice({maxBufferSize: 1 << 20}).device, plan), /arena: 209715460 bytes/);
  assert.throws(
    () => loadPlan(fakeDevice({minStorageBufferOffsetAlignment: 512}).device, plan),
    /wants offsets at multiples of 512/,
  );
});

test("MiniMalloc's CSV has every buffer at its offset, ends exclusive", () => {
  const problem = randomProblem(random, {buffers: 60, ticks: 40, sizes: 500, alignment: 8, gapOneIn: 4});
  const [head, ...lines] = [...minimallocCsv(planOf(problem, 4))].join('').trim().split('\n');
  assert.equal(head, 'id,lower,upper,size,alignment,offset,gaps');
  const rows = lines.map(line => line.split(','));
  assert.deepEqual(
    rows.map(([, lower, upper, size]) => [lower, upper, size].map(Number)),
    problem.buffers.map(({start, end, size}) => [start, end, size]),
  );
  const offsets = rows.map(row => Number(row[5]));
  assert.deepEqual(planner.verify(problem, {offsets}, {alignment: 4}), []);
  const pools = checkedPlan(planner, {buffers: []}, {offsets: [], arenaOf: [], arenas: [{}, {}]});
  assert.throws(() => minimallocCsv(pools), /one memory, and the plan has 2 arenas/);
});

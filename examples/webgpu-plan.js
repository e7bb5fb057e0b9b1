/**
 * Loads a plan that `stowage export --format webgpu` wrote: creates its GPUBuffers and returns, for every buffer of the
 * plan, the resource for `createBindGroup`.
 *
 * ```js
 * const plan = await (await fetch('plan.json')).json();
 * const {resources, destroy} = loadPlan(device, plan);
 * device.createBindGroup({layout, entries: [{binding: 0, resource: resources.get('conv1')}]});
 * ```
 *
 * With `plan.bindings === 'rw'` every binding must be declared `var<storage, read_write>`: WebGPU refuses a dispatch that
 * reads one part of a GPUBuffer and writes another, if only one of the two is declared so.
 */
export function loadPlan(device, plan) {
  if (plan.schema !== 'stowage.webgpu/1') throw new Error(`expected stowage.webgpu/1, got ${plan.schema}`);
  const {minStorageBufferOffsetAlignment, maxStorageBufferBindingSize, maxBufferSize} = device.limits;
  if (plan.limits.minStorageBufferOffsetAlignment % minStorageBufferOffsetAlignment !== 0)
    throw new Error(`this device wants offsets at multiples of ${minStorageBufferOffsetAlignment} bytes`);
  for (const {label, size} of plan.buffers) {
    if (size > maxBufferSize) throw new Error(`${label}: ${size} bytes, and this device allows ${maxBufferSize}`);
  }
  const tensors = plan.tensors.filter(tensor => tensor !== null);
  for (const {id, size} of tensors) {
    if (size > maxStorageBufferBindingSize)
      throw new Error(`${id}: ${size} bytes, and this device binds ${maxStorageBufferBindingSize} at once`);
  }
  const buffers = plan.buffers.map(({label, size, usage}) =>
    // a GPUBuffer without bytes cannot be bound, and a plan may need none
    device.createBuffer({label, size: Math.max(4, size), usage: usageOf(usage)}),
  );
  const resources = new Map(
    tensors.map(({id, buffer, offset, size}) => [id, {buffer: buffers[buffer], offset, size}]),
  );
  return {
    resources,
    destroy() {
      for (const buffer of buffers) buffer.destroy();
    },
  };
}

/** The bits of `GPUBufferUsage`, by name, as the specification numbers them. */
const USAGE = {COPY_SRC: 0x4, COPY_DST: 0x8, STORAGE: 0x80};

function usageOf(names) {
  return names.reduce((bits, name) => {
    if (!(name in USAGE)) throw new Error(`unknown usage ${name}`);
    return bits | USAGE[name];
  }, 0);
}

/**
 * Records the buffers that a page makes with WebGPU, as a stowage event log (docs/event-log.md).
 *
 *     const recorder = recordWebGpu();        // before the page makes its first buffer
 *     recorder.iteration();                   // wherever a step begins; optional
 *     recorder.save('webgpu.jsonl');          // or recorder.text()
 *
 * A buffer lives from `createBuffer` to its `destroy`, or to that of its device. A buffer left to the garbage collector
 * counts as live to the end, since the page cannot see when its memory is freed.
 *
 * @param {object} [gpu] the object that has `GPUDevice` and `GPUBuffer`; by default the page's global object.
 */
export function recordWebGpu(gpu = globalThis) {
  const {GPUDevice, GPUBuffer} = gpu;
  if (!GPUDevice || !GPUBuffer) throw new Error('this host has no WebGPU to record');
  const lines = [];
  /** Per device: its name, the alignment that bindings need, and its live buffers. */
  const devices = new Map();
  /** Per buffer: its device and the number that serves as its address. */
  const live = new WeakMap();
  let buffers = 0;
  const log = fields => lines.push(JSON.stringify({...fields, time: performance.now() * 1000}));

  function entryOf(device) {
    const known = devices.get(device);
    if (known) return known;
    const alignment = device.limits?.minStorageBufferOffsetAlignment ?? 256;
    const entry = {name: `gpu:${devices.size}`, alignment, buffers: new Set()};
    devices.set(device, entry);
    return entry;
  }

  function free(buffer) {
    const found = live.get(buffer);
    if (!found) return;
    live.delete(buffer);
    found.entry.buffers.delete(buffer);
    log({event: 'free', address: found.address, device: found.entry.name});
  }

  const real = {
    createBuffer: GPUDevice.prototype.createBuffer,
    destroyDevice: GPUDevice.prototype.destroy,
    destroyBuffer: GPUBuffer.prototype.destroy,
  };
  GPUDevice.prototype.createBuffer = function createBuffer(descriptor) {
    const buffer = real.createBuffer.call(this, descriptor);
    const entry = entryOf(this);
    const address = ++buffers;
    live.set(buffer, {entry, address});
    entry.buffers.add(buffer);
    const operation = buffer.label ? {operation: buffer.label} : {};
    log({event: 'malloc', address, size: buffer.size, device: entry.name, ...operation});
    return buffer;
  };
  GPUBuffer.prototype.destroy = function destroy() {
    free(this);
    return real.destroyBuffer.call(this);
  };
  GPUDevice.prototype.destroy = function destroy() {
    for (const buffer of [...(devices.get(this)?.buffers ?? [])]) free(buffer);
    return real.destroyDevice.call(this);
  };

  const text = () => {
    const named = [...devices.values()].map(({name, alignment}) => ({name, alignment}));
    return `${[JSON.stringify({schema: 'stowage.events/1', devices: named}), ...lines].join('\n')}\n`;
  };
  return {
    /** A step begins, and the one before it ends. */
    iteration: () => log({event: 'iteration'}),
    /** The last step ends. */
    end: () => log({event: 'end'}),
    /** Returns the log so far. */
    text,
    /** Offers the log so far as a download. */
    save(name = 'webgpu.jsonl') {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([text()], {type: 'application/jsonl'}));
      link.download = name;
      link.click();
    },
    /** Ends the recording and restores the page's own functions. */
    stop() {
      GPUDevice.prototype.createBuffer = real.createBuffer;
      GPUDevice.prototype.destroy = real.destroyDevice;
      GPUBuffer.prototype.destroy = real.destroyBuffer;
    },
  };
}

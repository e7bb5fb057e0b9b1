/**
 * One worker of a program, at once with the others. Who owns each 16 bytes is kept beside the memory, so that two live blocks
 * that share some are found by whoever comes second.
 */
import {parentPort} from 'node:worker_threads';

const DONE = 0;
const FULL = 3;
const WAIT_MS = 10_000;

class Fault extends Error {}

class Thread {
  constructor({module, memory, index, regions, sizes, stamps, shared, plans}) {
    this.exports = new WebAssembly.Instance(module, {env: {memory}}).exports;
    this.bytes = new Uint8Array(memory.buffer);
    this.words = new Uint32Array(memory.buffer);
    this.worker = regions[index].base;
    this.sizes = sizes;
    this.stamps = stamps;
    this.plans = plans;
    this.handles = new Map();
    this.addresses = new Int32Array(shared.addresses);
    this.owners = new Int32Array(shared.owners);
    this.locks = new Int32Array(shared.locks);
    this.granules = new Int32Array(shared.granules);
    this.mallocs = 0;
  }

  perform([name, a, b, c]) {
    const {exports, worker} = this;
    if (name === 'malloc') this.malloc(a, b, c);
    else if (name === 'free' || name === 'reclaim') this.free(name, a);
    else if (name === 'retain') this.retain(a);
    else if (name === 'newPlan') this.newPlan(a, this.plans[b]);
    else if (name === 'seal') this.seal(a);
    else if (name === 'read') for (const ask of ['servedNow', 'live', 'misses']) exports[ask](worker);
    else if (name === 'begin' || name === 'retire' || name === 'died') exports[name](worker, a);
    else exports[name](worker);
  }

  malloc(id, key, size) {
    const address = this.exports.malloc(this.worker, key, size);
    if (size <= 0xfff00000) this.mallocs++;
    if (address !== 0) {
      this.claim(id, address, 0, id + 1);
      this.bytes.fill(this.stamps[id], address, address + size);
      Atomics.store(this.owners, id, 1);
    }
    Atomics.store(this.addresses, id, address || -1);
    Atomics.notify(this.addresses, id);
  }

  claim(id, address, from, to) {
    const end = address + Math.max(this.sizes[id], 1);
    for (let at = address >> 4; at << 4 < end; at++) {
      const was = Atomics.compareExchange(this.granules, at, from, to);
      if (was !== from)
        throw new Fault(`overlap: block ${id} at ${address} shares bytes with block ${was - 1}`);
    }
  }

  /** Does something to a block of which there is one at least, alone. */
  locked(id, act) {
    const address = this.wait(id);
    if (address <= 0) return;
    while (Atomics.compareExchange(this.locks, id, 0, 1) !== 0);
    try {
      if (Atomics.load(this.owners, id) > 0) act(address);
    } finally {
      Atomics.store(this.locks, id, 0);
    }
  }

  wait(id) {
    const end = Date.now() + WAIT_MS;
    while (Atomics.load(this.addresses, id) === 0) {
      if (Date.now() > end) throw new Fault(`hang: block ${id} is never there`);
      Atomics.wait(this.addresses, id, 0, 100);
    }
    return Atomics.load(this.addresses, id);
  }

  free(how, id) {
    this.locked(id, address => {
      const isLast = Atomics.load(this.owners, id) === 1;
      if (isLast) {
        this.checkBytes(id, address);
        this.claim(id, address, id + 1, 0);
      }
      const answer = this.exports[how](this.worker, address);
      if (answer === DONE) Atomics.sub(this.owners, id, 1);
      else if (answer === FULL && isLast) this.claim(id, address, 0, id + 1);
      else if (answer !== FULL) throw new Fault(`free: block ${id} at ${address}: ${answer}`);
    });
  }

  checkBytes(id, address) {
    for (let at = address; at < address + this.sizes[id]; at++)
      if (this.bytes[at] !== this.stamps[id]) throw new Fault(`lost byte: ${at - address} of block ${id}`);
  }

  retain(id) {
    this.locked(id, address => {
      const answer = this.exports.retain(this.worker, address);
      if (answer === DONE) Atomics.add(this.owners, id, 1);
      else if (answer !== 1) throw new Fault(`retain: block ${id}: ${answer}`);
    });
  }

  newPlan(handle, {signature, keys, sizes, offsets, phases, arenaBytes}) {
    const {exports, worker} = this;
    const at = exports.newPlan(worker, signature, keys.length / phases, phases, 0, arenaBytes);
    this.handles.delete(handle);
    if (at === 0) return;
    this.handles.set(handle, at);
    this.words.set([...keys, ...sizes, ...offsets], exports.columns(at) >> 2);
  }

  seal(handle) {
    const at = this.handles.get(handle);
    if (at !== undefined) this.exports.seal(this.worker, at);
    this.handles.delete(handle);
  }
}

parentPort.on('message', task => {
  try {
    const thread = new Thread(task);
    for (const call of task.calls) thread.perform(call);
    parentPort.postMessage({mallocs: thread.mallocs});
  } catch (error) {
    parentPort.postMessage({fault: error instanceof Fault ? error.message : `trap: ${error.stack}`});
  }
});

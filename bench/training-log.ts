/** Event logs of training, with reads and writes, of any length: seeded, in the shape of a network of layers. */
import {seeded} from '../tests/random.ts';

export interface TrainingLog {
  readonly iterations: number;
  /** Events per iteration, about. */
  readonly events: number;
  readonly seed: number;
}

/** Events of a layer in one iteration: six in the forward pass, fourteen in the backward pass. */
const LAYER_EVENTS = 20;

/** Hands out addresses; a block of the same size takes a freed one. */
class Addresses {
  readonly #free = new Map<number, number[]>();
  #next = 2 ** 30;

  take(size: number): number {
    const free = this.#free.get(size)?.pop();
    if (free !== undefined) return free;
    const address = this.#next;
    this.#next += size;
    return address;
  }

  give(address: number, size: number): void {
    const list = this.#free.get(size);
    if (list) list.push(address);
    else this.#free.set(size, [address]);
  }
}

/** The log, line by line. Weights are there from the first iteration on; each event is 1 to 40 µs after the one before. */
export function* trainingLog({iterations, events, seed}: TrainingLog): Generator<string, void, undefined> {
  const random = seeded(seed);
  const layers = Math.max(2, Math.round(events / LAYER_EVENTS));
  const sizes = Array.from({length: layers}, () => 512 * (1 + random(4096)));
  const addresses = new Addresses();
  let time = 0;
  const line = (event: string, address: number, more = '') => {
    time += 1 + random(40);
    return `{"event":"${event}","address":${address},"time":${time}${more}}\n`;
  };
  const malloc = (address: number, size: number, operation: string) =>
    line('malloc', address, `,"size":${size},"operation":"${operation}"`);
  yield '{"schema":"stowage.events/1","device":"cuda:0","alignment":512}\n';
  const weights = sizes.map(size => addresses.take(size));
  for (const [layer, size] of sizes.entries()) {
    yield malloc(weights[layer]!, size, 'aten::empty');
    yield line('write', weights[layer]!);
  }
  for (let iteration = 0; iteration < iterations; iteration++) {
    yield `{"event":"iteration","number":${iteration}}\n`;
    const outputs: number[] = [];
    for (const [layer, size] of sizes.entries()) {
      const output = addresses.take(size);
      outputs.push(output);
      yield malloc(output, size, `aten::layer${layer % 23}`);
      yield line('read', weights[layer]!);
      if (layer > 0) yield line('read', outputs[layer - 1]!);
      yield line('write', output);
      yield line('read', output);
      yield line('write', output);
    }
    for (let layer = layers - 1; layer >= 0; layer--) {
      const size = sizes[layer]!;
      const gradient = addresses.take(size);
      const workspace = addresses.take(2 * size);
      yield malloc(gradient, size, `aten::layer${layer % 23}_backward`);
      yield malloc(workspace, 2 * size, 'aten::empty');
      yield line('write', workspace);
      yield line('read', outputs[layer]!);
      yield line('read', workspace);
      yield line('write', gradient);
      yield line('free', workspace);
      addresses.give(workspace, 2 * size);
      yield line('read', weights[layer]!);
      yield line('free', outputs[layer]!);
      addresses.give(outputs[layer]!, size);
      yield line('read', gradient);
      yield line('read', weights[layer]!);
      yield line('write', weights[layer]!);
      yield line('free', gradient);
      addresses.give(gradient, size);
    }
  }
  yield '{"event":"end"}\n';
}

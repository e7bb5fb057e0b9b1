/** Time of a call's allocations and frees: they are replayed without the kernels between. */
import type {HeapModule} from '../../bindings/tfjs/tensorflow.ts';

/** In order: the bytes of an allocation, or −1 − its number where it is freed. */
export type Script = readonly number[];

/** Requests of `call` to the heap; blocks that it leaves allocated are freed at the end of the script. */
export function scriptOf(module: HeapModule, call: () => void): Script {
  const {_malloc, _free} = module;
  const script: number[] = [];
  const live = new Map<number, number>();
  let count = 0;
  module._malloc = bytes => {
    const address = _malloc(bytes);
    script.push(bytes);
    live.set(address, count++);
    return address;
  };
  module._free = address => {
    const number = live.get(address);
    if (number !== undefined) script.push(-1 - number);
    live.delete(address);
    _free(address);
  };
  try {
    call();
  } finally {
    Object.assign(module, {_malloc, _free});
  }
  return [...script, ...[...live.values()].map(number => -1 - number)];
}

/** The most bytes that are live at once. */
export function mostLive(script: Script): number {
  const sizes = script.filter(entry => entry >= 0);
  let [live, most] = [0, 0];
  for (const entry of script) {
    live += entry >= 0 ? entry : -sizes[-1 - entry]!;
    most = Math.max(most, live);
  }
  return most;
}

/** Asks the heap for all of a script. */
export function replay(module: HeapModule, script: Script, addresses: number[]): void {
  let count = 0;
  for (const entry of script) {
    if (entry >= 0) addresses[count++] = module._malloc(entry);
    else module._free(addresses[-1 - entry]!);
  }
}

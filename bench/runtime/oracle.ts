/** What the oracle is given: the addresses at which the plan serves a script. */
import type {Planner} from '../../bindings/index.ts';
import type {Script} from '../../tests/runtime/script.ts';
import {compile} from './modules.ts';
import {instantiate, keysOf, memoize, PAGE} from './subject.ts';

/** Iterations until the blocks that outlive one are served like all others. */
const SETTLED = 4;
/** Two: the slots of a plan may alternate. */
const GIVEN = 2;

/** Writes the oracle's table into the last bytes before `end`. @returns the address of the oracle */
export function give(
  memory: WebAssembly.Memory,
  end: number,
  region: {base: number; bytes: number},
  script: Script,
  planner: Planner,
): number {
  const addresses = servedAddresses(region, script, planner);
  const self = (end - 4 * (3 + addresses.length)) & ~63;
  const first = self + 12;
  const words = new Uint32Array(memory.buffer, self >>> 0, 3 + addresses.length);
  words.set([first, first, first + 4 * addresses.length, ...addresses]);
  return self >>> 0;
}

function servedAddresses(region: {base: number; bytes: number}, script: Script, planner: Planner): number[] {
  const exports = instantiate(compile('planned'));
  const memory = exports.memory!;
  memory.grow((region.base + region.bytes + PAGE - memory.buffer.byteLength) / PAGE);
  const runtime = memoize(exports, memory, region, script, planner);
  const keys = keysOf(script);
  const live = script.rows.map((): number[] => []);
  const addresses: number[] = [];
  for (let iteration = 0; iteration < SETTLED + GIVEN; iteration++) {
    runtime.begin();
    for (const {kind, row, held} of script.events) {
      if (kind === 'malloc') {
        const address = runtime.malloc(keys[row]!, script.rows[row]!.size);
        live[row]!.push(address);
        if (iteration >= SETTLED) addresses.push(address);
      } else if (live[row]!.length >= held) {
        runtime.free(live[row]!.shift()!);
      }
    }
    runtime.end();
  }
  return addresses;
}

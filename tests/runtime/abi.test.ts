/** The two sides of the runtime's boundary say the same; what the modules import; and that they hold no state of their own. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {ANSWER, COUNTERS, MODE, type RuntimeExports} from '../../bindings/runtime/instance.ts';

const build = (name: string) => readFileSync(new URL(`../../build/${name}.wasm`, import.meta.url));
const BUILDS = ['runtime.debug', 'runtime', 'runtime.shared'];

/** Written out, so that a new export is a decision. */
const EXPORTS: Record<keyof Omit<RuntimeExports, 'memory'>, 'function'> = {
  begin: 'function',
  borders: 'function',
  broken: 'function',
  collect: 'function',
  columns: 'function',
  counters: 'function',
  covers: 'function',
  create: 'function',
  died: 'function',
  dropTable: 'function',
  end: 'function',
  free: 'function',
  highWater: 'function',
  interrupt: 'function',
  introduce: 'function',
  isHeld: 'function',
  live: 'function',
  malloc: 'function',
  misses: 'function',
  newPlan: 'function',
  newTable: 'function',
  numBorders: 'function',
  numRows: 'function',
  offsetsAt: 'function',
  reclaim: 'function',
  record: 'function',
  resume: 'function',
  retain: 'function',
  retire: 'function',
  rows: 'function',
  seal: 'function',
  servedNow: 'function',
  stopRecording: 'function',
  usedBytes: 'function',
  wanted: 'function',
};

for (const name of BUILDS) {
  const isShared = name === 'runtime.shared';
  const module = new WebAssembly.Module(build(name));

  test(`${name}: imports ${isShared ? 'one memory' : 'nothing'} and exports the functions that the binding calls`, () => {
    const imports = isShared ? [{module: 'env', name: 'memory', kind: 'memory'}] : [];
    assert.deepEqual(WebAssembly.Module.imports(module), imports);
    const exports = WebAssembly.Module.exports(module).map(({name, kind}) => [name, kind]);
    const memory = isShared ? {} : {memory: 'memory'};
    assert.deepEqual(Object.fromEntries(exports), {...EXPORTS, ...memory});
  });
}

test('the shared build has no data that another instantiation would write again', () => {
  const memory = new WebAssembly.Memory({initial: 4, maximum: 65536, shared: true});
  const bytes = new Uint8Array(memory.buffer).fill(0x77);
  new WebAssembly.Instance(new WebAssembly.Module(build('runtime.shared')), {env: {memory}});
  assert.equal(
    bytes.findIndex(byte => byte !== 0x77),
    -1,
  );
});

test('answers, modes and counters have the same numbers on both sides', () => {
  const source = readFileSync(new URL('../../assembly/runtime/status.ts', import.meta.url), 'utf8');
  const numbers = new Map(
    [...source.matchAll(/export const (\w+): [iu]32 = (\d+);/g)].map(([, name, value]) => [
      name!,
      Number(value),
    ]),
  );
  for (const [name, value] of Object.entries({...ANSWER, ...MODE}))
    assert.equal(numbers.get(name), value, name);
  for (const [value, name] of COUNTERS.entries()) assert.equal(numbers.get(name.toUpperCase()), value, name);
  assert.equal(numbers.get('NUM_COUNTERS'), COUNTERS.length);
});

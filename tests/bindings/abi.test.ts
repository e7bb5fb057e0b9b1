/** The two sides of the wasm boundary say the same: exports, codes, names, layout. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {type CoreExports, FAULT, RECORD, STATUS} from '../../bindings/core/abi.ts';
import {HEURISTICS, VIOLATION_KINDS} from '../../bindings/model/names.ts';
import {BUILDS} from '../builds.ts';

const source = (file: string) => readFileSync(new URL(`../../assembly/${file}`, import.meta.url), 'utf8');

/** `export const NAME: type = number;` in order. */
const constants = [...source('memory/status.ts').matchAll(/export const (\w+): [iu]32 = (\d+);/g)].map(
  ([, name, value]) => [name!, Number(value)] as const,
);

/** Written out, so that a new export is a decision. */
const EXPORTS: Record<keyof CoreExports, 'function' | 'memory'> = {
  beamBegin: 'function',
  beamStep: 'function',
  classesBegin: 'function',
  classesStep: 'function',
  exactAdopt: 'function',
  exactBegin: 'function',
  exactStep: 'function',
  fault: 'function',
  localBegin: 'function',
  localStep: 'function',
  lowerBound: 'function',
  mark: 'function',
  memory: 'memory',
  plan: 'function',
  portfolioAlgorithm: 'function',
  portfolioBegin: 'function',
  portfolioPeak: 'function',
  portfolioPlan: 'function',
  portfolioStep: 'function',
  problem: 'function',
  release: 'function',
  seal: 'function',
  searchIncumbent: 'function',
  searchLowerBound: 'function',
  searchNodes: 'function',
  searchPeak: 'function',
  searchPlan: 'function',
  searchTarget: 'function',
  sectionLoads: 'function',
  verify: 'function',
  windowsAdopt: 'function',
  windowsBegin: 'function',
  windowsStep: 'function',
};

for (const {name, module} of BUILDS) {
  test(`${name}: the core imports nothing`, () => {
    assert.deepEqual(WebAssembly.Module.imports(module), []);
  });

  test(`${name}: the core exports exactly the functions that the binding calls`, () => {
    const exports = WebAssembly.Module.exports(module).map(({name, kind}) => [name, kind]);
    assert.deepEqual(Object.fromEntries(exports), EXPORTS);
  });

  test(`${name}: more memory than there is ends in a trap whose fault is named`, () => {
    const core = new WebAssembly.Instance(module).exports as unknown as CoreExports;
    assert.equal(core.fault(), FAULT.NONE);
    assert.throws(() => core.problem(2 ** 31 - 1, 0), WebAssembly.RuntimeError);
    assert.equal(core.fault(), FAULT.MEMORY);
  });
}

test('statuses, faults, violations and heuristics have the same numbers on both sides', () => {
  const numbers = new Map(constants);
  for (const [name, value] of Object.entries(STATUS)) assert.equal(numbers.get(name), value, name);
  for (const [name, value] of Object.entries(FAULT)) assert.equal(numbers.get(`FAULT_${name}`), value, name);
  const upper = (name: string) => name.toUpperCase().replaceAll('-', '_');
  for (const [value, kind] of VIOLATION_KINDS.entries()) assert.equal(numbers.get(upper(kind)), value, kind);
  for (const [value, name] of HEURISTICS.entries()) assert.equal(numbers.get(upper(name)), value, name);
  assert.equal(numbers.get('NUM_HEURISTICS'), HEURISTICS.length);
});

test("the problem's record begins with the words the binding reads", () => {
  const record = /class Problem \{([\s\S]*?)\/\/ ---- from here on/.exec(source('memory/layout.ts'))![1]!;
  const fields = [...record.matchAll(/^ {2}(\w+): (u32|usize);/gm)].map(([, field]) => field);
  assert.deepEqual(fields, Object.keys(RECORD));
  assert.deepEqual(Object.values(RECORD), [...fields.keys()]);
});

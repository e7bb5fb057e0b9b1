/** The mutator: which edits it finds, that they depend on no name, and that the named ones still apply. */
import assert from 'node:assert/strict';
import {existsSync, readFileSync} from 'node:fs';
import {test} from 'node:test';
import {seeded} from '../random.ts';
import {sourcesOf} from './capabilities.ts';
import {AREAS} from './capability-areas.ts';
import {compiled} from './compile.ts';
import {applied, mutantsOf, sample} from './mutants.ts';
import {appliedByName, POLICY} from './policy.ts';

const ROOT = new URL('../../', import.meta.url);

const edits = (text: string) => mutantsOf('file.ts', text).map(({kind, from, to}) => [kind, from, to]);

test('borders, equality, logic and signs have one mutant each', () => {
  assert.deepEqual(edits('if (a < b && c == d) e = f - g;'), [
    ['logic', '&&', '||'],
    ['border', '<', '<='],
    ['equality', '==', '!='],
    ['sign', '-', '+'],
  ]);
});

test('small constants grow by one, others are halved and doubled', () => {
  assert.deepEqual(edits('const a = 0; const b = 60_001;'), [
    ['constant', '0', '1'],
    ['constant', '60_001', '30000'],
    ['constant', '60_001', '120002'],
  ]);
});

test('a call statement is dropped, a boolean answer is inverted, a negation is lost', () => {
  assert.deepEqual(edits('function is(): bool { go(a); return !a; }'), [
    ['dropped call', 'go(a);', ';'],
    ['opposite return', '!a', '!(!a)'],
    ['negation', '!a', 'a'],
  ]);
  assert.deepEqual(edits('function get(): u32 { const x = go(); return x; }'), []);
});

test('types, imports, texts, errors and assertions have none', () => {
  assert.deepEqual(
    edits(`import {a} from 'b';
type T = [1, 2];
let x: 3 | 4;
assert(a < b, 'a' + b);
if (a) throw new RangeError('at ' + (b - 1));
const text = 'n: ' + a;`),
    [],
  );
});

test('a mutant replaces its place alone, and knows its line', () => {
  const text = 'let a = 1;\nif (a > 2) b();\n';
  const mutants = mutantsOf('file.ts', text);
  const border = mutants.find(({kind}) => kind === 'border')!;
  assert.equal(border.line, 2);
  assert.equal(applied(text, border), 'let a = 1;\nif (a >= 2) b();\n');
});

test('other names give the same edits', () => {
  const text = 'function f(first: i32): bool { return first < 4 || !ready(first); }';
  const renamed = text.replaceAll('first', 'one').replaceAll('ready', 'done');
  const kinds = (source: string) => mutantsOf('f.ts', source).map(({kind, line}) => [kind, line]);
  assert.deepEqual(kinds(renamed), kinds(text));
  assert.ok(kinds(text).length >= 5);
});

test('a sample is the same for a seed, another for another, and has nothing twice', () => {
  const all = Array.from({length: 100}, (_, i) => i);
  const of = (seed: number) => sample(all, 20, seeded(seed));
  assert.deepEqual(of(1), of(1));
  assert.notDeepEqual(of(1), of(2));
  assert.equal(new Set(of(1)).size, 20);
  assert.equal(sample(all, 1000, seeded(1)).length, 100);
});

test('every area of the capabilities has sources and tests that are there', () => {
  for (const area of AREAS) {
    assert.ok(sourcesOf(area).length > 0, area.name);
    for (const file of [...area.files, ...area.tests.map(name => `tests/${name}.test.ts`)])
      assert.ok(existsSync(new URL(file, ROOT)), `${area.name}: ${file}`);
  }
});

for (const mutant of [...POLICY, ...AREAS.flatMap(({named}) => named)]) {
  test(`the sources have the place of the named mutant: ${mutant.rule}`, () => {
    const text = readFileSync(new URL(mutant.file, ROOT), 'utf8');
    assert.notEqual(appliedByName(text, mutant), text);
  });
}

test('AssemblyScript is mutated, too: a mutant of the core compiles to another module', async () => {
  const entry = 'assembly/runtime/index.ts';
  const text = readFileSync(new URL('assembly/runtime/malloc.ts', ROOT), 'utf8');
  const mutant = mutantsOf('assembly/runtime/malloc.ts', text).find(({kind}) => kind === 'border')!;
  const build = (isMutant: boolean) =>
    compiled(entry, (file, source) => (isMutant && file === mutant.file ? applied(source, mutant) : source));
  assert.notDeepEqual(await build(true), await build(false));
});

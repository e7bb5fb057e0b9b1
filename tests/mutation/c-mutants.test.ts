/** The mutator of C: which edits it finds, and that those of all sources that it mutates are where it says. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {cMutantsOf} from './c-mutants.ts';
import {applied} from './mutants.ts';
import {NATIVE_FILES} from './native.ts';

const ROOT = new URL('../../', import.meta.url);

/** Of the body of a function of that type. */
const edits = (body: string, type = 'void') =>
  cMutantsOf('file.c', `${type} f(int a) {\n${body}\n}\n`).map(({kind, from, to}) => [kind, from, to]);

test('borders, equality, logic, signs and shifts of C have one mutant each; a sign before a number has none', () => {
  assert.deepEqual(edits('if (a < b && c == d) e = f - g << h;'), [
    ['border', '<', '<='],
    ['logic', '&&', '||'],
    ['equality', '==', '!='],
    ['dropped assignment', 'e = f - g << h;', ';'],
    ['sign', '-', '+'],
    ['shift', '<<', '>>'],
  ]);
  assert.deepEqual(edits('return -b;'), []);
  assert.deepEqual(edits('return p->x;'), []);
});

test('constants of C keep their suffix, and large ones are halved and doubled', () => {
  assert.deepEqual(edits('return 0x10u | 1u;', 'uint32_t'), [
    ['constant', '0x10u', '8u'],
    ['constant', '0x10u', '32u'],
    ['constant', '1u', '2u'],
  ]);
});

test('calls and assignments are dropped, declarations are not', () => {
  assert.deepEqual(edits('int x = go(); type *p; free(x); *p = x; x++; if (a) go(b); else stop(b);'), [
    ['dropped call', 'free(x);', ';'],
    ['dropped assignment', '*p = x;', ';'],
    ['dropped assignment', 'x++;', ';'],
    ['dropped call', 'go(b);', ';'],
    ['dropped call', 'stop(b);', ';'],
  ]);
});

test('an answer of yes or no is inverted, a negation is lost', () => {
  assert.deepEqual(edits('return !a;', 'static bool'), [
    ['opposite return', '!a', '!(!a)'],
    ['negation', '!', ''],
  ]);
  assert.deepEqual(edits('return a;', 'int'), []);
});

test('comments, texts, the preprocessor, declarations at the top and what only reports have none', () => {
  const text = `/* a < b */
#define LEAST (a < 4)
static int x = 7;
void f(int a) {
  // a == b
  fail(why, "a < b", a + b);
  if (__builtin_expect(a, 0)) g("1 + 1", '1');
}
`;
  assert.deepEqual(
    cMutantsOf('file.c', text).map(({kind, from}) => [kind, from]),
    [['dropped call', `g("1 + 1", '1');`]],
  );
});

for (const name of NATIVE_FILES) {
  test(`${name}.c has mutants, each of which changes the place that it names`, () => {
    const file = `bindings/native/${name}.c`;
    const text = readFileSync(new URL(file, ROOT), 'utf8');
    const mutants = cMutantsOf(file, text);
    assert.ok(mutants.length > 50, `${mutants.length}`);
    for (const mutant of mutants) {
      assert.notEqual(applied(text, mutant), text);
      assert.ok(text.split('\n')[mutant.line - 1]!.includes(mutant.from.split('\n')[0]!));
    }
  });
}

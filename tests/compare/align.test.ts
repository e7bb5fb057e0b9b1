/** Pairing two sequences: longest, in order, bounded, the same every time. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {align, newBudget, stretchesBetween} from '../../bindings/compare/align.ts';
import {type Kinds, matchHeaviest} from '../../bindings/compare/weighted-match.ts';

const symbols = (text: string): Uint32Array => Uint32Array.from(text, letter => letter.charCodeAt(0));

/** Pairs as `a0=b0 a2=b1`. */
function pairs(a: string, b: string): string {
  const partner = align(symbols(a), symbols(b));
  return [...partner].flatMap((to, from) => (to < 0 ? [] : [`${a[from]}${from}=${to}`])).join(' ');
}

test('equal entries in order are pairs, whatever is between them', () => {
  assert.equal(pairs('abcd', 'abcd'), 'a0=0 b1=1 c2=2 d3=3');
  assert.equal(pairs('abcd', 'abXcd'), 'a0=0 b1=1 c2=3 d3=4');
  assert.equal(pairs('abXcd', 'abcd'), 'a0=0 b1=1 c3=2 d4=3');
  assert.equal(pairs('', 'abc'), '');
  assert.equal(pairs('abc', ''), '');
  assert.equal(pairs('abc', 'xyz'), '');
});

test('the classic of two sequences of 7 and 6 has 4 pairs', () => {
  assert.equal(align(symbols('abcabba'), symbols('cbabac')).filter(to => to >= 0).length, 4);
});

function longest(a: Uint32Array, b: Uint32Array): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const x of a) {
    const next = [0];
    for (let j = 1; j <= b.length; j++)
      next.push(x === b[j - 1] ? row[j - 1]! + 1 : Math.max(row[j]!, next[j - 1]!));
    row = next;
  }
  return row[b.length]!;
}

function assertSound(a: Uint32Array, b: Uint32Array, partner: Int32Array): void {
  let last = -1;
  for (const [from, to] of partner.entries()) {
    if (to < 0) continue;
    assert.ok(to > last && to < b.length, 'in order');
    assert.equal(a[from], b[to]);
    last = to;
  }
}

const sequence = fc.array(fc.integer({min: 0, max: 4}), {maxLength: 60}).map(list => Uint32Array.from(list));

test('as many pairs as the quadratic table finds, all equal, in order', () => {
  fc.assert(
    fc.property(sequence, sequence, (a, b) => {
      const partner = align(a, b);
      assertSound(a, b, partner);
      assert.equal(partner.filter(to => to >= 0).length, longest(a, b));
      assert.deepEqual(align(a, b), partner);
    }),
    {numRuns: 2000, seed: 1},
  );
});

test('the gaps between the pairs hold all entries without a pair', () => {
  fc.assert(
    fc.property(sequence, sequence, (a, b) => {
      const partner = align(a, b);
      let [left, right] = [0, 0];
      const all = {aStart: 0, aEnd: a.length, bStart: 0, bEnd: b.length};
      for (const {aStart, aEnd, bStart, bEnd} of stretchesBetween(partner, all)) {
        left += aEnd - aStart;
        right += bEnd - bStart;
      }
      const found = partner.filter(to => to >= 0).length;
      assert.deepEqual([left, right], [a.length - found, b.length - found]);
    }),
    {numRuns: 500, seed: 2},
  );
});

test('far apart: k-th occurrences that do not cross are pairs, and the budget ends it', () => {
  // one side is new except for one entry in ten thousand: more edits than the search allows
  const length = 40_000;
  const a = Uint32Array.from({length}, (_, i) => (i % 10_000 === 5_000 ? i : 100_000 + i));
  const b = Uint32Array.from({length}, (_, i) => (i % 10_000 === 5_000 ? i : 200_000 + i));
  const partner = align(a, b);
  assertSound(a, b, partner);
  assert.equal(partner.filter(to => to >= 0).length, 4);
  const spent = newBudget();
  spent.steps = 10;
  const few = align(a, b, spent);
  assertSound(a, b, few);
  assert.ok(spent.steps < 0);
});

function heaviestWeight(a: Kinds, b: Kinds): number {
  let row = new Array<number>(b.kind.length + 1).fill(0);
  for (const [i, kind] of a.kind.entries()) {
    const next = [0];
    for (let j = 1; j <= b.kind.length; j++) {
      const pair = kind === b.kind[j - 1] ? row[j - 1]! + (a.all[i] === b.all[j - 1] ? 5 : 4) : 0;
      next.push(Math.max(pair, row[j]!, next[j - 1]!));
    }
    row = next;
  }
  return row[b.kind.length]!;
}

const kinds = sequence.map((all): Kinds => ({all, kind: all.map(symbol => symbol >> 1)}));

test('the heaviest pairs have the weight that the whole table finds', () => {
  fc.assert(
    fc.property(kinds, kinds, (a, b) => {
      const partner = matchHeaviest(a, b)!;
      assertSound(a.kind, b.kind, partner);
      const weight = partner.reduce(
        (sum, to, from) => sum + (to < 0 ? 0 : a.all[from] === b.all[to] ? 5 : 4),
        0,
      );
      assert.equal(weight, heaviestWeight(a, b));
    }),
    {numRuns: 2000, seed: 4},
  );
});

test('sequences too long to weigh are left to the other way', () => {
  const long = (first: number): Kinds => {
    const all = Uint32Array.from({length: 60_000}, (_, i) => 2 * ((i * 7919) % 1000) + first);
    return {all, kind: new Uint32Array(all.length)};
  };
  assert.equal(matchHeaviest(long(0), long(1)), undefined);
});

/** Profiles in C: widened as `bindings/runtime/profile.ts` widens them, row for row. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {NEVER, type Profile, widen} from '../../bindings/runtime/profile.ts';
import {has} from '../requirements.ts';
import {share} from '../share.ts';
import {PLAIN} from './compile.ts';
import {drive, OPEN, type Row, rowsOf, rowsText, serverProgram} from './server-program.ts';

/** Rows as a recording has them: an end is behind its row, and at most the number of rows. */
function recorded(most: number): fc.Arbitrary<Row[]> {
  const row = fc.record({key: fc.nat(3), size: fc.integer({min: 1, max: 5}), life: fc.nat(12)});
  return fc.array(row, {maxLength: most, size: 'max'}).map(rows =>
    rows.map(({key, size, life}, i) => {
      const end = life === 0 ? OPEN : Math.min(rows.length, i + life);
      return {key, end, size: 64 * size, offset: 0};
    }),
  );
}

/** A recording and one that differs from it here and there, or in everything. */
const pair = fc.oneof(
  fc.tuple(recorded(12), recorded(12)),
  fc.tuple(recorded(40), fc.array(fc.nat(60), {maxLength: 4})).map(([rows, dropped]) => {
    const others = rows.filter((_, i) => !dropped.includes(i));
    const seen = others.map((row, i) => ({
      ...row,
      end: row.end === OPEN ? OPEN : Math.max(i + 1, Math.min(others.length, row.end)),
      size: row.size + 64 * ((i * 7) % 3),
    }));
    return [rows, seen] as [Row[], Row[]];
  }),
);

function profileOf(rows: readonly Row[]): Profile {
  const counts = new Map<number, number>();
  return rows.map(({key, size, end}) => {
    const nth = counts.get(key) ?? 0;
    counts.set(key, nth + 1);
    return {key, nth, size, end: end === OPEN ? NEVER : end};
  });
}

const rowsIn = (profile: Profile): Row[] =>
  profile.map(({key, size, end}) => ({key, end: end === NEVER ? OPEN : end, size, offset: 0}));

test('widening gives the rows of the library, and says whether anything changed', t => {
  if (!has(t, 'cc', 'linux')) return;
  const program = serverProgram(PLAIN);
  const property = fc.property(fc.array(pair, {minLength: 1, maxLength: 60, size: 'max'}), pairs => {
    const answers = drive(
      program,
      pairs.map(([known, seen]) => `widen ${rowsText(known)} ${rowsText(seen)}`),
    );
    pairs.forEach(([known, seen], k) => {
      const wider = rowsIn(widen(profileOf(known), profileOf(seen)));
      assert.deepEqual(rowsOf(answers[k]!, 1), wider);
      assert.equal(answers[k]![0] === '1', rowsText(wider) !== rowsText(known));
    });
  });
  fc.assert(property, {seed: 3, numRuns: share(60), interruptAfterTimeLimit: 60_000});
});

test('widened by itself, or by what it came from, a profile stays as it is', t => {
  if (!has(t, 'cc', 'linux')) return;
  const program = serverProgram(PLAIN);
  const property = fc.property(fc.array(pair, {minLength: 1, maxLength: 30, size: 'max'}), pairs => {
    const wider = pairs.map(([known, seen]) => rowsIn(widen(profileOf(known), profileOf(seen))));
    const commands = wider.flatMap((rows, k) =>
      [rows, ...pairs[k]!].map(seen => `widen ${rowsText(rows)} ${rowsText(seen)}`),
    );
    drive(program, commands).forEach((answer, i) => {
      // an order that changed moves ends again, but never takes a row or a byte away
      if (i % 3 === 0) assert.equal(answer, `0 ${rowsText(wider[i / 3]!)}`);
      const [before, after] = [wider[Math.floor(i / 3)]!, rowsOf(answer, 1)];
      assert.equal(after.length, before.length);
      for (const [k, row] of after.entries()) assert.equal(row.size, before[k]!.size);
    });
  });
  fc.assert(property, {seed: 4, numRuns: share(30), interruptAfterTimeLimit: 60_000});
});

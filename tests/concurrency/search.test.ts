/** Packing by conflicts, apart from ticks and parts: it is exact by itself, and plans of a local search keep to the conflicts. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ExactSearch} from '../../bindings/concurrency/exact.ts';
import {firstFit, orderBy, RANKS} from '../../bindings/concurrency/first-fit.ts';
import {LocalSearch} from '../../bindings/concurrency/local.ts';
import {clashOf, type Packing, packingOf, peakOf} from '../../bindings/concurrency/packing.ts';
import {Pieces} from '../../bindings/concurrency/pieces.ts';
import {Draws} from '../../bindings/concurrency/random.ts';
import {groupsApart, relationOf} from '../../bindings/concurrency/relation.ts';
import {violationsOfClocks} from '../../bindings/concurrency/verify.ts';
import {type Problem, toColumns} from '../../bindings/index.ts';
import {type Random, seeded} from '../random.ts';
import {anyProblem, bruteForce, doConflict, programProblem} from './problems.ts';

function drained<T>(steps: Generator<unknown, T>): T {
  let next = steps.next();
  while (!next.done) next = steps.next();
  return next.value;
}

function drawn(random: Random, seed: number): Problem {
  const shape = {
    buffers: 2 + random(6),
    streams: 2 + random(3),
    sizes: 9,
    waitOneIn: 2 + random(3),
    elsewhereOneIn: 4,
    alignment: 2 ** random(3),
    ...(seed % 3 === 0 ? {gapOneIn: 3} : {}),
    ...(seed % 4 === 0 ? {fixedOneIn: 4} : {}),
    repeats: seed % 5 === 0,
  };
  return seed % 2 === 0 ? programProblem(random, shape) : anyProblem(random, shape);
}

const cases = Array.from({length: 1000}, (_, seed) => {
  const problem = drawn(seeded(seed), seed);
  const columns = toColumns(problem);
  const relation = drained(relationOf(new Pieces(columns)));
  return {seed, problem, columns, relation, packing: packingOf(columns, relation.conflicts)};
});

test('rows of conflicts say what the definition says', () => {
  for (const {seed, problem, relation} of cases) {
    problem.buffers.forEach((a, i) => {
      problem.buffers.forEach((b, j) => {
        const expected = i !== j && doConflict(a, b);
        assert.equal(relation.conflicts.has(i, j), expected, `seed ${seed}: ${i} and ${j}`);
      });
    });
  }
});

test('ticks are given where they say the same as the clocks, for all of it', () => {
  let given = 0;
  for (const {seed, columns, relation} of cases) {
    const pieces = new Pieces(columns);
    const all = Array.from({length: pieces.count}, (_, p) => p);
    const isBefore = (p: number, q: number) => pieces.isBefore(p, q);
    const hasTwoPlusTwo = all.some(a =>
      all.some(
        b =>
          isBefore(a, b) &&
          all.some(c => !isBefore(c, b) && all.some(d => isBefore(c, d) && !isBefore(a, d))),
      ),
    );
    assert.equal(relation.ticks === undefined, hasTwoPlusTwo, `seed ${seed}`);
    if (!relation.ticks) continue;
    given++;
    const {start, end} = relation.ticks;
    for (const p of all)
      for (const q of all) assert.equal(end[p]! <= start[q]!, isBefore(p, q), `seed ${seed}: ${p}, ${q}`);
  }
  assert.ok(given > 100 && given < 1000, `${given} of 1000`);
});

test('buffers of different groups conflict, and no group can be parted', () => {
  for (const {seed, problem, relation} of cases) {
    const groups = groupsApart(relation.conflicts);
    const groupOf = problem.buffers.map((_, i) => groups.findIndex(group => group.includes(i)));
    problem.buffers.forEach((a, i) => {
      problem.buffers.forEach((b, j) => {
        if (i !== j && groupOf[i] !== groupOf[j]) assert.ok(doConflict(a, b), `seed ${seed}`);
      });
    });
    assert.ok(groups.every(group => group.length > 0));
  }
});

function exactly(packing: Packing): number {
  const first = drained(firstFit(packing, orderBy('greedy-by-size', packing)));
  const exact = new ExactSearch(packing, peakOf(packing, first), []);
  while (!exact.isDone) exact.run(100);
  return exact.found ? peakOf(packing, exact.found) : peakOf(packing, first);
}

test('the exact search alone finds the best peak of all orders', () => {
  for (const {seed, problem, columns, packing} of cases) {
    const best = bruteForce(problem);
    assert.equal(clashOf(packing) !== undefined, best === undefined, `seed ${seed}`);
    if (best === undefined) continue;
    assert.equal(exactly(packing), best, `seed ${seed}`);
    assert.deepEqual(columns.offset.length, problem.buffers.length);
  }
});

test('first fit of every rank, and local search, keep to the conflicts', () => {
  let lowered = 0;
  for (const {seed, columns, packing} of cases) {
    if (clashOf(packing)) continue;
    for (const rank of RANKS) {
      const offsets = drained(firstFit(packing, orderBy(rank, packing)));
      assert.deepEqual(violationsOfClocks(columns, offsets), [], `seed ${seed}, ${rank}`);
      const peak = peakOf(packing, offsets);
      // a fixed buffer cannot make room
      if (columns.offset.some((offset, i) => offset + columns.size[i]! >= peak && offset >= 0)) continue;
      const search = new LocalSearch(packing, offsets, peak - 1, new Draws(seed));
      for (let moves = 0; moves < 30 && !search.isDone; moves++) if (search.move() === 0) break;
      if (!search.isDone) continue;
      lowered++;
      assert.deepEqual(violationsOfClocks(columns, search.offsets), [], `seed ${seed}, ${rank}`);
      assert.ok(peakOf(packing, search.offsets) < peak, `seed ${seed}, ${rank}`);
    }
  }
  assert.ok(lowered > 50, `${lowered} lowered`);
});

test('the verifier finds what the definition forbids, and nothing else', () => {
  for (const {seed, problem, columns} of cases) {
    const random = seeded(seed + 1);
    const offsets = problem.buffers.map(({alignment = 1, offset}) => offset ?? alignment * random(12));
    const found = new Set(
      violationsOfClocks(columns, offsets).map(({kind, a, b}) => `${kind} ${[a, b].sort()}`),
    );
    const expected = new Set<string>();
    problem.buffers.forEach((a, i) => {
      problem.buffers.forEach((b, j) => {
        const overlap = offsets[i]! < offsets[j]! + b.size && offsets[j]! < offsets[i]! + a.size;
        if (i < j && overlap && doConflict(a, b)) expected.add(`overlap ${[i, j]}`);
      });
    });
    assert.deepEqual([...found].sort(), [...expected].sort(), `seed ${seed}`);
  }
});

/** Properties of every algorithm on seeded random problems, and brute force on small ones. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {
  type Algorithm,
  type BufferInfo,
  HEURISTICS,
  type Planner,
  type Problem,
} from '../../bindings/index.ts';
import {BUILDS} from '../builds.ts';
import {faultsOf, loadOf, optimum} from '../oracle.ts';
import {type Random, randomProblem, type Shape, seeded} from '../random.ts';
import {share} from '../share.ts';

const SHAPES: readonly Shape[] = [
  {buffers: 30, ticks: 20, sizes: 12},
  {buffers: 30, ticks: 60, sizes: 9, longest: 8},
  {buffers: 40, ticks: 30, sizes: 50, longest: 10, alignment: 16},
  {buffers: 40, ticks: 40, sizes: 20, longest: 20, gapOneIn: 3},
  {buffers: 40, ticks: 40, sizes: 20, longest: 20, alignment: 8, gapOneIn: 4, fixedOneIn: 6},
];

const runs = (numRuns: number) => ({seed: 20260101, numRuns: share(numRuns)});

/** Calls `property` with seeded random problems of every shape. */
function forAll(numRuns: number, property: (problem: Problem, random: Random) => void): void {
  fc.assert(
    fc.property(fc.integer({min: 0}), fc.nat(SHAPES.length - 1), (seed, shape) => {
      const random = seeded(seed);
      property(randomProblem(random, SHAPES[shape]!), random);
    }),
    runs(numRuns),
  );
}

/** Content and place of every buffer, in an order that does not depend on the input's. */
function placed(problem: Problem, offsets: ArrayLike<number>): string[] {
  return problem.buffers.map((buffer, i) => `${JSON.stringify(withoutId(buffer))} @${offsets[i]}`).sort();
}

function withoutId({id: _, ...buffer}: BufferInfo): Omit<BufferInfo, 'id'> {
  return buffer;
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = random(i + 1);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}

/** Enough for the search to begin; heuristics run to their end anyway. */
const NODES = {nodeLimit: 3000};

/** Those whose ties are decided by content alone; the portfolio, and all that begin with it, run others besides. */
const BY_CONTENT: readonly Algorithm[] = [...HEURISTICS, 'exact', 'class-sweep'];

const peakOf = (planner: Planner, problem: Problem, algorithm: Algorithm) =>
  planner.plan(problem, {algorithm, ...NODES}).peak;

for (const {name, planner} of BUILDS) {
  test(`${name}: every plan is valid by a pairwise check, and its peak is the highest top`, () => {
    forAll(150, problem => {
      for (const algorithm of planner.algorithms) {
        const plan = planner.plan(problem, {algorithm, ...NODES});
        assert.deepEqual(faultsOf(problem, plan.offsets), [], algorithm);
        assert.equal(
          plan.peak,
          Math.max(...problem.buffers.map((b, i) => b.size + plan.offsets[i]!)),
          algorithm,
        );
        assert.ok(plan.peak >= plan.lowerBound, algorithm);
        assert.equal(plan.status === 'optimal', plan.peak === plan.lowerBound);
      }
    });
  });

  test(`${name}: the load is the load by definition, and no more than the lower bound`, () => {
    forAll(300, problem => {
      const {load, lowerBound, start, end} = planner.bounds(problem);
      assert.equal(load, loadOf(problem));
      assert.ok(lowerBound >= load);
      assert.ok(start < end);
    });
  });

  test(`${name}: no plan of up to seven buffers undercuts the lower bound, mixed alignments and fixed offsets included`, () => {
    let above = 0;
    fc.assert(
      fc.property(fc.integer({min: 0}), fc.integer({min: 1, max: 7}), fc.nat(2), (seed, buffers, kind) => {
        const shapes: readonly Shape[] = [
          {buffers, ticks: 6, sizes: 9, alignment: 8},
          {buffers, ticks: 8, sizes: 20, alignment: 16, gapOneIn: 3, fixedOneIn: 4},
          {buffers, ticks: 4, sizes: 5, gapOneIn: 2},
        ];
        const problem = randomProblem(seeded(seed), shapes[kind]!);
        const best = optimum(problem);
        const {lowerBound, load} = planner.bounds(problem);
        assert.ok(lowerBound <= best.peak, `lower bound ${lowerBound}, optimum ${best.peak}`);
        if (lowerBound > load) above++;
        const plan = planner.plan(problem);
        assert.ok(plan.peak >= best.peak);
        if (plan.status === 'optimal') assert.equal(plan.peak, best.peak);
      }),
      runs(1500),
    );
    assert.ok(above > share(100), `${above} bounds above the load: too few to test them`);
  });

  test(`${name}: leaving a buffer out never raises the lower bound, whatever its alignment`, () => {
    let isStronger = 0;
    for (let seed = 0; seed < share(300); seed++) {
      const {buffers} = randomProblem(seeded(seed), {buffers: 8, ticks: 6, sizes: 9, alignment: 16});
      const bound = planner.lowerBound({buffers});
      buffers.forEach((_, out) => {
        const rest = planner.lowerBound({buffers: buffers.filter((_, i) => i !== out)});
        assert.ok(rest <= bound, `${rest} without ${JSON.stringify(buffers[out])}, ${bound} with it`);
      });
      if (bound > loadOf({buffers})) isStronger++;
    }
    assert.ok(isStronger > share(100), `${isStronger} of 300 bounds above the load`);
  });

  test(`${name}: buffers of a coarse alignment need their paddings also beside one of a fine alignment`, () => {
    const coarse = [9, 9].map(size => ({start: 0, end: 2, size, alignment: 8}));
    assert.equal(planner.lowerBound({buffers: coarse}), 25);
    assert.equal(planner.lowerBound({buffers: [...coarse, {start: 1, end: 2, size: 1}]}), 25);
  });

  test(`${name}: the order of the input changes nothing but which of two identical buffers is which`, () => {
    forAll(60, (problem, random) => {
      const other = {...problem, buffers: shuffled(problem.buffers, random)};
      for (const algorithm of BY_CONTENT) {
        assert.deepEqual(
          placed(other, planner.plan(other, {algorithm, ...NODES}).offsets),
          placed(problem, planner.plan(problem, {algorithm, ...NODES}).offsets),
          algorithm,
        );
      }
    });
  });

  test(`${name}: nor does it where buffers differ in nothing but their gaps`, () => {
    fc.assert(
      fc.property(fc.integer({min: 0}), seed => {
        const random = seeded(seed);
        const buffers = Array.from({length: 12}, () => {
          const from = 1 + random(5);
          return {start: 0, end: 12, size: 2 + random(2), gaps: [[from, from + 1 + random(5)]] as const};
        });
        const others = shuffled(buffers, random);
        for (const algorithm of BY_CONTENT) {
          const [a, b] = [buffers, others].map(list =>
            placed({buffers: list}, planner.plan({buffers: list}, {algorithm, ...NODES}).offsets),
          );
          assert.deepEqual(a, b, algorithm);
        }
      }),
      runs(100),
    );
  });

  test(`${name}: shifting time changes nothing, scaling sizes and alignments scales the plan`, () => {
    forAll(40, problem => {
      const shifted = problem.buffers.map(b => ({
        ...b,
        start: b.start + 1000,
        end: b.end + 1000,
        ...(b.gaps ? {gaps: b.gaps.map(([from, to]) => [from + 1000, to + 1000] as const)} : {}),
      }));
      const scaled = problem.buffers.map(b => ({
        ...b,
        size: b.size * 2 ** 33,
        alignment: (b.alignment ?? 1) * 2 ** 33,
        ...(b.offset === undefined ? {} : {offset: b.offset * 2 ** 33}),
      }));
      for (const algorithm of planner.algorithms) {
        const plan = planner.plan(problem, {algorithm, ...NODES});
        assert.deepEqual(
          planner.plan({buffers: shifted}, {algorithm, ...NODES}).offsets,
          plan.offsets,
          algorithm,
        );
        const large = planner.plan({buffers: scaled}, {algorithm, ...NODES});
        assert.deepEqual(
          large.offsets,
          plan.offsets.map(offset => offset * 2 ** 33),
          algorithm,
        );
      }
    });
  });

  test(`${name}: the portfolio is at least as good as the best heuristic, in any order of the input`, () => {
    forAll(60, (problem, random) => {
      const best = Math.min(...HEURISTICS.map(algorithm => peakOf(planner, problem, algorithm)));
      const other = {...problem, buffers: shuffled(problem.buffers, random)};
      assert.ok(peakOf(planner, problem, 'portfolio') <= best);
      assert.ok(peakOf(planner, other, 'portfolio') <= best);
    });
  });

  test(`${name}: the free runs of one moment and the placement tree choose the same places`, () => {
    const online: readonly Algorithm[] = ['first-fit-online', 'best-fit-online', 'linear-scan'];
    fc.assert(
      fc.property(fc.integer({min: 0}), fc.constantFrom(1, 4, 64), (seed, alignment) => {
        const shape = {buffers: 120, ticks: 150, sizes: 40, longest: 25, alignment};
        const {buffers} = randomProblem(seeded(seed), shape);
        // a last buffer with a gap, which meets nobody, sends the problem to the placement tree
        const tree = [...buffers, {start: 500, end: 503, size: 1, gaps: [[501, 502]] as const}];
        for (const algorithm of online) {
          const expected = planner.plan({buffers: tree}, {algorithm, ...NODES}).offsets.slice(0, -1);
          assert.deepEqual(planner.plan({buffers}, {algorithm, ...NODES}).offsets, expected, algorithm);
        }
      }),
      runs(200),
    );
  });

  test(`${name}: Gergov's plan is at most three times the load`, () => {
    fc.assert(
      fc.property(fc.integer({min: 0}), fc.integer({min: 1, max: 200}), (seed, buffers) => {
        const problem = randomProblem(seeded(seed), {
          buffers,
          ticks: 100,
          sizes: 100,
          longest: 1 + (seed % 99),
        });
        assert.ok(peakOf(planner, problem, 'gergov') <= 3 * planner.bounds(problem).load);
      }),
      runs(300),
    );
  });
}

test('debug and release give the same offsets', () => {
  const [debug, release] = [BUILDS[0], BUILDS.at(-1)];
  forAll(100, problem => {
    for (const algorithm of release!.planner.algorithms) {
      const [a, b] = [debug!, release!].map(
        ({planner}) => planner.plan(problem, {algorithm, ...NODES}).offsets,
      );
      assert.deepEqual(a, b, algorithm);
    }
  });
});

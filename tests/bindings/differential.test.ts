/**
 * The planner against what is known otherwise, on 10,000 seeded problems: brute force, the heuristics by themselves,
 * the same problem restated, and the load that the generator filled.
 */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Core} from '../../bindings/core/core.ts';
import {
  type BufferInfo,
  HEURISTICS,
  type Plan,
  type Planner,
  type Problem,
  toColumns,
} from '../../bindings/index.ts';
import {BUILDS, type Build} from '../builds.ts';
import {faultsOf, loadOf, optimum} from '../oracle.ts';
import {type Filling, filled, type Random, randomProblem, type Shape, seeded} from '../random.ts';
import {share} from '../share.ts';

/** Per half: all on the release build, some on the slower debug build, which is the same code with its checks. */
const PROBLEMS = {release: share(5000), debug: share(250)};

/** Enough for every heuristic and a short search. */
const NODES = {nodeLimit: 1000};
/** No filled problem here needs a third of this. */
const MANY_NODES = 300_000;

/** The first three are small enough for brute force. */
const SHAPES: readonly Shape[] = [
  {buffers: 7, ticks: 6, sizes: 9},
  {buffers: 6, ticks: 8, sizes: 20, alignment: 16, gapOneIn: 3, fixedOneIn: 4},
  {buffers: 7, ticks: 8, sizes: 5, gapOneIn: 2},
  {buffers: 20, ticks: 14, sizes: 30},
  {buffers: 30, ticks: 60, sizes: 9, longest: 8, alignment: 4},
  {buffers: 25, ticks: 20, sizes: 40, longest: 10, alignment: 16, gapOneIn: 4, fixedOneIn: 6},
  {buffers: 25, ticks: 25, sizes: 12, gapOneIn: 3},
];
const MOST_FOR_BRUTE_FORCE = 7;

/** Ticks, height in units, cuts, and what else they contain. */
const FILLINGS: readonly [number, number, number, Filling][] = [
  [12, 12, 14, {}],
  [20, 20, 30, {}],
  [30, 200, 50, {}],
  [20, 40, 40, {unit: 8}],
  [20, 40, 40, {gapOneIn: 2}],
  [20, 40, 30, {fixedOneIn: 5}],
  [20, 40, 26, {unit: 64, gapOneIn: 4, fixedOneIn: 6}],
];

/** A restated problem: each byte of its plans is `factor` bytes there. */
interface Retold {
  readonly how: string;
  readonly problem: Problem;
  readonly factor: number;
}

function retold(problem: Problem, random: Random): Retold[] {
  const by = 1 + random(1000);
  const shift = (tick: number) => tick + by;
  // an alignment must stay a power of two; without one any factor will do, since offsets are sums of sizes
  const isAligned = problem.buffers.some(({alignment}) => alignment !== undefined);
  const factor = isAligned ? 2 ** (1 + random(30)) : 3 + random(1000);
  const later = problem.buffers.map(buffer => ({
    ...buffer,
    start: shift(buffer.start),
    end: shift(buffer.end),
    gaps: (buffer.gaps ?? []).map(([from, to]) => [shift(from), shift(to)] as const),
  }));
  return [
    {how: 'permuted', problem: {buffers: shuffled(problem.buffers, random)}, factor: 1},
    {how: 'scaled', problem: {buffers: problem.buffers.map(buffer => scaled(buffer, factor))}, factor},
    {how: 'shifted', problem: {buffers: later}, factor: 1},
  ];
}

function scaled(buffer: BufferInfo, factor: number): BufferInfo {
  return {
    ...buffer,
    size: buffer.size * factor,
    ...(buffer.alignment === undefined ? {} : {alignment: buffer.alignment * factor}),
    ...(buffer.offset === undefined ? {} : {offset: buffer.offset * factor}),
  };
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = random(i + 1);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}

/** Counts of the cases that a set of problems covered. */
interface Tally {
  optimal: number;
  bruteForced: number;
  aboveTheBound: number;
  searched: number;
}

function checkPlan(problem: Problem, plan: Plan, build: Build, tally: Tally): void {
  const {planner} = build;
  assert.deepEqual(faultsOf(problem, plan.offsets), []);
  const bound = planner.lowerBound(problem);
  assert.ok(loadOf(problem) <= bound && bound <= plan.lowerBound && plan.lowerBound <= plan.peak);
  const peaks = HEURISTICS.map(algorithm => planner.plan(problem, {algorithm}).peak);
  const best = Math.min(...peaks);
  assert.ok(plan.peak <= best, `peak ${plan.peak}, the best heuristic's ${best}`);
  if (plan.status === 'optimal') tally.optimal++;
  if (plan.algorithm === 'exact') tally.searched++;
  if (problem.buffers.length > MOST_FOR_BRUTE_FORCE) return;
  const {peak} = optimum(problem);
  assert.ok(plan.lowerBound <= peak && peak <= plan.peak, `optimum ${peak}, plan ${plan.peak}`);
  if (plan.status === 'optimal') assert.equal(plan.peak, peak);
  // from a bad plan on, so that the search has to find the optimum itself
  assert.deepEqual(provenFromNaive(build, problem), {isDone: true, peak, lowerBound: peak});
  tally.bruteForced++;
  if (peak > bound) tally.aboveTheBound++;
}

/**
 * A heuristic has the same peak, and so have optima. A search that ran out of nodes promises no peak to a problem stated
 * differently: it draws at random, and mathematics ties it only by its bound, which holds for the other's plan too.
 * (That today's searches do give the same plan is tested in `properties.test.ts`.)
 */
function checkRetold(plan: Plan, problem: Problem, other: Retold, planner: Planner, random: Random): void {
  const heuristics = HEURISTICS;
  const algorithm = heuristics[random(heuristics.length)]!;
  const [one, two] = [problem, other.problem].map(each => planner.plan(each, {algorithm}).peak);
  assert.equal(two, one! * other.factor, `${other.how}: ${algorithm}`);
  const again = planner.plan(other.problem, NODES);
  assert.ok(again.lowerBound <= plan.peak * other.factor, other.how);
  assert.ok(plan.lowerBound * other.factor <= again.peak, other.how);
  if (plan.status === 'optimal' && again.status === 'optimal') {
    assert.equal(again.peak, plan.peak * other.factor, other.how);
  }
}

/** The peak and the bound of the exact search from the naive plan on, and whether it ended. */
function provenFromNaive({module, planner}: Build, problem: Problem) {
  const {offsets} = planner.plan(problem, {algorithm: 'naive'});
  return new Core(module).withProblem(toColumns(problem), undefined, core => {
    const search = core.exact(offsets, core.lowerBound().lowerBound, 1);
    let goesOn = true;
    while (goesOn && search.nodes < MANY_NODES) goesOn = search.step(10_000);
    return {isDone: !goesOn, peak: search.peak, lowerBound: search.lowerBound};
  });
}

/** Runs `check` for every seed; reports how many fail, and the first of them with its problem. */
function forSeeds(count: number, make: (seed: number) => Problem, check: (seed: number) => void): void {
  const failures: string[] = [];
  for (let seed = 0; seed < count; seed++) {
    try {
      check(seed);
    } catch (error) {
      failures.push(`seed ${seed}: ${(error as Error).message}\n${JSON.stringify(make(seed))}`);
    }
  }
  assert.equal(
    failures.length,
    0,
    `${failures.length} of ${count} problems fail; the first is ${failures[0]}`,
  );
}

const random = (seed: number) => randomProblem(seeded(seed), SHAPES[seed % SHAPES.length]!);

function fillingOf(seed: number): {problem: Problem; load: number} {
  const [ticks, height, cuts, filling] = FILLINGS[seed % FILLINGS.length]!;
  return {problem: filled(seeded(seed), ticks, height, cuts, filling), load: height * (filling.unit ?? 1)};
}

for (const build of BUILDS) {
  const {name, planner} = build;
  const count = PROBLEMS[name];

  test(`${name}: ${count} random problems agree with brute force, with every heuristic, and when restated`, t => {
    const tally: Tally = {optimal: 0, bruteForced: 0, aboveTheBound: 0, searched: 0};
    forSeeds(count, random, seed => {
      const problem = random(seed);
      const plan = planner.plan(problem, NODES);
      checkPlan(problem, plan, build, tally);
      const draws = seeded(seed);
      for (const other of retold(problem, draws)) checkRetold(plan, problem, other, planner, draws);
    });
    t.diagnostic(JSON.stringify(tally));
    assert.ok(tally.optimal > 0.5 * count && tally.optimal < count, 'both proven plans and others');
    assert.ok(tally.aboveTheBound > 0.02 * count, 'optima that only a search can prove');
    assert.ok(tally.searched > 0.02 * count, 'plans that only the search finds');
  });

  test(`${name}: ${count} problems filled to the load are placed at the load, also when restated`, () => {
    forSeeds(
      count,
      seed => fillingOf(seed).problem,
      seed => {
        const {problem, load} = fillingOf(seed);
        assert.equal(planner.lowerBound(problem), load);
        assert.deepEqual(provenFromNaive(build, problem), {isDone: true, peak: load, lowerBound: load});
        const retellings = retold(problem, seeded(seed));
        const told = retellings[seed % retellings.length]!;
        const plan = planner.plan(told.problem, {algorithm: 'exact', nodeLimit: MANY_NODES});
        assert.deepEqual(faultsOf(told.problem, plan.offsets), []);
        assert.deepEqual([plan.status, plan.peak], ['optimal', load * told.factor], told.how);
      },
    );
  });
}

/** The class sweep: valid plans, the same for a seed and a budget; its ends are first fit online and by size. */
import assert from 'node:assert/strict';
import {createReadStream, existsSync} from 'node:fs';
import {test} from 'node:test';
import {Core, type CoreProblem} from '../../bindings/core/core.ts';
import {toColumns} from '../../bindings/index.ts';
import {peakOf} from '../../bindings/model/load.ts';
import {HEURISTICS} from '../../bindings/model/names.ts';
import {importFile} from '../../bindings/trace.ts';
import {BUILDS} from '../builds.ts';
import {faultsOf, optimum} from '../oracle.ts';
import {filled, randomProblem, type Shape, seeded} from '../random.ts';
import {lacks} from '../requirements.ts';

const SHAPES: readonly Shape[] = [
  {buffers: 40, ticks: 25, sizes: 30},
  {buffers: 300, ticks: 200, sizes: 50, longest: 90, alignment: 16},
  {buffers: 60, ticks: 40, sizes: 40, longest: 20, gapOneIn: 3},
  {buffers: 60, ticks: 40, sizes: 40, longest: 20, alignment: 8, gapOneIn: 4, fixedOneIn: 8},
  {buffers: 40, ticks: 40, sizes: 40, gapOneIn: 1},
];

/** Strategies by their number in `assembly/class-sweep/strategies.ts`. */
const IN_ORDER_OF_BIRTH = 9;
const BY_SIZE = 22;
/** So large a stride that one strategy alone is run. */
const ALONE = 1000;

/** Peaks of the first plan of each strategy, for one problem. */
const FIRST_PEAKS = [
  2446, 2484, 2374, 2303, 2361, 2356, 2358, 2290, 2339, 2466, 2455, 2370, 2348, 2323, 2418, 2381, 2381, 2413,
  2342, 2317, 2307, 2438, 2451,
];

/** Offsets of the first plan of one strategy. */
function firstPlan(problem: CoreProblem, strategy: number): Float64Array {
  const search = problem.classSweep(0, -1, 1, strategy, ALONE);
  while (search.peak === undefined) search.step(1);
  return search.plan()!;
}

for (const {name, module} of BUILDS) {
  test(`${name}: the class sweep gives valid plans, better ones as it goes on`, () => {
    let better = 0;
    for (let seed = 0; seed < 60; seed++) {
      const problem = randomProblem(seeded(seed), SHAPES[seed % SHAPES.length]!);
      new Core(module).withProblem(toColumns(problem), undefined, core => {
        const {lowerBound} = core.lowerBound();
        const search = core.classSweep(lowerBound, -1, seed);
        let first: number | undefined;
        let last = Number.POSITIVE_INFINITY;
        while (search.nodes < 60_000 && search.step(500)) {
          if (search.peak === undefined || search.peak === last) continue;
          assert.ok(search.peak < last && search.peak >= lowerBound);
          last = search.peak;
          first ??= last;
          const offsets = search.plan()!;
          assert.deepEqual(faultsOf(problem, offsets), []);
          assert.equal(core.verify(offsets, last, 1).length, 0);
        }
        if (first !== undefined && search.peak! < first) better++;
      });
    }
    assert.ok(better >= 30, `better than its first plan in ${better} of 60`);
  });

  test(`${name}: a seed and a budget give the same plan, however the budget is cut into steps`, () => {
    for (let seed = 0; seed < 10; seed++) {
      const problem = toColumns(randomProblem(seeded(seed), SHAPES[seed % SHAPES.length]!));
      const plans = [1, 977, 20_000].map(step =>
        new Core(module).withProblem(problem, undefined, core => {
          const search = core.classSweep(core.lowerBound().lowerBound, -1, seed, seed % 3, 3);
          while (search.nodes < 20_000 && search.step(Math.min(step, 20_000 - search.nodes)));
          return {nodes: search.nodes, peak: search.peak, offsets: search.plan()};
        }),
      );
      assert.deepEqual(plans[1], plans[0]);
      assert.deepEqual(plans[2], plans[0]);
    }
  });

  test(`${name}: one class is first fit online, a class per size greedy first fit by size`, () => {
    for (let seed = 0; seed < 20; seed++) {
      const problem =
        seed % 2 === 0
          ? randomProblem(seeded(seed), SHAPES[seed % 4 === 0 ? 0 : 1]!)
          : filled(seeded(seed), 60, 90, 80);
      new Core(module).withProblem(toColumns(problem), undefined, core => {
        const plan = (heuristic: (typeof HEURISTICS)[number]) => core.plan(HEURISTICS.indexOf(heuristic))!;
        assert.deepEqual(firstPlan(core, IN_ORDER_OF_BIRTH), plan('first-fit-online'));
        assert.deepEqual(firstPlan(core, BY_SIZE), plan('greedy-by-size'));
      });
    }
  });

  test(`${name}: every strategy orders and classes the buffers in its own way`, () => {
    const shape = {buffers: 300, ticks: 200, sizes: 50, longest: 90, alignment: 16, gapOneIn: 9};
    const problem = toColumns(randomProblem(seeded(11), shape));
    new Core(module).withProblem(problem, undefined, core => {
      const peaks = FIRST_PEAKS.map((_, strategy) => peakOf(problem, firstPlan(core, strategy)));
      assert.deepEqual(peaks, FIRST_PEAKS);
    });
  });

  test(`${name}: an incumbent received later is beaten or left alone`, () => {
    const problem = toColumns(randomProblem(seeded(2), SHAPES[0]!));
    new Core(module).withProblem(problem, undefined, core => {
      const {lowerBound} = core.lowerBound();
      const search = core.classSweep(lowerBound, -1, 1);
      assert.equal(search.step(1), true);
      search.incumbent = lowerBound;
      assert.equal(search.step(1000), false);
    });
  });

  test(`${name}: a search that has no strategy of its own takes those of others`, () => {
    const problem = randomProblem(seeded(3), SHAPES[1]!);
    new Core(module).withProblem(toColumns(problem), undefined, core => {
      const search = core.classSweep(0, -1, 1, 500, 501);
      search.step(20_000);
      assert.deepEqual(faultsOf(problem, search.plan()!), []);
    });
  });
}

test('release: the class sweep finds the optimum of nearly all problems of up to seven buffers', t => {
  const {module} = BUILDS.find(({name}) => name === 'release')!;
  const best = {free: 0, bound: 0};
  const runs = 200;
  for (let seed = 0; seed < 2 * runs; seed++) {
    const isFree = seed % 2 === 0;
    const [gapOneIn, fixedOneIn] = isFree ? [0, 0] : [3, 8];
    const shape = {
      buffers: 4 + (seed % 4),
      ticks: 8,
      sizes: 9,
      alignment: 1 << (seed % 3),
      gapOneIn,
      fixedOneIn,
    };
    const problem = randomProblem(seeded(seed), shape);
    const least = optimum(problem).peak;
    new Core(module).withProblem(toColumns(problem), undefined, core => {
      const search = core.classSweep(core.lowerBound().lowerBound, -1, 1);
      while (search.nodes < 5000 && search.step(5000 - search.nodes));
      assert.deepEqual(faultsOf(problem, search.plan()!), []);
      assert.ok(search.peak! >= least);
      if (search.peak === least) best[isFree ? 'free' : 'bound']++;
    });
  }
  t.diagnostic(`of ${runs} each: ${best.free} optimal, ${best.bound} with gaps and fixed offsets`);
  assert.ok(best.free >= 0.97 * runs && best.bound >= 0.8 * runs, `${best.free}, ${best.bound} of ${runs}`);
});

test('release: a class per size gives the known plan of a large problem', async t => {
  const file = new URL('../../../shared/data/instances/somas/pangu_2.6B.csv', import.meta.url);
  if (!existsSync(file)) return lacks(t, 'shared');
  const imported = await importFile({name: 'pangu_2.6B.csv', data: createReadStream(file)});
  assert.ok(imported.kind === 'problem');
  const {module} = BUILDS.find(({name}) => name === 'release')!;
  new Core(module).withProblem(imported.problem, undefined, core => {
    const offsets = firstPlan(core, BY_SIZE);
    const peak = Math.max(...offsets.map((offset, i) => offset + imported.problem.size[i]!));
    assert.equal(peak, 5_572_042_815);
  });
});

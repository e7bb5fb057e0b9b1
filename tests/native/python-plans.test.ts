/**
 * The plans that the Python package must return: `tests/pytorch/golden/plans.json`, from the library.
 * `UPDATE_GOLDEN=1 node scripts/test.mjs python-plans` writes it.
 */
import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {test} from 'node:test';
import type {BufferInfo, Problem} from '../../bindings/index.ts';
import {BUILDS} from '../builds.ts';
import {filled, randomProblem, seeded} from '../random.ts';

const FILE = new URL('../pytorch/golden/plans.json', import.meta.url);
const {planner} = BUILDS.find(({name}) => name === 'release')!;

const SHAPES = [
  {buffers: 5, ticks: 8, sizes: 9},
  {buffers: 14, ticks: 10, sizes: 30, alignment: 16, gapOneIn: 3, fixedOneIn: 4},
  {buffers: 70, ticks: 40, sizes: 500, longest: 20, alignment: 64, gapOneIn: 4, fixedOneIn: 12},
];

const rowOf = ({start, end, size, alignment, offset, gaps}: BufferInfo) => [
  start,
  end,
  size,
  alignment ?? null,
  offset ?? null,
  gaps ?? [],
];

function planned(problem: Problem, seed: number, nodeLimit?: number) {
  const plan = planner.plan(problem, {seed, ...(nodeLimit === undefined ? {} : {nodeLimit})});
  const {peak, lowerBound, status, algorithm, nodes} = plan;
  return {
    alignment: problem.alignment ?? 1,
    nodeLimit: nodeLimit ?? null,
    seed,
    buffers: problem.buffers.map(rowOf),
    plan: {offsets: [...plan.offsets], peak, lowerBound, status, algorithm, nodes},
  };
}

function verified(problem: Problem, offsets: readonly number[], capacity: number) {
  const found = planner.verify(problem, {offsets}, {capacity});
  const violations = found.map(({kind, a, b}) => [kind, a, b ?? null]);
  return {
    alignment: problem.alignment ?? 1,
    buffers: problem.buffers.map(rowOf),
    offsets,
    capacity,
    violations,
  };
}

function golden() {
  const random = seeded(9);
  const problems = SHAPES.flatMap((shape, k) => [0, 1, 2].map(i => randomProblem(seeded(10 * k + i), shape)));
  const plans = problems.map((problem, k) =>
    planned({...problem, alignment: k < 3 ? 2 ** k : 1}, k, [undefined, 60, 9000][k % 3]),
  );
  const hard = [150, 300].map(cuts => planned(filled(seeded(2), 80, 100, cuts), 7, 50_000));
  const checks = problems.slice(0, 6).map(problem =>
    verified(
      problem,
      problem.buffers.map(() => random(60)),
      70,
    ),
  );
  return {plans: [...plans, ...hard], checks};
}

/** A problem or a plan a line, so that changes can be read. */
function text({plans, checks}: ReturnType<typeof golden>): string {
  const list = (items: readonly unknown[]) => items.map(item => `  ${JSON.stringify(item)}`).join(',\n');
  return `{"plans": [\n${list(plans)}\n], "checks": [\n${list(checks)}\n]}\n`;
}

test("the plans that Python is compared with are the library's", () => {
  const now = text(golden());
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(FILE, now);
  assert.equal(readFileSync(FILE, 'utf8'), now);
});

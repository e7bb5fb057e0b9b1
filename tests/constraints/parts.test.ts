/** Parts of an arena that share no byte: against brute force, in which parts may interleave and use each other's padding. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type BufferInfo, loadPlannerSync, type Problem, UsageError} from '../../bindings/index.ts';
import {select, withoutParts} from '../../bindings/model/problem.ts';
import {toColumns} from '../../bindings/model/to-columns.ts';
import {readProblemJson} from '../../bindings/trace/importers/json/problem-json.ts';
import {writeProblemJson} from '../../bindings/trace/importers/json/problem-json-writer.ts';
import {openSource} from '../../bindings/trace/source/source.ts';
import {type Random, seeded} from '../random.ts';

const PROBLEMS = 700;
const planner = loadPlannerSync();

const liveTogether = (a: BufferInfo, b: BufferInfo): boolean => {
  const holds = ({start, end, gaps = []}: BufferInfo, tick: number): boolean =>
    start <= tick && tick < end && !gaps.some(([from, to]) => from <= tick && tick < to);
  for (let tick = a.start; tick < a.end; tick++) if (holds(a, tick) && holds(b, tick)) return true;
  return false;
};

/** Whether two buffers may not share a byte. */
const areApart = (a: BufferInfo, b: BufferInfo): boolean =>
  a.size > 0 &&
  b.size > 0 &&
  a.start < a.end &&
  b.start < b.end &&
  ((a.part ?? '') !== (b.part ?? '') || liveTogether(a, b));

/** The smallest peak of all plans, by trying every offset. */
function leastPeak({buffers, alignment = 1}: Problem, most: number): number {
  let best = most + 1;
  const offsets: number[] = [];
  const place = (i: number, top: number): void => {
    if (top >= best) return;
    if (i === buffers.length) {
      best = top;
      return;
    }
    const own = buffers[i]!;
    const step = own.alignment ?? alignment;
    for (let offset = 0; offset + own.size < best; offset += step) {
      const isFree = offsets.every((other, j) => {
        const rival = buffers[j]!;
        const isClear = offset + own.size <= other || other + rival.size <= offset;
        return isClear || !areApart(rival, own);
      });
      if (!isFree) continue;
      offsets.push(offset);
      place(i + 1, Math.max(top, own.start < own.end ? offset + own.size : 0));
      offsets.pop();
    }
  };
  place(0, 0);
  return best;
}

function tiny(random: Random): Problem {
  const uniform = random(2) === 0;
  const names = ['stream 0', 'stream 1', 'pool'].slice(0, 2 + random(2));
  const buffers = Array.from({length: 2 + random(4)}, (): BufferInfo => {
    const start = random(4);
    const end = start + 1 + random(4);
    const hasGap = end - start > 2 && random(4) === 0;
    return {
      size: 1 + random(5),
      start,
      end,
      part: names[random(names.length)]!,
      ...(hasGap ? {gaps: [[start + 1, start + 2] as const]} : {}),
      ...(!uniform && random(2) === 0 ? {alignment: 2 ** random(3)} : {}),
    };
  });
  return {buffers, alignment: uniform ? 2 ** random(3) : 1};
}

test(`${PROBLEMS} random problems with parts: valid, no bound above the best plan, optimal only where it is`, t => {
  let proven = 0;
  let interleaved = 0;
  for (let seed = 0; seed < PROBLEMS; seed++) {
    const problem = tiny(seeded(seed));
    const plan = planner.plan(problem);
    const best = leastPeak(problem, plan.peak);
    const words = `seed ${seed}: ${JSON.stringify(problem)} ${JSON.stringify(plan)}`;
    assert.ok(plan.lowerBound <= best, `a bound above the best plan, ${best}: ${words}`);
    assert.ok(planner.lowerBound(problem) <= best, `a bound above the best plan, ${best}: ${words}`);
    assert.ok(plan.peak >= best, words);
    if (plan.status === 'optimal') assert.equal(plan.peak, best, words);
    assert.deepEqual(planner.verify(problem, plan), [], words);
    if (plan.status === 'optimal') proven++;
    if (plan.peak > best) interleaved++;
  }
  t.diagnostic(`${proven} proven, ${interleaved} where parts that interleave need less`);
  assert.ok(proven > PROBLEMS / 2);
});

test('verify reports a byte of two parts, and no other, as a comparison of all pairs does', () => {
  let wrong = 0;
  for (let seed = 0; seed < PROBLEMS; seed++) {
    const random = seeded(seed);
    const problem = tiny(random);
    const columns = toColumns(problem);
    const offsets = problem.buffers.map(({alignment}) => random(6) * (alignment ?? problem.alignment ?? 1));
    const shares = problem.buffers.some((a, i) =>
      problem.buffers.some(
        (b, j) =>
          i < j &&
          (a.part ?? '') !== (b.part ?? '') &&
          offsets[i]! < offsets[j]! + b.size &&
          offsets[j]! < offsets[i]! + a.size,
      ),
    );
    const found = planner.verify(columns, {offsets}).filter(({kind}) => kind === 'not-apart');
    assert.equal(found.length > 0, shares, `seed ${seed}`);
    if (shares) wrong++;
    for (const {a, b} of found) assert.notEqual(problem.buffers[a]!.part, problem.buffers[b!]!.part);
  }
  assert.ok(wrong > 100 && wrong < PROBLEMS - 100);
});

const buffer = (size: number, start: number, end: number, part?: string): BufferInfo => ({
  size,
  start,
  end,
  ...(part === undefined ? {} : {part}),
});

test('parts are stacked, the one with the most padding last', () => {
  // three buffers one after the other would take 5 bytes
  const plan = planner.plan({
    buffers: [buffer(5, 0, 1, 'a'), buffer(3, 1, 2, 'b'), buffer(4, 2, 3, 'b')],
    alignment: 4,
  });
  assert.deepEqual(
    [plan.status, plan.peak, plan.lowerBound, [...plan.offsets]],
    ['optimal', 9, 9, [4, 0, 0]],
  );
  assert.deepEqual(plan.parts, [
    {name: 'a', start: 4, peak: 5, lowerBound: 5},
    {name: 'b', start: 0, peak: 4, lowerBound: 4},
  ]);
});

test('a single part is no constraint: the same plan, byte for byte', () => {
  const buffers = Array.from({length: 40}, (_, i) => buffer(1 + ((i * 7) % 13), i, i + 6));
  const plain = planner.plan({buffers}, {nodeLimit: 5000});
  const one = planner.plan({buffers: buffers.map(one => ({...one, part: 'x'}))}, {nodeLimit: 5000});
  assert.deepEqual([...one.offsets], [...plain.offsets]);
  assert.equal(one.parts, undefined);
});

test('in workers and in this thread, and every time: the same plan', async () => {
  const buffers = Array.from({length: 90}, (_, i) =>
    buffer(1 + ((i * 7) % 13), i, i + 9, ['a', 'b', 'c'][i % 3]!),
  );
  const here = planner.plan({buffers}, {nodeLimit: 9000});
  const again = planner.plan({buffers}, {nodeLimit: 9000});
  // workers run the built code
  const built: typeof import('../../bindings/index.ts') = await import(`${'../../dist/index.js'}`);
  const workers = await built.loadPlannerSync().planAsync({buffers}, {nodeLimit: 9000, threads: 2});
  assert.deepEqual([...again.offsets], [...here.offsets]);
  assert.deepEqual([...workers.offsets], [...here.offsets]);
  assert.deepEqual(workers.parts, here.parts);
});

test('a capacity holds for the sum of the parts', () => {
  const buffers = [buffer(5, 0, 1, 'a'), buffer(5, 1, 2, 'b')];
  const statusOf = (capacity: number) => planner.plan({buffers}, {capacity}).status;
  assert.deepEqual([statusOf(10), statusOf(9)], ['optimal', 'infeasible']);
});

test('progress begins with the bounds, and the whole plan is passed on, verified', () => {
  const buffers = [buffer(5, 0, 1, 'a'), buffer(5, 1, 2, 'b')];
  const bounds: number[] = [];
  const plans: number[] = [];
  planner.plan(
    {buffers},
    {
      onProgress: ({lowerBound}) => void bounds.push(lowerBound),
      onPlan: ({peak}) => void plans.push(peak),
    },
  );
  assert.equal(bounds[0], 10);
  assert.deepEqual(plans, [10]);
});

test('an abort before the first plan is its reason', async () => {
  const buffers = [buffer(5, 0, 1, 'a'), buffer(5, 1, 2, 'b')];
  await assert.rejects(
    planner.planAsync({buffers}, {signal: AbortSignal.abort(new Error('enough'))}),
    /enough/,
  );
});

const REFUSED: readonly [string, Problem, RegExp][] = [
  [
    'a fixed offset',
    {buffers: [{...buffer(1, 0, 1, 'a'), offset: 0}, buffer(1, 0, 1, 'b')]},
    /buffers\[0\]\.offset: a problem with parts takes no fixed offsets/,
  ],
  [
    'a hint',
    {buffers: [{...buffer(1, 0, 1, 'a'), hint: 0}, buffer(1, 0, 1, 'b')]},
    /hint: a problem with parts takes no hints/,
  ],
  [
    'pools',
    {buffers: [buffer(1, 0, 1, 'a'), buffer(1, 0, 1, 'b')], pools: [{name: 'sram'}]},
    /pools: cannot be combined with parts/,
  ],
  [
    'separation',
    {buffers: [buffer(1, 0, 1, 'a'), buffer(1, 0, 1, 'b')], separate: [[0, 1]]},
    /separate: cannot be combined with parts/,
  ],
  [
    'aliases across parts',
    {buffers: [buffer(1, 0, 1, 'a'), buffer(1, 0, 1, 'b')], share: [[0, 1]]},
    /share\[0\]: buffers 0 and 1 are in different parts/,
  ],
  [
    'a part without a name',
    {buffers: [{...buffer(1, 0, 1), part: 3 as never}]},
    /buffers\[0\]\.part: expected a name/,
  ],
];

for (const [name, problem, message] of REFUSED) {
  test(`parts refuse ${name}`, () => {
    assert.throws(
      () => planner.plan(problem),
      error => error instanceof UsageError && message.test(error.message),
    );
  });
}

test('aliases within a part hold beside other parts', () => {
  const problem: Problem = {
    buffers: [buffer(4, 0, 2, 'a'), buffer(4, 1, 3, 'a'), buffer(4, 0, 3, 'b')],
    share: [[0, 1]],
  };
  const plan = planner.plan(problem);
  assert.deepEqual([plan.status, plan.peak], ['optimal', 8]);
  assert.equal(plan.offsets[0], plan.offsets[1]);
});

test('stowage.problem/1 keeps the parts, and so does a selection', async () => {
  const columns = toColumns({
    buffers: [buffer(4, 0, 2, 'a'), buffer(4, 1, 3), buffer(4, 0, 3, 'b'), buffer(4, 0, 3, 'a')],
  });
  const text = [...writeProblemJson(columns)].join('');
  const {problem} = await readProblemJson(
    await openSource({name: 'a.json', data: new TextEncoder().encode(text)}),
  );
  assert.deepEqual(problem.constraints, columns.constraints);
  assert.deepEqual(select(columns, Uint32Array.of(0, 2, 3)).constraints?.parts, {
    names: ['a', 'b'],
    of: Uint32Array.of(0, 1, 0),
  });
  assert.equal(select(columns, Uint32Array.of(0, 3)).constraints, undefined);
  assert.equal(withoutParts(columns).constraints, undefined);
});

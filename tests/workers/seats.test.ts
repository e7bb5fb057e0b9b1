/** Planning in seats elsewhere: the same plans whatever happens to the seats, and nothing wrong from them. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {scattered} from '../../bench/instances.ts';
import type {Plan, Problem, ProblemColumns} from '../../bindings/index.ts';
import {packMessage, unpackMessage} from '../../bindings/planner/seats/pack.ts';
import {filled, randomProblem, seeded} from '../random.ts';
import {type Meddle, type MemoryChannel, memoryChannel} from './seat-channels.ts';

const {loadPlanner} = (await import(
  '../../dist/index.js'
)) as unknown as typeof import('../../bindings/index.ts');
const planner = await loadPlanner();

/** All that must not depend on threads and seats. */
function essence({offsets, peak, lowerBound, status, algorithm, nodes}: Plan): unknown {
  return {offsets: [...offsets], peak, lowerBound, status, algorithm, nodes};
}

async function withChannels<T>(
  meddles: readonly (Meddle | undefined)[],
  use: (seats: readonly MemoryChannel[]) => Promise<T>,
): Promise<T> {
  const seats = meddles.map(meddle => memoryChannel(planner, meddle));
  try {
    return await use(seats);
  } finally {
    for (const seat of seats) seat.close();
  }
}

const shape = {ticks: 40, sizes: 1000, alignment: 16, gapOneIn: 5, fixedOneIn: 0};
/** Each with the nodes that reach subsolvers in all places. */
const PROBLEMS: Readonly<
  Record<string, {readonly problem: Problem | ProblemColumns; readonly nodeLimit: number}>
> = {
  'few buffers': {problem: filled(seeded(3), 200, 400, 400), nodeLimit: 90_001},
  'few buffers with gaps and alignments': {
    problem: randomProblem(seeded(4), {buffers: 150, ...shape}),
    nodeLimit: 90_001,
  },
  'more buffers': {problem: scattered(1500, 5), nodeLimit: 300_001},
};

for (const [name, {problem, nodeLimit}] of Object.entries(PROBLEMS)) {
  test(`the plan does not depend on seats: ${name}`, async () => {
    for (const [seed, threads, count] of [
      [1, 1, 1],
      [1, 1, 2],
      [7, 2, 1],
      [7, 1, 3],
    ] as const) {
      const expected = essence(planner.plan(problem, {nodeLimit, seed}));
      await withChannels(new Array(count).fill(undefined), async seats => {
        const plan = await planner.planAsync(problem, {nodeLimit, seed, threads, seats});
        assert.deepEqual(essence(plan), expected, `${threads} threads, ${count} seats`);
      });
    }
  });
}

const hard = filled(seeded(3), 200, 400, 400);
const COUNT = hard.buffers.length;
/** Nodes that reach all subsolvers of `auto`; and an algorithm whose subsolvers all begin at once. */
const LIMIT = {nodeLimit: 90_001};
const QUICK = {algorithm: 'beam', nodeLimit: 40_001} as const;
const expected = essence(planner.plan(hard, LIMIT));

test('seats have work in these tests', async () => {
  await withChannels([undefined, undefined], async seats => {
    await planner.planAsync(hard, {...LIMIT, seats});
    for (const {requests} of seats) assert.ok(requests >= 3, `${requests} requests`);
  });
});

const ACCIDENTS: Readonly<Record<string, (at: number) => Meddle>> = {
  'a seat that is replaced before a request': at => exchange => {
    if (exchange.number === at) exchange.replace();
    return exchange.answer();
  },
  'a seat that dies after a request, whose successor gets it, too': at => async exchange => {
    if (exchange.number === at) {
      await exchange.answer();
      exchange.replace();
    }
    return exchange.answer();
  },
  'a seat that is replaced at every request from then on': at => exchange => {
    if (exchange.number >= at && exchange.number % 2 === 0) exchange.replace();
    return exchange.answer();
  },
  'a request that is delivered twice': at => async exchange => {
    if (exchange.number === at) await exchange.answer();
    return exchange.answer();
  },
  'a channel that breaks': at => exchange =>
    exchange.number >= at ? Promise.reject(new Error('no route')) : exchange.answer(),
  'a seat whose tasks fail': at => exchange =>
    exchange.number >= at
      ? Promise.resolve(packMessage({failure: {name: 'LimitError', message: 'no memory'}}))
      : exchange.answer(),
};

for (const [name, accident] of Object.entries(ACCIDENTS)) {
  test(`the plan is the same after accidents: ${name}`, async () => {
    const random = seeded(name.length);
    for (const at of [0, 1 + random(2)]) {
      await withChannels([accident(at), undefined], async seats => {
        assert.deepEqual(essence(await planner.planAsync(hard, {...LIMIT, seats})), expected, `at ${at}`);
      });
    }
  });
}

type Result = Record<string, unknown>;

/** Changes the first result of a reply that has one. */
function lie(change: (result: Result, all: Result[]) => void): Meddle {
  return async exchange => {
    const reply = unpackMessage(await exchange.answer()) as {results?: Result[]};
    if (reply.results) change(reply.results[0]!, reply.results);
    return packMessage(reply);
  };
}

const LIES: Readonly<Record<string, readonly [meddle: Meddle, refusal: RegExp]>> = {
  'bytes that are no message': [
    async () => Uint8Array.of(1, 2, 3),
    /unreadable reply: the message cannot be read/,
  ],
  'a length beyond the message': [async () => new Uint8Array(8).fill(255), /cut short/],
  'no bytes': [async () => new Uint8Array(0), /cut short/],
  'a text that is no JSON': [async () => Uint8Array.from([1, 0, 0, 0, 123, 0, 0, 0]), /its text is damaged/],
  'an array that it lacks': [
    async () => {
      const message = packMessage({results: [{found: {offsets: new Float64Array(COUNT)}}]});
      return message.subarray(0, 120);
    },
    /array that it lacks/,
  ],
  'a list in place of an object': [async () => packMessage([]), /wrong field reply: expected an object/],
  'no results': [async () => packMessage({}), /wrong field results/],
  'a result too many': [lie((first, all) => all.push(first)), /returned \d+ results for \d+ tasks/],
  'nodes below 0': [lie(result => Object.assign(result, {nodes: -1})), /wrong field result\.nodes/],
  'an end that is none': [lie(result => Object.assign(result, {isDone: 'no'})), /wrong field result\.isDone/],
  'a bound that is none': [
    lie(result => Object.assign(result, {lowerBound: Number.NaN})),
    /wrong field result\.lowerBound/,
  ],
  'a bound above a verified plan': [
    lie(result => Object.assign(result, {lowerBound: 1e15})),
    /claims that no plan is below 1000000000000000 bytes, and a verified one has/,
  ],
  'buffers on top of each other': [
    lie(result => Object.assign(result, {found: {algorithm: 'exact', offsets: new Float64Array(COUNT)}})),
    /made a plan that is none: overlap, buffer \d+ and buffer \d+/,
  ],
  'offsets that are no bytes': [
    lie(result =>
      Object.assign(result, {found: {algorithm: 'exact', offsets: new Float64Array(COUNT).fill(Number.NaN)}}),
    ),
    /made a plan that is none/,
  ],
  'an offset too few': [
    lie(result => Object.assign(result, {found: {algorithm: 'exact', offsets: new Float64Array(COUNT - 1)}})),
    /wrong field result\.found\.offsets: expected 289 entries, and there are 288/,
  ],
  'an algorithm that nobody knows': [
    lie(result => Object.assign(result, {found: {algorithm: '<b>', offsets: new Float64Array(COUNT)}})),
    /wrong field result\.found\.algorithm/,
  ],
  'more tasks executed than it had': [
    async () => packMessage({has: 1e6}),
    /says that it has executed 1000000 tasks/,
  ],
};

for (const [name, [meddle, refusal]] of Object.entries(LIES)) {
  test(`a seat is refused: ${name}`, async () => {
    await withChannels([meddle], async seats => {
      await assert.rejects(planner.planAsync(hard, {...QUICK, seats}), {name: 'HostError', message: refusal});
    });
  });
}

test('a seat that loses its tasks for ever does not keep the solve: they are executed here', async () => {
  await withChannels([async () => packMessage({has: -1})], async seats => {
    assert.deepEqual(essence(await planner.planAsync(hard, {...LIMIT, seats})), expected);
  });
});

test('a proof from elsewhere is named as such, one from here is not', async () => {
  const {lowerBound, peak} = planner.plan(hard, LIMIT);
  assert.ok(lowerBound + 1 < peak, 'the problem leaves room for a false bound');
  const claim = lie(result => Object.assign(result, {lowerBound: lowerBound + 1}));
  await withChannels([claim], async seats => {
    const plan = await planner.planAsync(hard, {...LIMIT, seats});
    assert.equal(plan.lowerBound, lowerBound + 1);
    assert.equal(plan.boundElsewhere, true);
    assert.deepEqual(planner.verify(hard, plan), []);
  });
  await withChannels([undefined], async seats => {
    assert.ok(!('boundElsewhere' in (await planner.planAsync(hard, {...LIMIT, seats}))));
  });
});

test('problems with constraints and with parts: the same plan with seats', async () => {
  const {buffers} = hard;
  const separate: Problem = {
    buffers: buffers.map((buffer, i) => ({...buffer, id: `b${i}`})),
    separate: [['b0', 'b1']],
  };
  const parts: Problem = {buffers: [...buffers, {size: 9, start: 0, end: 9, part: 'other'}]};
  for (const problem of [separate, parts]) {
    const options = {nodeLimit: 120_001};
    await withChannels([undefined, undefined], async seats => {
      const plan = await planner.planAsync(problem, {...options, seats});
      assert.deepEqual(essence(plan), essence(planner.plan(problem, options)));
      assert.ok(seats[0]!.requests > 0, Object.keys(problem).join(' '));
    });
  }
});

test('a seat that never answers does not outlast a time limit, nor an abort', async () => {
  const never: Meddle = () => new Promise(() => {});
  const limited = await withChannels([never], seats => planner.planAsync(hard, {timeLimitMs: 700, seats}));
  assert.deepEqual(planner.verify(hard, limited), []);
  const aborted = await withChannels([never], seats =>
    planner.planAsync(hard, {seats, nodeLimit: 1e12, signal: AbortSignal.timeout(700)}),
  );
  assert.deepEqual(planner.verify(hard, aborted), []);
});

test('opportunistic: nobody waits for a slow seat, and the plan is valid', async () => {
  const slow: Meddle = async ({answer}) => {
    await new Promise(resolve => setTimeout(resolve, 400));
    return answer();
  };
  await withChannels([slow, undefined], async seats => {
    const plan = await planner.planAsync(hard, {seats, opportunistic: true, timeLimitMs: 2000});
    assert.deepEqual(planner.verify(hard, plan), []);
    const [late, quick] = seats.map(({requests}) => requests) as [number, number];
    assert.ok(late >= 1 && quick > 2 * late, `${late} and ${quick} requests`);
  });
});

test('opportunistic: the budget of nodes holds, and more seats have more subsolvers', async () => {
  const nodeLimit = 300_000;
  await withChannels(new Array(8).fill(undefined), async seats => {
    const plan = await planner.planAsync(hard, {seats, opportunistic: true, nodeLimit});
    assert.deepEqual(planner.verify(hard, plan), []);
    assert.ok(plan.nodes <= nodeLimit * 1.1, `${plan.nodes} nodes`);
    for (const [i, {requests}] of seats.entries()) assert.ok(requests > 0, `seat ${i}`);
  });
});

test('opportunistic: a seat that lies is refused, one that is lost is not missed', async () => {
  const [meddle, refusal] = LIES['buffers on top of each other']!;
  await withChannels([meddle], async seats => {
    const planned = planner.planAsync(hard, {seats, opportunistic: true, ...LIMIT});
    await assert.rejects(planned, {name: 'HostError', message: refusal});
  });
  await withChannels([() => Promise.reject(new Error('gone'))], async seats => {
    const plan = await planner.planAsync(hard, {seats, opportunistic: true, ...LIMIT});
    assert.deepEqual(planner.verify(hard, plan), []);
  });
});

test('options of seats are checked', async () => {
  const refused = (options: object, message: RegExp) =>
    assert.rejects(planner.planAsync(hard, options), {name: 'UsageError', message});
  await refused({opportunistic: true}, /options\.opportunistic: expected seats/);
  await refused({seats: 3}, /options\.seats: expected a list/);
  await refused({seats: [{}]}, /options\.seats\[0\]: expected an object with send/);
  await refused({seats: [null]}, /options\.seats\[0\]/);
});

test('the far side refuses what it cannot read, and goes on', async () => {
  let good: Uint8Array | undefined;
  await withChannels(
    [
      exchange => {
        good ??= exchange.request;
        return exchange.answer();
      },
    ],
    seats => planner.planAsync(hard, {...LIMIT, seats}),
  );
  const request = unpackMessage(good!) as {setup: {columns: object}; tasks: object[]};
  const {setup, tasks} = request;
  const withColumns = (columns: object) => ({
    ...request,
    setup: {...setup, columns: {...setup.columns, ...columns}},
  });
  const damaged: Readonly<Record<string, unknown>> = {
    protocol: {...request, protocol: 0},
    'tasks: expected a list': {...request, tasks: 3},
    'task.type': {...request, tasks: [{...tasks[0], type: 'bounds'}]},
    'task.subsolver.kind': {...request, tasks: [{...tasks[0], subsolver: {kind: 'constructor'}}]},
    'task.nodes': {...request, tasks: [{...tasks[0], nodes: 1.5}]},
    'task.offsets: expected 289': {...request, tasks: [{...tasks[0], offsets: new Float64Array(7)}]},
    size: withColumns({size: new Float64Array(COUNT).fill(-5)}),
    'size: expected 289 entries': withColumns({size: new Float64Array(3)}),
    'setup.columns: expected buffers that hold bytes': withColumns({size: new Float64Array(COUNT)}),
    end: withColumns({end: new Uint32Array(COUNT)}),
    gapIndex: withColumns({gapIndex: new Uint32Array(COUNT + 1).fill(9)}),
    'setup.alignment': {...request, setup: {...setup, alignment: 3}},
  };
  const seat = planner.openSeat();
  try {
    for (const [word, message] of Object.entries(damaged)) {
      const {failure} = unpackMessage(await seat.answer(packMessage(message))) as {
        failure?: {message: string};
      };
      assert.ok(failure?.message.includes(word), `${word}: ${JSON.stringify(failure)}`);
    }
    const random = seeded(5);
    for (let i = 0; i < 200; i++) {
      const noise = good!.slice();
      for (let k = 0; k < 4; k++) noise[random(Math.min(noise.length, 900))] = random(256);
      // whatever it takes them for, it answers
      const reply = unpackMessage(await seat.answer(noise.subarray(0, 4 + random(noise.length))));
      assert.ok(typeof reply === 'object');
    }
    const reply = unpackMessage(await seat.answer(good!)) as {results?: unknown[]};
    assert.equal(reply.results?.length, tasks.length);
  } finally {
    seat.close();
  }
});

/** The memoising allocator, rule by rule. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  LimitError,
  loadPlannerSync,
  type Plan,
  type ProblemColumns,
  UsageError,
} from '../../bindings/index.ts';
import {createRuntime, type Runtime, runtimeOver} from '../../bindings/runtime.ts';

const planner = loadPlannerSync();
const MIB = 1 << 20;

/** Runs an iteration of `[operation, bytes, freed after so many further allocations]`. @returns addresses */
function iterate(
  runtime: Runtime,
  allocations: readonly (readonly [string, number, number])[],
  signature = '',
): number[] {
  runtime.begin(signature);
  const addresses: number[] = [];
  for (const [i, [operation, bytes]] of allocations.entries()) {
    addresses.push(runtime.malloc(runtime.key(operation), bytes));
    for (const [j, [, , until]] of allocations.entries()) {
      if (j + until === i) assert.ok(runtime.free(addresses[j]!));
    }
  }
  for (const [j, [, , until]] of allocations.entries()) {
    if (j + until >= allocations.length) assert.ok(runtime.free(addresses[j]!));
  }
  runtime.end();
  return addresses;
}

const CHAIN = [
  ['a', 4096, 1],
  ['b', 2048, 1],
  ['c', 4096, 1],
  ['d', 1000, 1],
] as const;

test('an iteration is recorded, planned, and served the same way ever after', () => {
  const runtime = createRuntime({bytes: MIB, planner});
  const recorded = iterate(runtime, CHAIN);
  const first = iterate(runtime, CHAIN);
  for (let i = 0; i < 5; i++) assert.deepEqual(iterate(runtime, CHAIN), first);
  assert.notDeepEqual(recorded, first);
  const {served, unplanned, peak, plans, live} = runtime.statistics;
  assert.deepEqual(
    {served, unplanned, peak, plans, live},
    {served: 24, unplanned: 4, peak: 6144, plans: 1, live: 0},
  );
  assert.equal(first[0], first[2], 'a and c share bytes');
});

test('overlapping blocks are never live together, however late one is freed', () => {
  const runtime = createRuntime({
    bytes: MIB,
    planner: {plan: (problem, options) => planner.plan(problem, options)},
  });
  iterate(runtime, CHAIN);
  const [first] = iterate(runtime, CHAIN);
  runtime.begin();
  const [a, b, c, d] = CHAIN.map(([operation, bytes]) => {
    const address = runtime.malloc(runtime.key(operation), bytes);
    runtime.view(address, bytes).fill(bytes & 255 || 7);
    return address;
  });
  assert.equal(a, first);
  assert.notEqual(c, a);
  assert.ok(runtime.view(a!, 4096).every(byte => byte === 7));
  for (const address of [c, d, b, a]) assert.ok(runtime.free(address!));
  runtime.end();
  assert.ok(runtime.statistics.blocked >= 1);
  for (let i = 0; i < 8; i++) iterate(runtime, CHAIN);
  const before = runtime.statistics;
  iterate(runtime, CHAIN);
  assert.equal(runtime.statistics.served, before.served + 4);
});

test('larger, unknown and extra ones come from the general allocator; smaller ones are served', () => {
  const runtime = createRuntime({bytes: MIB});
  iterate(runtime, CHAIN);
  runtime.plan(planner);
  const planned = iterate(runtime, CHAIN);
  const [a] = iterate(runtime, [
    ['a', 10, 1],
    ['b', 2049, 1],
    ['x', 64, 1],
    ['c', 4096, 1],
    ['c', 4096, 1],
    ['d', 0, 1],
  ]);
  assert.equal(a, planned[0]);
  const {served, larger, unknown, extra, missing} = runtime.statistics;
  assert.deepEqual(
    {served, larger, unknown, extra, missing},
    {served: 7, larger: 1, unknown: 1, extra: 1, missing: 0},
  );
});

test('two layers of one shape have different keys, and allocations of others do not disturb them', () => {
  const runtime = createRuntime({bytes: MIB});
  assert.notEqual(runtime.key('layer1/conv'), runtime.key('layer2/conv'));
  assert.notEqual(runtime.key('conv', 'output'), runtime.key('conv', 'workspace'));
  iterate(runtime, CHAIN);
  runtime.plan(planner);
  const planned = iterate(runtime, CHAIN);
  const disturbed = iterate(
    runtime,
    CHAIN.flatMap(row => [['log', 64, 1], row] as const),
  );
  assert.deepEqual(
    disturbed.filter((_, i) => i % 2 === 1),
    planned,
  );
});

test('several allocations of one operation are served in the order in which they were recorded', () => {
  const runtime = createRuntime({bytes: MIB, planner});
  const conv = [
    ['conv', 128, 9],
    ['conv', 4096, 9],
    ['conv', 64, 9],
  ] as const;
  iterate(runtime, conv);
  iterate(runtime, conv);
  assert.equal(runtime.statistics.served, 3);
});

test('in the mode of the sequence, the place in it is the identity', () => {
  const runtime = createRuntime({bytes: MIB, planner, identity: 'sequence'});
  iterate(runtime, CHAIN);
  const planned = iterate(runtime, CHAIN);
  assert.deepEqual(
    iterate(
      runtime,
      CHAIN.map(([, bytes, until], i) => [`other ${i}`, bytes, until] as const),
    ),
    planned,
  );
});

test('a missing allocation, and an order that changed, cost the plan those alone', () => {
  const runtime = createRuntime({bytes: MIB});
  iterate(runtime, CHAIN);
  runtime.plan(planner);
  const planned = iterate(runtime, CHAIN);
  assert.deepEqual(iterate(runtime, CHAIN.slice(1)), planned.slice(1));
  assert.equal(runtime.statistics.missing, 1);
  iterate(runtime, [CHAIN[1], CHAIN[0], CHAIN[2], CHAIN[3]]);
  assert.deepEqual([runtime.statistics.missing, runtime.statistics.extra], [2, 1]);
});

test('an early call of a far operation does not cost all that is between', () => {
  const rows = Array.from({length: 100}, (_, i) => [`op${i}`, 64, 1] as const);
  const runtime = createRuntime({bytes: MIB});
  iterate(runtime, rows);
  runtime.plan(planner);
  iterate(runtime, [rows[90]!, ...rows]);
  assert.deepEqual([runtime.statistics.served, runtime.statistics.missing], [100, 0]);
  iterate(runtime, rows.slice(80)); // but eighty that are not asked for are passed at the second one's word
  assert.deepEqual([runtime.statistics.served, runtime.statistics.missing], [119, 81]);
});

test('interrupted, nothing is of the plan, and the iteration goes on where it was', () => {
  const runtime = createRuntime({bytes: MIB});
  iterate(runtime, CHAIN);
  runtime.plan(planner);
  const planned = iterate(runtime, CHAIN);
  runtime.begin();
  const a = runtime.malloc(runtime.key('a'), 4096);
  runtime.interrupt();
  const other = runtime.malloc(runtime.key('b'), 2048);
  runtime.resume();
  const b = runtime.malloc(runtime.key('b'), 2048);
  assert.deepEqual([a, b], planned.slice(0, 2));
  assert.ok(!planned.includes(other));
  for (const address of [a, other, b]) assert.ok(runtime.free(address));
  runtime.end();
  assert.equal(runtime.statistics.unplanned, 5);
});

test('resumed without an interrupt, no block is handed out a second time', () => {
  const runtime = createRuntime({bytes: MIB});
  iterate(runtime, CHAIN);
  runtime.plan(planner);
  runtime.begin();
  const a = runtime.malloc(runtime.key('a'), 4096);
  runtime.resume();
  const other = runtime.malloc(runtime.key('a'), 4096);
  assert.notEqual(other, a);
  for (const address of [a, other]) assert.ok(runtime.free(address));
  runtime.end();
});

test('a double free changes nothing, and is counted', () => {
  const runtime = createRuntime({bytes: MIB, planner});
  for (let i = 0; i < 2; i++) {
    runtime.begin();
    const a = runtime.malloc(1, 100);
    const b = runtime.malloc(2, 100);
    assert.ok(runtime.free(a));
    assert.ok(!runtime.free(a));
    assert.ok(!runtime.free(b + 64));
    assert.ok(runtime.free(b));
    runtime.end();
  }
  assert.equal(runtime.statistics.strays, 4);
  assert.equal(runtime.statistics.live, 0);
});

test('addresses that no block can have are refused, whatever state the place beside them is in', () => {
  const runtime = createRuntime({bytes: MIB, planner});
  iterate(runtime, CHAIN);
  for (const state of ['live', 'viewed', 'dead'] as const) {
    runtime.begin();
    const a = runtime.malloc(runtime.key('a'), 4096);
    if (state === 'viewed') assert.ok(runtime.retain(a));
    if (state === 'dead') assert.ok(runtime.free(a));
    for (const stray of [a + 1, a + 15, a + 64, 0, 1, 0xffffffff, 0xfffffff1]) {
      assert.ok(!runtime.free(stray), `${stray} beside a place that is ${state}`);
    }
    assert.equal(runtime.statistics.live, state === 'dead' ? 0 : 1);
    for (let i = 0; i < {live: 1, viewed: 2, dead: 0}[state]; i++) assert.ok(runtime.free(a));
    assert.ok(!runtime.free(a));
    runtime.end();
  }
});

test('lengths that vary are planned less and less often, and at last not any more', () => {
  const runtime = createRuntime({bytes: 16 * MIB, planner});
  const plansAfter: number[] = [];
  for (let i = 0; i < 300; i++) {
    const length = 3 + ((i * 7919) % 23);
    iterate(
      runtime,
      Array.from({length}, (_, step) => [`cell${step}`, 256 * (1 + ((i * 31 + step) % 5)), 2] as const),
    );
    plansAfter.push(runtime.statistics.plans);
  }
  const {plans} = runtime.statistics;
  assert.ok(plans > 1 && plans < 40, `${plans} plans`);
  assert.equal(plansAfter[149], plans, 'it was still planned in the second half');
  const before = runtime.statistics;
  iterate(
    runtime,
    Array.from({length: 25}, (_, step) => [`cell${step}`, 1280, 2] as const),
  );
  assert.equal(runtime.statistics.served, before.served + 25);
});

test('iterations of another signature have a plan of their own', () => {
  const runtime = createRuntime({bytes: MIB, planner});
  const wide = CHAIN.map(([operation, bytes, until]) => [operation, bytes * 8, until] as const);
  for (let i = 0; i < 6; i++) {
    iterate(runtime, CHAIN, 'batch 1');
    iterate(runtime, wide, 'batch 8');
  }
  const {served, plans, larger, unplanned} = runtime.statistics;
  assert.deepEqual({served, plans, larger, unplanned}, {served: 40, plans: 2, larger: 0, unplanned: 8});
});

/** A step whose blocks cross its border: `kept` until after its next instance is there, `late` until before. */
function train(runtime: Runtime, steps: number): void {
  let kept = 0;
  let late = 0;
  for (let step = 0; step < steps; step++) {
    runtime.begin();
    const a = runtime.malloc(runtime.key('a'), 512);
    if (late) assert.ok(runtime.free(late));
    const next = runtime.malloc(runtime.key('kept'), 1024);
    runtime.view(next, 1024).fill(step);
    if (kept) {
      assert.ok(runtime.view(kept, 1024).every(byte => byte === ((step - 1) & 255)));
      assert.ok(runtime.free(kept));
    }
    kept = next;
    assert.ok(runtime.free(a));
    late = runtime.malloc(runtime.key('late'), 2048);
    runtime.end();
  }
}

test('blocks that outlive their iteration are served step after step', () => {
  const runtime = createRuntime({bytes: MIB, planner});
  train(runtime, 50);
  const {served, unmanaged, blocked, unplanned, peak} = runtime.statistics;
  assert.deepEqual({unmanaged, blocked}, {unmanaged: 0, blocked: 0});
  assert.equal(served + unplanned, 150);
  assert.ok(served >= 140, `${served} served`);
  assert.ok(peak >= 4096, 'two of `kept` live side by side');
});

test('blocks that are never freed go to the general allocator', () => {
  const runtime = createRuntime({bytes: MIB, planner});
  for (let step = 0; step < 8; step++) {
    runtime.begin();
    if (step === 0) for (let i = 0; i < 3; i++) runtime.malloc(runtime.key(`weight${i}`), 64);
    const a = runtime.malloc(runtime.key('a'), 512);
    runtime.free(a);
    runtime.end();
  }
  assert.equal(runtime.statistics.live, 3);
  assert.ok(runtime.statistics.served >= 4);
});

test('a plan that 32-bit memory cannot hold is refused with that reason', () => {
  const runtime = createRuntime({bytes: MIB});
  iterate(runtime, CHAIN);
  const huge = (problem: ProblemColumns): Plan => ({
    ...planner.plan(problem),
    offsets: Float64Array.from({length: problem.count}, (_, i) => i * 2 ** 31),
    peak: 2 ** 33,
  });
  assert.throws(
    () => runtime.plan({plan: problem => huge(problem as ProblemColumns)}),
    (error: Error) => {
      assert.ok(error instanceof LimitError);
      assert.match(error.message, /8589934592 bytes; 32-bit WebAssembly addresses/);
      return true;
    },
  );
  assert.throws(() => createRuntime({bytes: 2 ** 33}), LimitError);
  assert.throws(() => runtime.malloc(1, 2 ** 32), LimitError);
  assert.throws(() => runtime.malloc(1, 2 * MIB), LimitError);
});

test('plans are saved and served from; damaged and stale ones are refused', () => {
  const runtime = createRuntime({bytes: MIB, planner});
  iterate(runtime, CHAIN);
  const planned = iterate(runtime, CHAIN);
  const text = runtime.save();
  const other = createRuntime({bytes: MIB});
  other.load(text, runtime.fingerprint);
  const served = iterate(other, CHAIN);
  assert.deepEqual(
    served.map(address => address - served[1]!),
    planned.map(address => address - planned[1]!),
  );
  assert.equal(other.statistics.unplanned, 0);
  assert.equal(other.fingerprint, runtime.fingerprint);
  const stale = (message: RegExp, call: () => void) =>
    assert.throws(call, (error: Error) => error instanceof UsageError && message.test(error.message));
  stale(/hash/, () => other.load(text.replace('4096', '4097')));
  stale(/version 1, got 2/, () => other.load(text.replace('"version":1', '"version":2')));
  stale(/JSON/, () => other.load(text.slice(0, -9)));
  stale(/stale: made for alignment 64, not 256/, () =>
    createRuntime({bytes: MIB, alignment: 256}).load(text),
  );
  const changed = createRuntime({bytes: MIB, planner});
  iterate(
    changed,
    CHAIN.map(([operation, bytes, until]) => [operation, bytes + 1, until] as const),
  );
  stale(/stale: made for/, () => other.load(text, changed.fingerprint));
});

/** Another module's heap, whose bytes nobody here may touch. */
class Foreign {
  readonly held = new Map<number, number>();
  #next = 4096;

  malloc(bytes: number): number {
    const address = this.#next;
    this.#next += bytes + 16;
    this.held.set(address, bytes);
    return address;
  }

  free(address: number): void {
    assert.ok(this.held.delete(address), 'freed by the wrong allocator');
  }
}

test('over a foreign heap, addresses come from one block of it, and all else from its own malloc', () => {
  const heap = new Foreign();
  const runtime = runtimeOver(heap, {planner, alignment: 16});
  iterate(runtime, CHAIN);
  const planned = iterate(runtime, CHAIN);
  assert.deepEqual(iterate(runtime, CHAIN), planned);
  assert.deepEqual([...heap.held.values()], [6144 + 16], 'one arena and no more');
  const [arena] = heap.held.keys();
  assert.ok(planned.every(address => address % 16 === 0 && address >= arena! && address < arena! + 6160));
  iterate(runtime, [...CHAIN, ['x', 100, 1]]);
  assert.equal(runtime.statistics.unknown, 1);
  for (let i = 0; i < 9; i++) iterate(runtime, [...CHAIN, ['x', 100, 1]]);
  assert.equal(runtime.statistics.plans, 2);
  assert.equal(heap.held.size, 1, 'the arena of the first plan was given back');
});

test('over a foreign heap, the arena can be in a given part', () => {
  const heap = Object.assign(new Foreign(), {base: 1000, length: 8000});
  const runtime = runtimeOver(heap, {planner});
  iterate(runtime, CHAIN);
  assert.ok(iterate(runtime, CHAIN).every(address => address >= 1024 && address % 64 === 0));
  const narrow = runtimeOver(Object.assign(new Foreign(), {base: 1000, length: 6000}), {planner});
  assert.throws(() => iterate(narrow, CHAIN), LimitError);
});

test('canaries detect writes behind a block', () => {
  const runtime = createRuntime({bytes: MIB, planner, canaries: true});
  for (const state of ['recorded', 'served']) {
    runtime.begin();
    const a = runtime.malloc(1, 100);
    runtime.malloc(2, 100);
    assert.equal(runtime.check(), 0, state);
    new Uint8Array(runtime.buffer)[a + 100]! ^= 1;
    assert.equal(runtime.check(), 1, state);
    runtime.free(a);
    runtime.end();
  }
  assert.equal(runtime.statistics.broken, 2);
});

test('poison is in new blocks and dead ones', () => {
  const runtime = createRuntime({bytes: MIB, planner, poison: true});
  for (let i = 0; i < 3; i++) {
    runtime.begin();
    const a = runtime.malloc(1, 100);
    const bytes = runtime.view(a, 100);
    assert.ok(bytes.every(byte => byte === 0xa5));
    runtime.free(a);
    if (i > 0) assert.ok(bytes.every(byte => byte === 0xdf));
    assert.throws(() => runtime.view(a, 100), UsageError);
    runtime.end();
  }
});

test('in an arena that two plans share, one does not begin while a block of the other is live', () => {
  const heap = Object.assign(new Foreign(), {base: 1024, length: 8192});
  const runtime = runtimeOver(heap, {planner});
  for (let i = 0; i < 2; i++) for (const signature of ['one', 'two']) iterate(runtime, CHAIN, signature);
  runtime.begin('one');
  const held = runtime.malloc(runtime.key('a'), 4096);
  runtime.end();
  assert.ok(held < 1024 + 8192, 'it was served from the arena');
  for (const address of iterate(runtime, CHAIN, 'two'))
    assert.ok(address >= held + 4096 || address + 4096 <= held);
  assert.equal(runtime.statistics.bypassed, 1);
  assert.ok(runtime.free(held));
  iterate(runtime, CHAIN, 'two');
  assert.equal(runtime.statistics.bypassed, 1);
});

/** An iteration over a foreign heap whose last block outlives it. */
function iterateKeeping(runtime: Runtime, signature: string, bytes = 4096): number {
  runtime.begin(signature);
  const [a, b] = ['a', 'b'].map(operation => runtime.malloc(runtime.key(operation), bytes));
  const result = runtime.malloc(runtime.key('result'), 64);
  for (const address of [a!, b!]) assert.ok(runtime.free(address));
  runtime.end();
  return result;
}

test('a block of an earlier recording, freed during a later one, ends no row of that', () => {
  const runtime = runtimeOver(new Foreign(), {carries: false});
  const held = iterateKeeping(runtime, 'first');
  iterateKeeping(runtime, 'first');
  runtime.plan(planner);
  iterateKeeping(runtime, 'first'); // served, so that the recording ends
  runtime.begin('second');
  const [a, b] = ['a', 'b'].map(operation => runtime.malloc(runtime.key(operation), 4096));
  runtime.malloc(runtime.key('result'), 4096);
  assert.ok(runtime.free(held)); // the third row of its recording, as the result is of this one
  for (const address of [a!, b!]) assert.ok(runtime.free(address));
  runtime.end();
  assert.deepEqual(runtime.wanting, [], 'the result is alive: only another iteration shows the repetition');
});

test('blocks that outlive their iteration go to the general allocator where they are not to be carried', () => {
  const heap = new Foreign();
  const runtime = runtimeOver(heap, {planner, carries: false});
  let before = 0;
  for (let i = 0; i < 10; i++) {
    const result = iterateKeeping(runtime, '');
    assert.equal(heap.held.get(result), 64);
    if (before !== 0) runtime.free(before); // after the next one was made
    before = result;
  }
  const {served, unmanaged, blocked, live, plans, peak} = runtime.statistics;
  assert.deepEqual(
    {served, unmanaged, blocked, live, plans, peak},
    {served: 16, unmanaged: 8, blocked: 0, live: 0, plans: 1, peak: 8192},
  );
});

test('signatures that take turns, and leave blocks behind, are planned after two iterations of each', () => {
  const runtime = runtimeOver(new Foreign(), {planner, carries: false});
  const turns = (count: number) => {
    for (let i = 0; i < count; i++) iterateKeeping(runtime, ['one', 'two', 'three'][i % 3]!);
  };
  turns(6);
  assert.deepEqual(runtime.signatures, ['one', 'two', 'three']);
  turns(6);
  assert.deepEqual([runtime.statistics.served, runtime.statistics.unplanned], [12, 18]);
});

test('plans that carry nothing share one arena of a foreign heap, and all move to a larger one', () => {
  const heap = new Foreign();
  const runtime = runtimeOver(heap, {planner, carries: false});
  const results: number[] = [];
  for (const [signature, bytes] of [
    ['small', 1024],
    ['large', 8192],
    ['middle', 4096],
  ] as const) {
    for (let i = 0; i < 3; i++) results.push(iterateKeeping(runtime, signature, bytes));
  }
  for (const result of results) runtime.free(result);
  const {served, plans, peak} = runtime.statistics;
  assert.deepEqual({served, plans, peak}, {served: 6, plans: 3, peak: 16384});
  assert.deepEqual([...heap.held.values()], [16384 + 64]);
  runtime.free(iterateKeeping(runtime, 'small', 1024));
  assert.equal(runtime.statistics.served, 8);
  assert.deepEqual(runtime.signatures, ['small', 'large', 'middle']);
});

test('a forgotten plan returns its memory, as soon as it is empty', () => {
  const heap = new Foreign();
  const runtime = runtimeOver(heap, {planner});
  iterate(runtime, CHAIN, 'one');
  iterate(runtime, CHAIN, 'two');
  assert.equal(heap.held.size, 2);
  runtime.forget('one');
  assert.equal(heap.held.size, 1);
  assert.deepEqual(runtime.signatures, ['two']);
  runtime.begin('two');
  const kept = runtime.malloc(runtime.key('a'), 4096);
  runtime.end();
  runtime.forget();
  runtime.collect();
  assert.equal(heap.held.size, 1, 'a block in it is live');
  assert.ok(runtime.free(kept));
  runtime.collect();
  assert.equal(heap.held.size, 0);
  iterate(runtime, CHAIN, 'two');
  assert.equal(runtime.statistics.unplanned, 3 * CHAIN.length, 'it is recorded anew');
});

test('nothing is learned of an iteration that ends by an error', () => {
  const runtime = createRuntime({bytes: MIB, planner});
  for (let i = 0; i < 3; i++) {
    runtime.begin();
    runtime.free(runtime.malloc(runtime.key('a'), 4096));
    runtime.cancel();
  }
  assert.deepEqual([runtime.statistics.plans, runtime.wanting], [0, []]);
  iterate(runtime, CHAIN);
  const planned = iterate(runtime, CHAIN);
  runtime.begin();
  runtime.free(runtime.malloc(runtime.key('a'), 4096));
  runtime.cancel();
  assert.deepEqual(iterate(runtime, CHAIN), planned);
  assert.equal(runtime.statistics.plans, 1);
});

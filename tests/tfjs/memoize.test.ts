/** Effects of a memoised model on its surroundings, and theirs on it. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Tensor} from '@tensorflow/tfjs-core';
import {
  LimitError,
  loadPlannerSync,
  type Plan,
  type ProblemColumns,
  UsageError,
} from '../../bindings/index.ts';
import {type MemoizeOptions, memoize} from '../../bindings/tfjs.ts';
import {observe, walkHeap} from './heap.ts';
import {loadLibraries} from './libraries.ts';
import {lstm, mobileNet, type Network, randomTensor, resNet, transformer} from './networks.ts';

const libraries = await loadLibraries();
const {tf, tfl, module} = libraries;
const planner = loadPlannerSync();
const options: MemoizeOptions = {tf, planner};
/** Below everything that the tests allocate; both functions are then the real ones. */
module._free(module._malloc(8));
const first = module._malloc(8);
const stubs = {_malloc: module._malloc, _free: module._free};

const bits = (tensor: Tensor) => Buffer.from(tensor.dataSync().slice().buffer).toString('hex');

/** The bits of what a network computes of an input, unplanned; nothing is left of it. */
function expectedOf(network: Network, examples: number, seed: number): string {
  return tf.tidy(() => bits(network.run(network.input(examples, seed))));
}

function check(network: Network, run: Network['run'], examples: number, seed: number): void {
  const input = network.input(examples, seed);
  const output = run(input);
  assert.equal(bits(output), expectedOf(network, examples, seed), `${examples} examples, seed ${seed}`);
  tf.dispose([input, output]);
}

test('disposal gives everything back: tensors, bytes of the heap, its functions', () => {
  const network = resNet(libraries);
  expectedOf(network, 3, 1); // whatever the kernels keep, they have after a first call
  expectedOf(network, 1, 1);
  const before = {memory: tf.memory(), heap: walkHeap(module, first).used};
  const {runKernel} = tf.engine();
  const memoized = memoize(network.run, options);
  assert.notEqual(module._malloc, stubs._malloc);
  const run = memoized.predict.bind(memoized);
  for (let seed = 0; seed < 4; seed++) {
    check(network, run, 1, seed);
    check(network, run, 3, seed);
  }
  assert.ok(memoized.statistics.served > 0);
  const taken = walkHeap(module, first).used - before.heap;
  const {peak} = memoized.statistics;
  assert.ok(taken >= peak && taken < peak + 64, `${taken} bytes: all plans share one block of ${peak}`);
  assert.equal(tf.engine().runKernel, runKernel);
  memoized.dispose();
  memoized.dispose();
  assert.deepEqual({memory: tf.memory(), heap: walkHeap(module, first).used}, before);
  assert.deepEqual([module._malloc, module._free], [stubs._malloc, stubs._free]);
  assert.throws(() => run(network.input(1, 1)), UsageError);
  network.dispose();
});

test('outputs that the user keeps are theirs: no later call changes them, and they outlive the plan', () => {
  const network = mobileNet(libraries);
  const memoized = memoize(network.run, {...options, poison: true});
  const kept = Array.from({length: 8}, (_, seed) => {
    const input = network.input(1, seed);
    const output = memoized.predict(input);
    input.dispose();
    return output;
  });
  assert.ok(memoized.statistics.served > 0);
  memoized.dispose();
  for (const [seed, output] of kept.entries()) assert.equal(bits(output), expectedOf(network, 1, seed));
  tf.dispose(kept);
  network.dispose();
});

test('other shapes run unplanned, and have plans of their own; those not used for longest go', () => {
  const network = transformer(libraries);
  const memoized = memoize(network.run, {...options, maxPlans: 2});
  const run = memoized.predict.bind(memoized);
  for (const examples of [1, 1, 1, 2, 1, 2, 2, 2]) check(network, run, examples, examples);
  const {plans, signatures, served} = memoized.statistics;
  assert.deepEqual([plans, signatures.map(({isPlanned}) => isPlanned)], [2, [true, true]]);
  check(network, run, 3, 1);
  assert.deepEqual(
    memoized.statistics.signatures.map(({signature, calls}) => [signature, calls]),
    [
      ['float32[2,16,32]', 4],
      ['float32[3,16,32]', 1],
    ],
  );
  for (let seed = 0; seed < 3; seed++) check(network, run, 2, seed);
  assert.ok(memoized.statistics.served > served);
  const before = memoized.statistics;
  check(network, run, 1, 1);
  assert.equal(memoized.statistics.served, before.served, 'one example was forgotten');
  memoized.dispose();
  network.dispose();
});

test('other code on the same backend stays correct, and so does the model', () => {
  const [first, second] = [resNet(libraries), lstm(libraries)] as const;
  const [one, two] = [memoize(first.run, options), memoize(second.run, options)];
  const others: {tensor: Tensor; expected: string}[] = [];
  for (let seed = 0; seed < 12; seed++) {
    const tensor = randomTensor(tf, [1 + ((seed * 37) % 50), 33], seed);
    others.push({tensor, expected: bits(tensor)});
    check(first, one.predict.bind(one), 1 + (seed % 2), seed);
    others.push({tensor: tf.square(tensor), expected: tf.tidy(() => bits(tf.square(tensor)))});
    check(second, two.predict.bind(two), 1, seed);
    check(second, second.run, 1, seed);
    if (seed % 3 === 0) others.splice(0, 1)[0]!.tensor.dispose();
  }
  for (const {tensor, expected} of others) {
    assert.equal(bits(tensor), expected);
    tensor.dispose();
  }
  for (const {statistics} of [one, two]) {
    assert.equal(statistics.missed, 0);
    assert.ok(statistics.served > 0);
  }
  one.dispose(); // the other one's blocks are still known
  for (let seed = 0; seed < 3; seed++) check(second, two.predict.bind(two), 1, seed);
  two.dispose();
  assert.deepEqual([module._malloc, module._free], [stubs._malloc, stubs._free]);
  first.dispose();
  second.dispose();
});

test('a memoised model within another is part of its plan', () => {
  const network = lstm(libraries);
  const inner = memoize(network.run, options);
  const outer = memoize((x: Tensor) => tf.relu(inner.predict(x)), options);
  for (let seed = 0; seed < 5; seed++) {
    const input = network.input(1, seed);
    const output = outer.predict(input);
    assert.equal(
      bits(output),
      tf.tidy(() => bits(tf.relu(network.run(input)))),
    );
    tf.dispose([input, output]);
  }
  assert.deepEqual([inner.statistics.nested, inner.statistics.served], [5, 0]);
  assert.ok(outer.statistics.served > 0 && outer.statistics.missed === 0);
  outer.dispose();
  inner.dispose();
  network.dispose();
});

test('an error in the model is the caller’s, and leaves nothing behind', () => {
  const network = lstm(libraries);
  let calls = 0;
  const memoized = memoize((x: Tensor) => {
    const y = tf.square(tf.square(x));
    if (calls++ % 3 === 0) throw new RangeError(`call ${calls}`);
    return network.run(tf.sub(y, x));
  }, options);
  const input = network.input(1, 1);
  const before = tf.memory();
  const seen: string[] = [];
  for (let i = 0; i < 15; i++) {
    if (i % 3 === 0) assert.throws(() => memoized.predict(input), RangeError);
    else seen.push(tf.tidy(() => bits(memoized.predict(input))));
    assert.deepEqual(tf.memory(), before);
  }
  assert.equal(new Set(seen).size, 1);
  const {plans, missed, unplanned, served} = memoized.statistics;
  assert.deepEqual([plans, missed], [1, 0]);
  assert.ok(served > unplanned);
  memoized.dispose();
  network.dispose();
});

test('results are read later, by promises, whatever runs in the meantime', async () => {
  const network = transformer(libraries);
  const memoized = memoize(network.run, {...options, poison: true});
  const inputs = Array.from({length: 6}, (_, seed) => network.input(1, seed));
  const outputs = inputs.map(input => memoized.predict(input));
  const read = await Promise.all(outputs.map(output => output.data()));
  for (const [seed, values] of read.entries()) {
    assert.equal(Buffer.from(values.slice().buffer).toString('hex'), expectedOf(network, 1, seed));
  }
  tf.dispose([inputs, outputs]);
  memoized.dispose();
  network.dispose();
});

test('a tensor that is suddenly kept stays as it is, and from the next plan on is left to the heap', () => {
  const kept: Tensor[] = [];
  let keeps = false;
  const memoized = memoize(
    (x: Tensor) => {
      const y = tf.square(x);
      if (keeps) kept.push(tf.keep(y));
      const z = tf.tidy(() => tf.add(y, tf.add(y, 1)));
      if (!keeps) y.dispose();
      const square = tf.square(z);
      z.dispose();
      return tf.add(square, tf.add(x, 2));
    },
    {...options, poison: true},
  );
  const input = randomTensor(tf, [64], 7);
  const run = () => tf.tidy(() => bits(memoized.predict(input)));
  const expected = run();
  for (let i = 0; i < 4; i++) assert.equal(run(), expected);
  assert.equal(memoized.statistics.missed, 0);
  keeps = true;
  for (let i = 0; i < 12; i++) assert.equal(run(), expected);
  const square = tf.tidy(() => bits(tf.square(input)));
  for (const tensor of kept) assert.equal(bits(tensor), square);
  const {missed, plans} = memoized.statistics;
  assert.ok(missed > 0 && plans > 1, `${missed} missed, ${plans} plans`);
  for (let i = 0; i < 4; i++) assert.equal(run(), expected);
  assert.equal(memoized.statistics.missed, missed, 'it has learned');
  const heap = walkHeap(module, first).used;
  memoized.dispose(); // one kept tensor may lie in the block, which then stays until that is disposed of
  for (const tensor of kept) assert.equal(bits(tensor), square);
  tf.dispose(kept);
  assert.ok(walkHeap(module, first).used < heap);
  assert.equal(module._malloc, stubs._malloc, 'with the last tensor, the tap goes');
  input.dispose();
});

test('saved plans serve from the first call on; those of another setting are refused', () => {
  const network = resNet(libraries);
  const memoized = memoize(network.run, options);
  for (let seed = 0; seed < 3; seed++) check(network, memoized.predict.bind(memoized), 1, seed);
  const plans = memoized.save();
  memoized.dispose();
  const loaded = memoize(network.run, {...options, plans});
  check(network, loaded.predict.bind(loaded), 1, 5);
  const {unplanned, missed, served} = loaded.statistics;
  assert.deepEqual([unplanned, missed], [0, 0]);
  assert.ok(served > 0);
  loaded.dispose();
  assert.throws(
    () => memoize(network.run, {...options, plans, alignment: 64}),
    /stale: made for alignment 16/,
  );
  assert.throws(() => memoize(network.run, {...options, plans: plans.slice(9)}), UsageError);
  assert.equal(module._malloc, stubs._malloc);
  network.dispose();
});

test('plans of another model cost misses, never a bit', () => {
  const [small, large] = [resNet(libraries), resNet(libraries, 32, 16)];
  const memoized = memoize(small.run, options);
  for (let seed = 0; seed < 3; seed++) check(small, memoized.predict.bind(memoized), 1, seed);
  const other = memoize(large.run, {...options, plans: memoized.save(), poison: true});
  for (let seed = 0; seed < 5; seed++) check(large, other.predict.bind(other), 1, seed);
  assert.ok(other.statistics.missed > 0);
  memoized.dispose();
  other.dispose();
  small.dispose();
  large.dispose();
});

test('where there is no memory for a plan, the model runs without, and says so', () => {
  const network = lstm(libraries);
  const huge = (problem: ProblemColumns): Plan => ({...planner.plan(problem), peak: 2 ** 33});
  const memoized = memoize(network.run, {
    ...options,
    planner: {plan: problem => huge(problem as ProblemColumns)},
  });
  for (let seed = 0; seed < 5; seed++) check(network, memoized.predict.bind(memoized), 1, seed);
  const {served, plans, signatures} = memoized.statistics;
  assert.deepEqual([served, plans], [0, 0]);
  assert.match(signatures[0]!.refused!, /8589934592 bytes/);
  memoized.dispose();
  network.dispose();
});

test('calls of more tensors than there are tables for run without a plan, and say so', () => {
  const chain = (x: Tensor) => {
    let y = x.clone();
    for (let i = 0; i < 3000; i++) {
      const next = tf.add(y, 1);
      y.dispose();
      y = next;
    }
    return y;
  };
  const refusals: (string | undefined)[] = [];
  for (const tableBytes of [1 << 18, 1 << 19, 1 << 22]) {
    const memoized = memoize(chain, {...options, tableBytes});
    for (let i = 0; i < 4; i++)
      assert.deepEqual([...tf.tidy(() => memoized.predict(tf.zeros([2])).dataSync())], [3000, 3000]);
    refusals.push(memoized.statistics.signatures[0]!.refused);
    memoized.dispose();
  }
  assert.match(refusals[0]!, /no memory to record a call of so many tensors: options\.tableBytes/);
  assert.match(refusals[1]!, /no memory for a plan of \d+ bytes and its tables/);
  assert.equal(refusals[2], undefined);
});

test('an error of the planner is the caller’s, and no tensor is lost', () => {
  const network = lstm(libraries);
  const input = network.input(1, 1);
  const before = tf.memory().numTensors;
  const memoized = memoize(network.run, {...options, planOptions: {algorithm: 'none' as 'auto'}});
  memoized.predict(input).dispose();
  assert.throws(() => memoized.predict(input), /algorithm/);
  assert.equal(tf.memory().numTensors, before);
  memoized.dispose();
  network.dispose();
});

test('layers models, several inputs and outputs, and further arguments', () => {
  const a = tfl.input({shape: [4]});
  const b = tfl.input({shape: [4]});
  const sum = tfl.layers.add().apply([a, b]) as ReturnType<typeof tfl.input>;
  const outputs = [sum, tfl.layers.activation({activation: 'tanh'}).apply(sum) as typeof sum];
  const model = tfl.model({inputs: [a, b], outputs});
  const memoized = memoize(model, {...options, verbose: true});
  const inputs = [randomTensor(tf, [6, 4], 1), randomTensor(tf, [6, 4], 2)];
  const run = (predict: typeof model.predict, batchSize: number) =>
    tf.tidy(() => (predict.call(model, inputs, {batchSize}) as Tensor[]).map(bits));
  for (let i = 0; i < 4; i++) {
    for (const batchSize of [2, 6]) {
      assert.deepEqual(run(memoized.predict.bind(memoized), batchSize), run(model.predict, batchSize));
    }
  }
  const {signatures, kernels, plans} = memoized.statistics;
  assert.deepEqual(
    signatures.map(({signature}) => signature),
    [2, 6].map(batchSize => `[float32[6,4], float32[6,4]]; {"batchSize": ${batchSize}}`),
  );
  assert.equal(plans, 2);
  const tanh = kernels!.find(({kernel}) => kernel === 'Tanh')!;
  assert.deepEqual(tanh.tensors, 4 * (3 + 1));
  assert.ok(kernels!.reduce((served, kernel) => served + kernel.served, 0) === memoized.statistics.served);
  memoized.dispose();
  model.dispose();
  tf.dispose(inputs);
});

test('tensors of strings and of nothing, values and tensors made within', () => {
  const memoized = memoize((x: Tensor, scale: number, empty: Tensor) => {
    const made = tf.tensor([1, 2, 3]);
    const names = tf.tensor(['a', 'b']);
    return {y: tf.mul(tf.add(x, made), scale), names: names.clone(), empty: tf.square(empty)};
  }, options);
  const [x, empty] = [tf.tensor([1, 1, 1]), tf.tensor([], [0])];
  for (let i = 0; i < 5; i++) {
    const {y, names, empty: square} = memoized.predict(x, 3, empty);
    assert.deepEqual([...y.dataSync()], [6, 9, 12]);
    assert.deepEqual(names.dataSync() as unknown as string[], ['a', 'b']);
    assert.deepEqual(square.shape, [0]);
    tf.dispose([y, names, square]);
  }
  assert.equal(memoized.statistics.signatures[0]?.signature, 'float32[3]; 3; float32[0]');
  assert.ok(memoized.statistics.served > 0);
  memoized.dispose();
  tf.dispose([x, empty]);
});

test('allocations of kernels within C++ are not seen, do not move, and are freed as before', () => {
  const network = mobileNet(libraries);
  const input = network.input(1, 1);
  const before = walkHeap(module, first).used;
  const seen = observe(module, () => network.run(input).dispose());
  const held = walkHeap(module, first).used - before;
  assert.ok(held > 1000 && seen.every(({bytes}) => bytes !== held), `${held} bytes of packed weights`);
  input.dispose();
  // this kernel hands out memory that C++ allocated, and has some of it freed by JavaScript
  const boxes = tf.tensor2d([0, 0, 4, 4, 0, 1, 4, 5, 8, 8, 9, 9, 20, 0, 22, 2], [4, 4]);
  const scores = tf.tensor1d([0.9, 0.75, 0.6, 0.95]);
  const find = () => tf.image.nonMaxSuppression(boxes, scores, 4, 0.5);
  const memoized = memoize(() => tf.cast(find(), 'float32'), {...options, poison: true, canaries: true});
  const use = walkHeap(module, first).used;
  for (let i = 0; i < 5; i++) assert.deepEqual([...tf.tidy(() => memoized.predict().dataSync())], [3, 0, 2]);
  const {broken, missed, peak} = memoized.statistics;
  assert.deepEqual([broken, missed], [0, 0]);
  assert.ok(walkHeap(module, first).used - use <= peak + 64);
  memoized.dispose();
  assert.equal(walkHeap(module, first).used, use);
  tf.dispose([boxes, scores]);
  network.dispose();
});

test('somebody else’s tap above ours may stay when we go, and ours with it', () => {
  const network = lstm(libraries);
  const memoized = memoize(network.run, options);
  const ours = module._malloc;
  let seen = 0;
  const theirs = (bytes: number) => {
    seen++;
    return ours(bytes);
  };
  module._malloc = theirs;
  for (let seed = 0; seed < 3; seed++) check(network, memoized.predict.bind(memoized), 1, seed);
  memoized.dispose();
  assert.equal(module._malloc, theirs);
  const again = memoize(network.run, options);
  for (let seed = 0; seed < 4; seed++) check(network, again.predict.bind(again), 1, seed);
  assert.ok(seen > 0 && again.statistics.served > 0 && again.statistics.missed === 0);
  module._malloc = ours;
  again.dispose();
  assert.deepEqual([module._malloc, module._free], [stubs._malloc, stubs._free]);
  network.dispose();
});

test('a function that cannot be memoised is reported', async () => {
  const network = lstm(libraries);
  const wrong = (message: RegExp, call: () => void) =>
    assert.throws(call, (error: Error) => error instanceof UsageError && message.test(error.message));
  wrong(/options\.maxPlans: expected an integer from 1, got 0/, () =>
    memoize(network.run, {...options, maxPlans: 0}),
  );
  wrong(/options\.alignment/, () => memoize(network.run, {...options, alignment: 24}));
  wrong(/options\.tf/, () => memoize(network.run, {...options, tf: {} as typeof tf}));
  wrong(/model: expected/, () => memoize({} as typeof network.run, options));
  const promised = memoize(async (x: Tensor) => tf.square(x), options);
  const input = network.input(1, 1);
  const error = console.error;
  console.error = () => {}; // where tf.tidy complains of the same
  try {
    wrong(/promise/, () => void promised.predict(input));
  } finally {
    console.error = error;
  }
  await Promise.resolve();
  const memoized = memoize(network.run, options);
  const reentrant: {dispose?: () => void} = {};
  const disposing = memoize((x: Tensor) => {
    reentrant.dispose!();
    return tf.square(x);
  }, options);
  reentrant.dispose = () => disposing.dispose();
  wrong(/dispose: the memoised model runs/, () => void disposing.predict(input));
  disposing.dispose();
  tf.registerBackend('other', () => new tf.KernelBackend());
  await tf.setBackend('other');
  wrong(/the backend in use is "other"/, () => memoize(network.run, options));
  wrong(/the backend in use is "other"/, () => void memoized.predict(input));
  await tf.setBackend('wasm');
  promised.dispose();
  memoized.dispose();
  network.dispose();
  assert.ok(new LimitError('') instanceof Error);
});

/** Random programs whose calls differ from one another: planned and not, they compute the same and leave the same. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Tensor1D} from '@tensorflow/tfjs-core';
import {loadPlannerSync} from '../../bindings/index.ts';
import {memoize} from '../../bindings/tfjs.ts';
import {type Random, seeded} from '../random.ts';
import {walkHeap} from './heap.ts';
import {loadLibraries} from './libraries.ts';
import {randomTensor} from './networks.ts';

const {tf, module} = await loadLibraries();
const planner = loadPlannerSync();
module._free(module._malloc(8));
const first = module._malloc(8);

const SCENARIOS = 60;
const CALLS = 25;
const STEPS = ['sine', 'relu', 'join', 'halve', 'add', 'make', 'drop', 'scoped', 'keep', 'fail'] as const;

/** One step: what is done, to which of the tensors at hand, and a length where one is made. */
interface Step {
  readonly kind: (typeof STEPS)[number];
  readonly at: number;
  readonly length: number;
}

class Failure extends Error {}

const bits = (tensor: Tensor1D) => Buffer.from(tensor.dataSync().slice().buffer).toString('hex');

/** Does the steps; what it keeps goes to `kept`. */
function run(steps: readonly Step[], input: Tensor1D, kept: Tensor1D[]): Tensor1D[] {
  const held: Tensor1D[] = [tf.clone(input)];
  for (const {kind, at, length} of steps) {
    const place = at % held.length;
    const x = held[place]!;
    if (kind === 'sine') held.push(tf.sin(x));
    else if (kind === 'relu') held.push(tf.relu(x));
    else if (kind === 'join') held.push(tf.slice(tf.concat([x, held.at(-1)!]), 0, Math.min(500, x.size)));
    else if (kind === 'halve') held.push(tf.slice(x, 0, Math.ceil(x.size / 2)));
    else if (kind === 'add') held.push(tf.add(x, length));
    else if (kind === 'make') held.push(tf.fill([length], at) as Tensor1D);
    else if (kind === 'scoped') held.push(tf.tidy(() => tf.sub(tf.square(tf.tanh(x)), tf.sigmoid(x))));
    else if (kind === 'keep') kept.push(tf.keep(tf.neg(x)));
    else if (kind === 'fail') throw new Failure();
    else if (held.length > 1) held.splice(place, 1)[0]!.dispose();
  }
  return held.slice(-2);
}

function randomSteps(random: Random): Step[] {
  return Array.from({length: 5 + random(40)}, () => randomStep(random, 8));
}

/** One of the first `kinds` kinds: the last two are for some calls only. */
function randomStep(random: Random, kinds: number): Step {
  return {kind: STEPS[random(kinds)]!, at: random(1000), length: 1 + random(300)};
}

/** The steps with a few left out, put in or changed, in some of the calls. */
function varied(steps: readonly Step[], random: Random): Step[] {
  const call = [...steps];
  if (random(3) > 0) return call;
  for (let i = random(3); i >= 0; i--) {
    const isNew = random(2);
    call.splice(random(call.length + 1), random(3), ...(isNew ? [randomStep(random, STEPS.length)] : []));
  }
  return call;
}

/** The results and kept tensors of a call, as bits; or its failure. */
function outcome(call: () => Tensor1D[], kept: readonly Tensor1D[]): string[] {
  try {
    const results = call();
    const seen = results.map(bits);
    tf.dispose(results);
    return [...seen, ...kept.map(bits)];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return ['failed', ...kept.map(bits)];
  }
}

/** State of a call beyond its input; only its name is part of the signature. */
class Call {
  readonly kept: Tensor1D[] = [];
  readonly steps: readonly Step[];

  constructor(steps: readonly Step[]) {
    this.steps = steps;
  }
}

/** Tensors that somebody keeps for a while, with what must be in them. */
class Keeper {
  readonly #kept: (readonly [Tensor1D, string])[] = [];

  take(tensors: readonly Tensor1D[]): void {
    for (const tensor of tensors) this.#kept.push([tensor, bits(tensor)]);
  }

  /** Gives tensors up, at random, until so many are left. */
  keepOnly(count: number, random: Random): void {
    while (this.#kept.length > count) {
      const [[tensor, seen]] = this.#kept.splice(random(this.#kept.length), 1) as [[Tensor1D, string]];
      assert.equal(bits(tensor), seen);
      tensor.dispose();
    }
  }
}

function memoizedProgram(guards: {poison: boolean; canaries: boolean}) {
  return memoize((x: Tensor1D, {steps, kept}: Call) => run(steps, x, kept), {
    tf,
    planner,
    maxPlans: 2,
    ...guards,
  });
}

/** Two programs take turns; every call is compared with the same one, unplanned. */
function play(scenario: number): {served: number; missed: number; plans: number} {
  const random = seeded(scenario + 1);
  const guards = {poison: scenario % 2 === 0, canaries: scenario % 3 === 0};
  const programs = [0, 1].map(() => ({steps: randomSteps(random), memoized: memoizedProgram(guards)}));
  const keeper = new Keeper();
  for (let call = 0; call < CALLS; call++) {
    const {steps, memoized} = programs[random(2)]!;
    const today = varied(steps, random);
    const [plain, planned] = [new Call(today), new Call(today)];
    const input = randomTensor(tf, [random(8) === 0 ? 32 : 16], call) as Tensor1D;
    const expected = outcome(() => tf.tidy(() => run(plain.steps, input, plain.kept)), plain.kept);
    const got = outcome(() => memoized.predict(input, planned), planned.kept);
    assert.deepEqual(got, expected, `scenario ${scenario}, call ${call}`);
    keeper.take(planned.kept);
    tf.dispose([plain.kept, input]);
    keeper.keepOnly(6, random);
  }
  const total = {served: 0, missed: 0, plans: 0};
  for (const {memoized} of programs) {
    const {served, missed, plans, broken} = memoized.statistics;
    assert.equal(broken, 0);
    total.served += served;
    total.missed += missed;
    total.plans += plans;
    memoized.dispose();
  }
  keeper.keepOnly(0, random);
  return total;
}

test(`${SCENARIOS} pairs of programs, ${CALLS} calls each, compute and leave the same as without plans`, context => {
  const total = {served: 0, missed: 0, plans: 0};
  for (let scenario = 0; scenario < SCENARIOS; scenario++) {
    play(scenario); // what the kernels keep for themselves they have from then on
    const before = {tensors: tf.memory().numTensors, bytes: walkHeap(module, first).used};
    const {served, missed, plans} = play(scenario);
    const after = {tensors: tf.memory().numTensors, bytes: walkHeap(module, first).used};
    assert.deepEqual(after, before, `scenario ${scenario}`);
    total.served += served;
    total.missed += missed;
    total.plans += plans;
  }
  context.diagnostic(JSON.stringify(total));
  assert.ok(total.served > 1000 && total.missed > 100);
});

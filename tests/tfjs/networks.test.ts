/** Every network gives the same bits, planned or not, whatever was in its memory before. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {loadPlannerSync} from '../../bindings/index.ts';
import {memoize} from '../../bindings/tfjs.ts';
import {bytesTouched, observe} from './heap.ts';
import {loadLibraries} from './libraries.ts';
import {type Network, networks} from './networks.ts';

const libraries = await loadLibraries();
const {tf, module} = libraries;
const planner = loadPlannerSync();
const SEEDS = [1, 2, 3, 4, 5, 6];

/** The bytes of what a network computes of its inputs. */
function results(network: Network, run: Network['run'], examples: number): Buffer[] {
  return SEEDS.map(seed => {
    const input = network.input(examples, seed);
    const output = run(input);
    const bytes = Buffer.from(output.dataSync().slice().buffer);
    tf.dispose([input, output]);
    return bytes;
  });
}

for (const network of networks(libraries)) {
  test(`${network.name}: the same bits, and all but the results from the plan`, () => {
    const expected = results(network, network.run, 2);
    assert.ok(
      new Set(expected.map(bytes => bytes.toString('hex'))).size === SEEDS.length,
      'inputs differ, so results must',
    );
    const before = tf.memory();
    const memoized = memoize(network.run, {tf, planner});
    assert.deepEqual(results(network, memoized.predict.bind(memoized), 2), expected);
    const {calls, served, missed, kept, unplanned, plans, signatures} = memoized.statistics;
    const perCall = unplanned / 2; // two calls are recorded
    assert.deepEqual({calls, missed, plans}, {calls: 6, missed: 0, plans: 1});
    assert.deepEqual([served, kept], [4 * (perCall - 1), 4], 'one result per call');
    assert.equal(signatures[0]?.isPlanned, true);
    memoized.dispose();
    assert.deepEqual(tf.memory(), before);
  });

  test(`${network.name}: the same bits out of an arena full of NaN, with poison and with canaries`, () => {
    const expected = results(network, network.run, 1);
    const memoized = memoize(network.run, {tf, planner});
    const predict = memoized.predict.bind(memoized);
    results(network, predict, 1);
    const input = network.input(1, 9);
    const blocks = observe(module, () => predict(input).dispose()).slice(0, -1);
    input.dispose();
    const low = Math.min(...blocks.map(({address}) => address));
    const {peak} = memoized.statistics;
    assert.ok(
      blocks.every(({address, bytes}) => address + bytes <= low + peak),
      'all lie in one block',
    );
    assert.ok(bytesTouched(blocks) <= peak);
    for (const [i, seed] of SEEDS.entries()) {
      const poisoned = network.input(1, seed);
      module.HEAPU8.fill(0xff, low, low + peak);
      const output = predict(poisoned);
      assert.deepEqual(Buffer.from(output.dataSync().slice().buffer), expected[i]);
      tf.dispose([poisoned, output]);
    }
    memoized.dispose();
    for (const guards of [{poison: true}, {canaries: true}, {poison: true, canaries: true}]) {
      const guarded = memoize(network.run, {tf, planner, ...guards});
      assert.deepEqual(results(network, guarded.predict.bind(guarded), 1), expected);
      const {missed, broken, plans} = guarded.statistics;
      assert.deepEqual({missed, broken, plans}, {missed: 0, broken: 0, plans: 1});
      guarded.dispose();
    }
  });
}

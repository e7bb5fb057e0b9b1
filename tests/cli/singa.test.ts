/** The logs behind the papers' figures, as the command line reports them. */
import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {lacks} from '../requirements.ts';
import {stowage} from './stowage.ts';

/** Log, iterations, period, blocks per iteration, load of one as recorded in bytes and in MiB. */
const LOGS: readonly [string, number, string, string, number, string][] = [
  ['vgg_cifar100_b128.log.gz', 19, '1,022', '541', 531828560, '507.191'],
  ['resnet_imagenet_b16.log.gz', 19, '1,270', '679', 1555989648, '1483.907'],
  ['googlenet_imagenet_b16.log.gz', 31, '2,244', '1,238', 638816768, '609.223'],
];

const pathOf = (name: string): string =>
  fileURLToPath(new URL(`../../../shared/data/traces/singa/${name}`, import.meta.url));

for (const [name, iterations, period, blocks, load, mib] of LOGS) {
  test(`${name}: period ${period}, ${blocks} blocks, load ${mib} MiB, planned at the load or proven`, t => {
    const file = pathOf(name);
    if (!existsSync(file)) return lacks(t, 'shared');
    const inspected = stowage(['inspect', file]).stdout;
    const exact = load.toLocaleString('en-US');
    assert.equal((load / 2 ** 20).toFixed(3), mib);
    assert.ok(inspected.includes(`iterations: ${iterations}, found by their period of ${period} events`));
    assert.ok(inspected.includes(`have the same ${period} events; ${blocks} blocks each`));
    assert.match(inspected, new RegExp(`peak of iteration .*; ${exact} B \\([^)]*\\) of it not persistent`));
    // lifetimes cut at the border are what the papers count: a block that crosses it counts once in each iteration
    const linear = JSON.parse(stowage(['plan', file, '--linear', '--json', '--no-offsets']).stdout);
    assert.deepEqual(
      [linear.buffers, linear.recordedLoad, linear.lowerBound, linear.peak, linear.status],
      [Number(blocks.replace(',', '')), load, load, load, 'optimal'],
    );
    // one that is run step after step keeps a place for each instance of what lives longer than an iteration
    const cyclic = JSON.parse(stowage(['plan', file, '--json', '--no-offsets']).stdout);
    assert.deepEqual(
      [cyclic.recordedLoad, cyclic.status, cyclic.peak / cyclic.lowerBound],
      [load, 'optimal', 1],
    );
    const {stdout} = stowage(['plan', file, '--node-limit', '1000']);
    assert.ok(stdout.includes(`recorded     peak ${exact} B `), stdout);
  });
}

test('the log of every read and write: no exact period, which inspect and plan say', t => {
  const file = pathOf('vgg_read_write.txt.gz');
  if (!existsSync(file)) return lacks(t, 'shared');
  assert.match(
    stowage(['inspect', file]).stdout,
    /iterations: none found: the recording has no marks, no repeated annotation and no exact period/,
  );
  const {stderr, stdout} = stowage(['plan', file, '--node-limit', '1000']);
  assert.match(stderr, /no exact period\): it is planned as a whole, as one iteration/);
  assert.match(stdout, /the whole recording, 20,910 events, linear/);
});

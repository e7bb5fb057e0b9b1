/** The last value that each number may have, and the first that is refused. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {UsageError} from '../../bindings/index.ts';
import {checkAlignment, checkBytes, checkTick} from '../../bindings/model/numbers.ts';
import {checkAsyncPlanOptions, checkPlanOptions} from '../../bindings/model/options.ts';

const LIMITS: readonly [name: string, check: (value: number) => void, last: number, refused: number][] = [
  ['a tick', value => checkTick(value, 'start'), 2 ** 32 - 1, 2 ** 32],
  ['bytes', value => checkBytes(value, 'size'), 2 ** 53 - 1, 2 ** 53],
  ['an alignment', value => checkAlignment(value, 'alignment'), 2 ** 52, 2 ** 53],
  ['threads', threads => checkAsyncPlanOptions({threads}), 256, 257],
  ['a seed', seed => checkPlanOptions({seed}), 2 ** 32 - 1, 2 ** 32],
];

for (const [name, check, last, refused] of LIMITS) {
  test(`${name} may be ${last}, and not ${refused}`, () => {
    check(last);
    assert.throws(() => check(refused), UsageError);
  });
}

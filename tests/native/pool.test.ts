import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import test from 'node:test';
import {has} from '../requirements.ts';
import {ADDRESSES, compile} from './compile.ts';

interface Outcome {
  readonly refused: number;
  readonly full: number;
  readonly given_back: number;
  readonly at_end: number;
  /** Per cent of the bytes in use that a training step without a plan leaves idle in segments that are not. */
  readonly left_over: number;
  /** Per cent that it needs more than its bytes in use, at most. */
  readonly at_most: number;
}

test('the pool of device memory: random requests share no byte, merge, and balance', {
  timeout: 300_000,
}, context => {
  if (!has(context, 'linux', 'cc')) return;
  const program = compile({sources: ['pool-program.c', 'pool.c'], flags: ADDRESSES});
  for (const [name, megabytes] of [
    ['roomy', 8192],
    ['tight', 700],
    ['tiny', 60],
  ] as const) {
    const total = {refused: 0, full: 0, given_back: 0, at_end: 0, left_over: 0, at_most: 0};
    for (let seed = 1; seed <= 8; seed++) {
      const text = execFileSync(program, [`${seed}`, '4000', `${megabytes * 2 ** 20}`], {encoding: 'utf8'});
      const outcome = JSON.parse(text) as Outcome;
      for (const key of Object.keys(total) as (keyof Outcome)[]) total[key] += outcome[key];
    }
    assert.ok(total.left_over <= 8 * 12, `${name}: a step leaves ${total.left_over / 8} % over`);
    assert.ok(total.at_most <= 8 * 25, `${name}: a step needs ${total.at_most / 8} % more`);
    assert.ok(total.at_end > 0, `${name}: blocks were in use at the end`);
    assert.ok(total.given_back > 50, `${name}: segments were given back`);
    assert.equal(total.full > 0, name !== 'roomy', `${name}: full ${total.full} times`);
    assert.equal(total.refused > 0, name !== 'roomy', `${name}: refused ${total.refused} requests`);
  }
});

/** Random programs against the model: short ones with a difference at each position, long ones across checkpoints. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {compareWithModel, LEAVING} from './differential.ts';

const PROGRAMS = 12;

for (const build of ['runtime.debug', 'runtime']) {
  const module = new WebAssembly.Module(readFileSync(new URL(`../../build/${build}.wasm`, import.meta.url)));

  test(`${build}: a difference at each position of short programs, call for call`, context => {
    let [mallocs, followed] = [0, 0];
    for (let seed = 1; seed <= PROGRAMS; seed++) {
      const seen = compareWithModel({module, seed, length: 4 + seed, live: 2 + (seed % 7)});
      mallocs += seen.mallocs;
      followed += seen.followed;
    }
    assert.ok(followed > 0.2 * mallocs, `${followed} of ${mallocs} allocations were the next event`);
    context.diagnostic(`${followed} of ${mallocs} allocations were the next event`);
  });

  test(`${build}: differences anywhere in programs of several checkpoints`, context => {
    let [mallocs, followed] = [0, 0];
    for (const [seed, live] of [20, 300, 1500].entries()) {
      const seen = compareWithModel({
        module,
        seed: 100 + seed,
        length: 1800,
        live,
        positions: 1,
        differences: LEAVING,
      });
      mallocs += seen.mallocs;
      followed += seen.followed;
    }
    context.diagnostic(`${followed} of ${mallocs} allocations were the next event`);
  });
}

/** The bench of runs of many ranks: its planted outliers are found, and its tables have their rows. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {checkOutliers} from '../../bench/batch/outliers.ts';
import type {Run} from '../../bindings/ranks/run.ts';
import type {SimulatedRank} from '../../tools/simulate/ranks.ts';
import {bench, cellsOf} from './run.ts';

test('batch and merge find the planted outliers, of recordings and of varied results', () => {
  const {status, stdout, stderr} = bench(['batch', '--quick', '--samples', '1', '--only', 'files|merge']);
  assert.equal(status, 0, stderr);
  const seconds = ['shell loop: report --json', 'stowage batch --jobs 1', 'stowage batch --jobs 2'].map(way =>
    cellsOf(stdout, way).slice(1, 4).map(Number),
  );
  for (const [least, middle, rate] of seconds) {
    assert.equal(least, middle);
    // 15 files; seconds and the rate have three digits
    assert.ok(Math.abs((rate! * middle!) / 15 - 1) < 0.02, stdout);
  }
  const outliers = stdout.split('\n').filter(line => /3 of 3 planted outliers found, 0 others/.test(line));
  assert.equal(outliers.length, 2, stdout);
  assert.match(outliers[0]!, /15 results, 3 groups/);
  assert.match(outliers[1]!, /30 results \(15 real ones .*, 3 groups/);
  for (const form of ['.json', '.csv', '.html']) assert.ok(Number(cellsOf(stdout, form)[1]) > 0);
});

test('a planted outlier that is not named, or for another reason, ends the bench', () => {
  const planted: SimulatedRank = {name: 'rank7.pickle', rank: 7, dp: 0, tp: 0, pp: 0, fault: 'growth'};
  const runWith = (reasons: readonly string[]) =>
    ({
      ranks: [{rank: 7}, {rank: 8}],
      groups: [{outliers: reasons.length === 0 ? [] : [{rank: 0, reasons}]}],
    }) as unknown as Run;
  assert.deepEqual(checkOutliers(runWith(['growth']), [planted]), {
    planted: 1,
    found: 1,
    others: 0,
    groups: 1,
  });
  assert.throws(
    () => checkOutliers(runWith([]), [planted]),
    /misses 1 of 1 .*: rank 7 \(growth\): found nothing/,
  );
  assert.throws(() => checkOutliers(runWith(['peak']), [planted]), /rank 7 \(growth\): found peak/);
  const other = {...planted, rank: 9};
  assert.throws(() => checkOutliers(runWith(['growth']), [other]), /rank 9/);
  const {fault, ...healthy} = planted;
  assert.equal(checkOutliers(runWith(['growth']), [healthy]).others, 1);
});

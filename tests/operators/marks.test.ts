/** The graphs of the study: the loads that it found are reached, proven, and planned at the load. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {loadPlanner, orderOperators} from '../../bindings/index.ts';
import {lacks, type Skippable} from '../requirements.ts';
import {INFERENCE, OPEN, REGULAR, TRAINING, WIDE} from './marks.ts';
import {readStudyGraph} from './problems.ts';
import {isStudyThere, studyFiles} from './study.ts';

const planner = await loadPlanner();

/** The best orders of the graphs, by default options. */
function ordered(t: Skippable, names: readonly string[]) {
  if (!isStudyThere()) {
    lacks(t, 'shared', 'the graphs beside the repository are not there: ../shared/reference/order');
    return [];
  }
  const files = studyFiles(names.map(name => `${name}.txt`));
  return names.map(name => {
    const problem = readStudyGraph(files.get(`${name}.txt`)!.toString());
    return {name, result: orderOperators(planner, problem)};
  });
}

test('irregular inference gets its least load, proven and planned at it', t => {
  for (const {name, result} of ordered(t, Object.keys(INFERENCE))) {
    const {load, plan, lowerBound, status, filePeak} = result;
    const [best, file] = INFERENCE[name]!;
    assert.deepEqual(
      [name, load, plan.peak, lowerBound, status, filePeak],
      [name, best, best, best, 'optimal', file],
    );
  }
});

test('of regular networks the order of the file is proven to be optimal', t => {
  for (const {name, result} of ordered(t, REGULAR))
    assert.deepEqual([name, result.isListed, result.status, result.nodes], [name, true, 'optimal', 0]);
});

test('training gets its least load, proven and planned at it, against the file and updates at once', t => {
  for (const {name, result} of ordered(t, Object.keys(TRAINING))) {
    const {load, plan, status, soonLoad, fileLoad} = result;
    const [best, soon, file] = TRAINING[name]!;
    assert.deepEqual(
      [name, load, plan.peak, status, soonLoad, fileLoad],
      [name, best, best, 'optimal', soon, file],
    );
  }
});

test('wide graphs get their least load, proven', t => {
  for (const {name, result} of ordered(t, Object.keys(WIDE)))
    assert.deepEqual([name, result.plan.peak, result.status], [name, WIDE[name], 'optimal']);
});

test('open graphs come within what is stated of them', t => {
  for (const {name, result} of ordered(t, Object.keys(OPEN))) {
    const [most, soon] = OPEN[name]!;
    assert.ok(result.plan.peak <= most && result.lowerBound <= most, `${name}: ${result.plan.peak}`);
    assert.equal(result.plan.peak, result.load);
    if (soon !== undefined) assert.equal(result.soonLoad, soon);
  }
});

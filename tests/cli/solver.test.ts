/** Solving in a worker: Ctrl-C and the time limit end it with the best plan so far. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {scattered} from '../../bench/instances.ts';
import {loadPlannerSync} from '../../bindings/index.ts';
import {writeCsv} from '../../bindings/trace.ts';
import {has} from '../requirements.ts';
import {newFolder, stowage} from './stowage.ts';

/** No heuristic reaches the bound of these, so that the whole portfolio is run. */
const problem = scattered(3000, 5);
const planning = new URL('../../dist/cli/planning/planning.js', import.meta.url);
const index = new URL('../../dist/index.js', import.meta.url);
const trace = new URL('../../dist/trace.js', import.meta.url);

/** Runs `solveProblem` in a process of its own, which may signal itself; what it printed, parsed. */
function solved(onProgress: string, options: object): {status: number | null; out: Record<string, unknown>} {
  const file = join(newFolder(), 'problem.csv');
  writeFileSync(file, [...writeCsv(problem)].join(''));
  const script = `
    import {readFileSync} from 'node:fs';
    import {loadPlannerSync} from '${index}';
    import {solveProblem} from '${planning}';
    import {importFile} from '${trace}';
    const {problem} = await importFile({name: 'problem', data: readFileSync(${JSON.stringify(file)})});
    const planner = loadPlannerSync();
    const planAsync = planner.planAsync.bind(planner);
    planner.planAsync = (columns, options) => planAsync(columns, {...options, onProgress(progress) {
      options.onProgress(progress);
      if (progress.peak === undefined) return;
      ${onProgress}
    }});
    const {plan, bounds, interrupted} = await solveProblem(planner, {file: 'problem', problem}, ${JSON.stringify(options)});
    console.log(JSON.stringify({interrupted, peak: plan.peak, nodes: plan.nodes, bound: bounds.lowerBound, offsets: [...plan.offsets]}));`;
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
  assert.equal(run.stderr.toString(), '');
  return {status: run.status, out: run.status === 0 ? JSON.parse(run.stdout.toString()) : {}};
}

const planner = loadPlannerSync();

test('solving in a worker gives the same plan as solving here', () => {
  const {out} = solved('', {});
  const plan = planner.plan(problem);
  assert.deepEqual(out.offsets, [...plan.offsets]);
  assert.deepEqual(
    [out.interrupted, out.peak, out.nodes, out.bound],
    [false, plan.peak, plan.nodes, plan.lowerBound],
  );
});

test('Ctrl-C ends it with the best plan so far, valid', t => {
  if (!has(t, 'posix')) return;
  const {out} = solved("process.kill(process.pid, 'SIGINT');", {});
  assert.equal(out.interrupted, true);
  assert.ok((out.nodes as number) < planner.plan(problem).nodes);
  assert.deepEqual(planner.verify(problem, {offsets: out.offsets as number[]}), []);
});

test('a time limit that passes before the first plan still gives one', () => {
  const {out} = solved('', {timeLimit: 1e-3});
  assert.equal(out.interrupted, false);
  assert.equal(out.nodes, 3000);
  assert.deepEqual(planner.verify(problem, {offsets: out.offsets as number[]}), []);
});

test('a time limit longer than any timer is no limit at all', () => {
  const {out} = solved('', {algorithm: 'portfolio', timeLimit: 2 ** 40});
  assert.deepEqual(out.offsets, [...planner.plan(problem, {algorithm: 'portfolio'}).offsets]);
});

test('an interrupted plan is written, marked, and exits with 130', t => {
  if (!has(t, 'posix')) return;
  const folder = newFolder();
  const file = join(folder, 'problem.csv');
  const output = join(folder, 'plan.csv');
  writeFileSync(file, [...writeCsv(problem)].join(''));
  const command = new URL('../../dist/cli/commands/plan.js', import.meta.url);
  const script = `
    import {loadPlannerSync} from '${index}';
    import {planCommand} from '${command}';
    const planner = loadPlannerSync();
    const planAsync = planner.planAsync.bind(planner);
    let isSent = false; // a Ctrl-C right behind the first plan
    planner.planAsync = (columns, options) => planAsync(columns, {...options, onProgress(progress) {
      options.onProgress?.(progress);
      if (progress.peak === undefined || isSent) return;
      isSent = true;
      process.kill(process.pid, 'SIGINT');
    }});
    process.exitCode = await planCommand(${JSON.stringify(file)}, {json: true, offsets: false, output: ${JSON.stringify(output)}}, async () => planner);`;
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
  assert.equal(run.status, 130, run.stderr.toString());
  assert.match(
    JSON.parse(run.stdout.toString()).warnings.join(),
    /interrupted: this is the best plan found so far/,
  );
  assert.match(stowage(['verify', file, output]).stdout, /^valid: /);
});

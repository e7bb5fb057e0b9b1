/** A run that is made file by file, and the analysis of a recording in any host. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {analyseInput} from '../../bindings/cli/batch/analyse.ts';
import {loadPlannerSync} from '../../bindings/index.ts';
import {type Analysis, plannedAnalysis, readAnalysis} from '../../bindings/ranks/analyse.ts';
import {runAnswers} from '../../bindings/ranks/answers.ts';
import {mayBeInput, mayBeRank} from '../../bindings/ranks/file-names.ts';
import {MadeRun} from '../../bindings/ranks/made.ts';
import {mergeRun} from '../../bindings/ranks/merge.ts';
import {describeRun} from '../../bindings/ranks/run-text.ts';
import {ranksPicture} from '../../bindings/ranks/views/memory.ts';
import {importFile} from '../../bindings/trace.ts';
import {folderOf, resultOf} from './results.ts';

const files = ['rank2', 'rank0', 'rank1', 'notes'].map(name => ({name, bytes: 9}));
const analysisOf = (name: string, reserved: number): Analysis => {
  const {format, figures, recording, warnings} = resultOf({name, reserved, needed: 1000});
  return {format, figures, recording, warnings};
};

test('files that are not read yet are ranks without figures, in their places', () => {
  const made = new MadeRun(files, '1.0.0');
  made.hear({index: 3, isLeftOut: true});
  made.hear({index: 0, analysis: analysisOf('rank2', 1200)});
  made.hear({index: 2, failure: 'it is cut short (byte 7)'});
  const run = made.run();
  assert.deepEqual(
    run.ranks.map(({file, reserved, failure}) => [file, reserved, failure]),
    [
      ['rank0', null, null],
      ['rank1', null, 'it is cut short (byte 7)'],
      ['rank2', 1200, null],
    ],
  );
  assert.deepEqual(run.missing, {shares: [], files: ['rank0']});
  assert.match(describeRun(run).source, /^1 of 3 ranks analysed, 1 group; stowage 1\.0\.0$/);
  const {series, layers} = ranksPicture(run);
  assert.deepEqual(
    series.map(({name}) => name),
    ['planned, with persistent blocks', 'recoverable', 'not analysed', 'no result yet'],
  );
  const points = layers.find(layer => layer.kind === 'points')!;
  assert.deepEqual([...points.x], [1.5, 0.5]);
  assert.equal(points.detail!(1), 'rank 0: no result yet');
});

test('when all are read, it is the run that a batch of them makes', () => {
  const planted = [
    {name: 'rank0', reserved: 1200},
    {name: 'rank1', reserved: 1300},
    {name: 'rank2', reserved: 1900},
  ];
  const made = new MadeRun(
    planted.map(({name}) => ({name, bytes: 9})),
    '1.0.0',
  );
  for (const [index, {name, reserved}] of planted.entries())
    made.hear({index, analysis: analysisOf(name, reserved)});
  const withoutKeys = ({ranks, ...run}: ReturnType<typeof mergeRun>) => ({
    ...run,
    ranks: ranks.map(rank => ({...rank, key: ''})),
  });
  assert.deepEqual(withoutKeys(made.run()), withoutKeys(mergeRun(folderOf(planted))));
});

test('before a plan it is not known which setting helps', () => {
  const {recording, ...rest} = analysisOf('rank0', 1200);
  const made = new MadeRun([{name: 'rank0', bytes: 9}], '1.0.0');
  made.hear({index: 0, analysis: {...rest, figures: [], recording: {...recording!, recoverable: null}}});
  const [answer] = runAnswers(made.run()).filter(({question}) => /setting/.test(question));
  assert.equal(answer!.answer, 'Not known');
});

for (const name of ['out-of-memory.pickle.gz', 'resnet50.training.json.gz']) {
  test(`${name}: read and planned apart, the figures are those of stowage batch`, async () => {
    const data = readFileSync(fileURLToPath(new URL(`../../examples/${name}`, import.meta.url)));
    const imported = await importFile({name, data});
    assert.equal(imported.kind, 'trace');
    if (imported.kind !== 'trace') return;
    const planner = loadPlannerSync();
    const {trace, format} = imported;
    const read = await readAnalysis(trace, format);
    const planned = await plannedAnalysis(trace, format, problem => ({
      plan: planner.plan(problem, {minimize: true}),
      bounds: planner.bounds(problem),
    }));
    const batch = await analyseInput(name, imported, {}, planner);
    assert.deepEqual(planned.recording, batch.recording);
    assert.deepEqual(planned.figures, batch.figures.slice(0, 1));
    assert.deepEqual(planned.warnings, batch.warnings);
    const unknown = {recoverable: null, outOfMemory: null, settings: []};
    assert.deepEqual(read.recording, {...batch.recording, ...unknown});
    assert.deepEqual(read.figures, []);
  });
}

test('of a folder, files are looked at whose names end as those of recordings', () => {
  const names = [
    'rank0.pickle',
    'rank1.json.gz',
    'a.csv',
    'm.onnx',
    'README.txt',
    'x.schema.json',
    'notes.md',
  ];
  assert.deepEqual(names.filter(mayBeInput), ['rank0.pickle', 'rank1.json.gz', 'a.csv', 'm.onnx']);
  assert.deepEqual(names.filter(mayBeInput).filter(mayBeRank), ['rank0.pickle', 'rank1.json.gz']);
});

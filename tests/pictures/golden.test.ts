/**
 * Every picture, of the trace of twelve events that `tests/behaviour/golden.test.ts` works out by hand, and of the five
 * buffers of the example; and of a run of four ranks. The SVGs lie in `golden/`; after a change that is meant, `UPDATE_GOLDEN=1 node scripts/test.mjs
 * golden` writes them anew, and somebody looks at them.
 */
import assert from 'node:assert/strict';
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {test} from 'node:test';
import {loadPlannerSync} from '../../bindings/index.ts';
import {runPictures} from '../../bindings/ranks/pictures.ts';
import {makeReport, type Picture, type Report, renderSvg, tableCsv} from '../../bindings/report.ts';
import {importFile, stepProblem} from '../../bindings/trace.ts';
import {GOLDEN, type Row, traceOf} from '../behaviour/traces.ts';
import {fourRanks} from '../ranks/runs.ts';

const FOLDER = new URL('golden/', import.meta.url);
const planner = loadPlannerSync();

/** @param apart how far the addresses 1, 2 and 3 of the blocks are from each other. */
function twelveEvents(apart = 1): Report {
  const rows = GOLDEN.map(([time, kind, address, bytes]): Row => [time, kind, address * apart, bytes]);
  const trace = traceOf(rows, {[apart]: 'weights', [2 * apart]: 'conv'});
  const step = stepProblem(trace);
  const plan = planner.plan(step.problem);
  return makeReport({
    file: 'twelve.jsonl',
    format: 'event-log',
    problem: step.problem,
    plan,
    bounds: planner.bounds(step.problem),
    trace,
    step,
    warnings: [],
    behaviour: {outlierTime: 16, outlierBytes: 100},
  });
}

async function fiveBuffers(): Promise<Report> {
  const data = readFileSync(new URL('../../examples/five.csv', import.meta.url));
  const imported = await importFile({name: 'five.csv', data});
  assert.ok(imported.kind === 'problem');
  const {problem} = imported;
  const plan = planner.plan(problem);
  return makeReport({
    file: 'five.csv',
    format: 'csv',
    problem,
    plan,
    bounds: planner.bounds(problem),
    read: imported,
    capacity: 12288,
    warnings: [],
  });
}

const reports: Readonly<Record<string, Report>> = {twelve: twelveEvents(), five: await fiveBuffers()};
const pictures = Object.entries(reports).flatMap(([name, report]) =>
  report.pictures.map(picture => ({file: `${name}.${picture.name}.svg`, picture})),
);
for (const picture of runPictures(fourRanks())) pictures.push({file: `run.${picture.name}.svg`, picture});
// at 1, 2 and 3 the blocks overlap, so these are no addresses of their memory
const addresses = twelveEvents(128).pictures.find(({name}) => name === 'addresses');
if (addresses) pictures.push({file: 'twelve.addresses.svg', picture: addresses});

for (const {file, picture} of pictures) {
  test(`${file} is drawn as it was when somebody looked at it`, () => {
    const svg = renderSvg(picture);
    const url = new URL(file, FOLDER);
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(url, svg);
    assert.ok(existsSync(url), 'not there: UPDATE_GOLDEN=1 writes it');
    assert.equal(svg, readFileSync(url, 'utf8').replaceAll('\r\n', '\n'));
  });
}

test('golden/ holds these pictures and no others', () => {
  assert.deepEqual(readdirSync(FOLDER).sort(), pictures.map(({file}) => file).sort());
});

test('the trace of twelve events has every picture that it has data for', () => {
  assert.deepEqual(
    reports.twelve!.pictures.map(({name}) => name),
    [
      'packing',
      'footprint',
      'active',
      'flames-peak',
      'flames-byte-time',
      'allocators',
      'peak-by-operation',
      'content',
      'lifetime',
      'interval-cdf',
      'interval-sizes',
      'model-addresses',
      'segments',
    ],
  );
});

const rowsOf = ({table}: Picture) => Array.from({length: table.count}, (_, i) => table.row(i));
const twelve = (name: string): Picture => reports.twelve!.pictures.find(picture => picture.name === name)!;

test('the tables have the values worked out by hand', () => {
  assert.deepEqual(rowsOf(twelve('packing')), [
    ['b0', 100, 0, 0, 5, 1, 'weights'],
    ['b1', 50, 100, 1, 2, 1, 'conv'],
    ['b2', 70, 100, 3, 4, 1, ''],
  ]);
  // the model takes one small segment for all of them
  const segment = 2 * 2 ** 20;
  assert.deepEqual(rowsOf(twelve('footprint')), [
    [0, 0, 0],
    [1, 100, segment],
    [2, 150, segment],
    [3, 100, segment],
    [4, 170, segment],
    [5, 100, segment],
  ]);
  // weights, then the rest: conv, which is not live at the peak, and blocks without an operation
  assert.deepEqual(rowsOf(twelve('active')), [
    [0, 0, 0],
    [1, 100, 0],
    [2, 100, 50],
    [3, 100, 0],
    [4, 100, 70],
    [5, 100, 0],
  ]);
  assert.deepEqual(
    rowsOf(twelve('content')).map(row => row.slice(1, 4)),
    [
      ['intermediate', 100, 1],
      ['output', 70, 1],
    ],
  );
  assert.deepEqual(rowsOf(twelve('interval-sizes')), [['0', 100, 'RR', 5, 16, 'weights']]);
  const cdf = rowsOf(twelve('interval-cdf'));
  assert.deepEqual(cdf[49]!.slice(0, 2), [50, 2]);
  assert.deepEqual(cdf[99]!.slice(0, 2), [100, 16]);
});

test('recorded addresses are drawn if they are those of the memory, and not otherwise', () => {
  assert.ok(addresses);
  assert.deepEqual(
    rowsOf(addresses).map(row => row.slice(0, 5)),
    [
      ['0', 100, 1, 6, 0],
      ['1', 50, 2, 3, 100],
      ['2', 70, 4, 5, 150],
    ],
  );
});

test('the same input gives the same pictures, byte for byte', async () => {
  const again = {twelve: twelveEvents(), five: await fiveBuffers()};
  for (const [name, report] of Object.entries(again)) {
    assert.deepEqual(
      report.pictures.map(picture => renderSvg(picture)),
      reports[name]!.pictures.map(picture => renderSvg(picture)),
    );
    assert.deepEqual(report.answers, reports[name]!.answers);
  }
});

test('every picture has a title, a description for readers who cannot see it, and a table', () => {
  for (const {file, picture} of pictures) {
    const svg = renderSvg(picture);
    const [, title, description] = /aria-labelledby="(\S+) (\S+)"/.exec(svg)!;
    assert.match(svg, /^<svg [^>]*role="img"/);
    assert.ok(svg.includes(`<title id="${title}">`) && svg.includes(`<desc id="${description}">`), file);
    assert.ok(picture.description.length > 20, file);
    assert.ok(picture.table.count > 0, file);
    const csv = [...tableCsv(picture.table)];
    assert.equal(csv.length, picture.table.count + 1);
  }
});

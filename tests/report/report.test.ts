/** A report: its page and its object. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {Ajv2020} from 'ajv/dist/2020.js';
import {loadPlannerSync, toColumns} from '../../bindings/index.ts';
import {
  makeReport,
  REPORT_POLICY,
  type Report,
  renderSvg,
  reportHtml,
  reportJson,
  tableCsv,
} from '../../bindings/report.ts';
import {importFile, stepProblem} from '../../bindings/trace.ts';
import {MARKUP, plantedReport} from './planted.ts';

const planner = loadPlannerSync();

async function exampleReport(name: string): Promise<Report> {
  const data = readFileSync(new URL(`../../examples/${name}`, import.meta.url));
  const imported = await importFile({name, data});
  const step = imported.kind === 'trace' ? stepProblem(imported.trace) : undefined;
  const problem = step ? step.problem : imported.kind === 'problem' ? imported.problem : undefined;
  assert.ok(problem);
  return makeReport({
    file: name,
    format: imported.format,
    problem,
    plan: planner.plan(problem),
    bounds: planner.bounds(problem),
    ...(imported.kind === 'trace' ? {trace: imported.trace} : {read: imported}),
    ...(step ? {step} : {}),
    warnings: [],
  });
}

const planted = plantedReport();
const mobilenet = await exampleReport('mobilenet_v2.inference.json.gz');
const five = await exampleReport('five.csv');
const page = (report: Report): string => [...reportHtml(report)].join('');

/** Tags of a page that has neither comments nor CDATA. */
const tagsOf = (html: string): string[] =>
  [...html.matchAll(/<\/?([a-zA-Z][\w-]*)/g)].map(([, name]) => name!);
/** Names of all attributes. */
const attributesOf = (html: string): Set<string> =>
  new Set(
    [...html.matchAll(/<[a-zA-Z][^<>]*>/g)].flatMap(([tag]) =>
      [...tag.matchAll(/\s([\w:-]+)=/g)].map(([, name]) => name!),
    ),
  );

test('a page has no script, no handler, nothing to fetch, and a policy that forbids all of it', () => {
  for (const report of [planted, mobilenet, five]) {
    const html = page(report);
    assert.ok(html.startsWith('<!doctype html>\n'));
    assert.ok(html.includes(`<meta http-equiv="Content-Security-Policy" content="${REPORT_POLICY}">`));
    const known = new Set(
      'html head meta link title style body header h1 p main dl div dt dd nav ul li a section h2 table thead tbody tr th td figure figcaption svg desc defs pattern clipPath rect path g text circle use details summary code footer'.split(
        ' ',
      ),
    );
    assert.deepEqual(
      tagsOf(html).filter(tag => !known.has(tag)),
      [],
    );
    const attributes = attributesOf(html);
    assert.deepEqual(
      [...attributes].filter(name => /^on|^src|^srcset|^action|^style$/.test(name)),
      [],
    );
    const links = [...html.matchAll(/href="([^"]*)"/g)].map(([, to]) => to!);
    assert.deepEqual(
      links.filter(to => !to.startsWith('#') && to !== 'data:,'),
      [],
    );
    assert.equal(/url\((?!#)|@import/.test(html), false);
  }
  assert.match(REPORT_POLICY, /^default-src 'none';/);
  assert.equal(/script-src|connect-src/.test(REPORT_POLICY), false);
});

test('markup in names, operations, the device and the name of the file stays text', () => {
  const html = page(planted);
  assert.equal(html.includes('<script'), false);
  assert.equal(html.includes('<img'), false);
  assert.equal(html.includes('<!--'), false);
  assert.equal(html.includes('\u0000'), false);
  const shown = html.split('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;').length - 1;
  assert.ok(shown > 40, `planted text is shown ${shown} times`);
  for (const picture of planted.pictures) {
    const svg = renderSvg(picture);
    assert.equal(/<script|<img|<!--/.test(svg), false, picture.name);
    // text nodes hold no half of an entity or element
    assert.equal(/&(?!(amp|lt|gt|quot|#39);)/.test(svg), false, picture.name);
  }
  assert.deepEqual(
    planted.pictures.map(({name}) => name),
    [
      'packing',
      'footprint',
      'active',
      'addresses',
      'flames-peak',
      'flames-byte-time',
      'allocators',
      'peak-by-operation',
      'content',
      'interval-cdf',
      'interval-sizes',
      'model-addresses',
      'segments',
    ],
  );
});

test('text that a spreadsheet would run stays text, and quotes and commas keep their cell', () => {
  const table = {
    columns: [{name: 'a, b'}, {name: 'n', unit: 'bytes' as const}],
    count: 3,
    row: (i: number) => [['=1+1', 'say "x", y', '@x'][i]!, -i],
  };
  assert.deepEqual(
    [...tableCsv(table)],
    ['"a, b",n (bytes)\n', "'=1+1,0\n", '"say ""x"", y",-1\n', "'@x,-2\n"],
  );
});

test('the first answers are how large, how small and which buffers, in these words for the example', () => {
  assert.deepEqual(five.answers, [
    {
      question: 'How large is it?',
      answer: '9 KiB',
      detail:
        'Planned, 5 buffers take one arena of 9,216 B (9.0 KiB). Without any reuse they would take 17,408 B (17.0 KiB), 1.89 times as much.',
    },
    {
      question: 'How small could it be, and is that proven?',
      answer: 'Not smaller: proven',
      detail:
        'The lower bound is 9,216 B (9.0 KiB) as well: no plan has a smaller peak. The plan was verified.',
    },
    {
      question: 'Which buffers make the peak?',
      answer: '3 buffers, 9 KiB',
      detail: 'They are live together from tick 2 to 3. The largest 3 are 100.0 % of it; the first is conv1.',
    },
  ]);
  const html = page(mobilenet);
  const first = html.indexOf('How much did the whole recording need?');
  assert.ok(first > 0 && first < html.indexOf('How large is the plan of iteration 4?'));
  assert.ok(html.indexOf('How large is the plan of iteration 4?') < html.indexOf('<svg'));
});

test('every picture of a page has its table beside it', () => {
  for (const report of [mobilenet, five]) {
    const sections = page(report).split('<section id="').slice(1);
    assert.equal(sections.length, report.pictures.length);
    for (const section of sections) {
      assert.ok(section.indexOf('<svg') > 0 && section.indexOf('<svg') < section.indexOf('<details'));
      assert.ok(section.includes('<table><thead>'));
    }
  }
});

function validators() {
  const read = (name: string) =>
    JSON.parse(readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8'));
  const ajv = new Ajv2020({allErrors: true, allowUnionTypes: true});
  ajv.addSchema(read('inspect.schema.json'));
  const isReport = ajv.compile(read('report.schema.json'));
  const isBehaviour = ajv.compile({$ref: 'stowage.inspect/1#/$defs/device/properties/behaviour'});
  return {ajv, isReport, isBehaviour};
}

test('the object fits its schema, also as JSON, and its behaviour that of inspect', () => {
  const {ajv, isReport, isBehaviour} = validators();
  for (const report of [planted, mobilenet, five]) {
    const object = JSON.parse(JSON.stringify(reportJson(report))) as Readonly<Record<string, unknown>>;
    assert.ok(isReport(object), ajv.errorsText(isReport.errors));
    if (object.behaviour !== null)
      assert.ok(isBehaviour(object.behaviour), ajv.errorsText(isBehaviour.errors));
    assert.deepEqual(object, reportJson(report), 'nothing in it that JSON cannot hold');
  }
  assert.equal((reportJson(planted) as {source: {file: string}}).source.file, `${MARKUP}.json`);
});

test('a problem with nothing in it and one whose fixed offsets collide are reported, too', () => {
  const {isReport} = validators();
  const clash = toColumns({
    buffers: [
      {size: 4, start: 0, end: 2, offset: 0},
      {size: 4, start: 1, end: 3, offset: 2},
    ],
  });
  const still = toColumns({
    buffers: [
      {size: 4, start: 1, end: 1},
      {size: 0, start: 0, end: 5},
    ],
  });
  for (const problem of [toColumns({buffers: []}), still, clash]) {
    const report = makeReport({
      file: 'none',
      format: 'csv',
      problem,
      plan: planner.plan(problem),
      bounds: planner.bounds(problem),
      warnings: [],
    });
    assert.ok(isReport(JSON.parse(JSON.stringify(reportJson(report)))));
    assert.equal(
      /NaN|undefined|Infinity/.test(page(report)),
      false,
      page(report)
        .replace(/<style>.*<\/style>/s, '')
        .slice(0, 1500),
    );
  }
});

/** `stowage report`, as its users run it. */
import assert from 'node:assert/strict';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {Ajv2020} from 'ajv/dist/2020.js';
import {newFolder, stowage} from './stowage.ts';

const FIXTURES = fileURLToPath(new URL('../trace/fixtures/', import.meta.url));
const MOBILENET = 'mobilenet_v2.inference.json.gz';
const isReport = new Ajv2020({allowUnionTypes: true}).compile(
  JSON.parse(readFileSync(new URL('../../docs/report.schema.json', import.meta.url), 'utf8')),
);

/** Runs it into a new folder. @returns what was written, `''` where nothing was */
function written(
  args: readonly string[],
  name: string,
): {text: string; stdout: string; stderr: string; status: number | null} {
  const output = join(newFolder(), name);
  const run = stowage(['report', ...args, '-o', output]);
  return {...run, text: existsSync(output) ? readFileSync(output, 'utf8') : ''};
}

test('the ending of the file selects a page, a picture, a table or an object', () => {
  const page = written(['five.csv'], 'out.html');
  assert.equal(page.status, 0, page.stderr);
  assert.ok(page.text.startsWith('<!doctype html>'));
  assert.ok(page.text.endsWith('</html>\n'));
  assert.match(page.stdout, /^How large is it\? 9 KiB\n/);
  assert.match(
    page.stdout,
    /\npictures: packing, footprint, active, flames-peak, flames-byte-time\nwrote .*out\.html\n$/,
  );

  const picture = written(['five.csv'], 'out.svg');
  assert.match(picture.text, /^<svg [^>]*>\n<title id="packing-title">/);
  const other = written(['five.csv', '--picture', 'active'], 'out.svg');
  assert.match(other.text, /<title id="active-title">/);

  const table = written(['five.csv', '--picture', 'footprint'], 'out.csv');
  assert.equal(
    table.text,
    'from tick (ticks),live (bytes)\n0,4096\n1,5120\n2,9216\n3,5120\n4,7168\n5,3072\n7,9216\n8,6144\n9,0\n',
  );

  const object = JSON.parse(written(['five.csv'], 'out.json').text);
  assert.equal(object.peak, 9216);
  assert.ok(isReport(object));
});

test('--json prints the object alone, the same every time', () => {
  const [first, second] = [
    stowage(['report', MOBILENET, '--json']),
    stowage(['report', MOBILENET, '--json']),
  ];
  assert.equal(first.status, 0);
  assert.equal(first.stdout, second.stdout);
  assert.ok(isReport(JSON.parse(first.stdout)), JSON.stringify(isReport.errors));
  assert.equal(first.stdout.trimEnd().split('\n').length, 1);
});

test('the iteration, the device, the alignment and the budget are those of plan', () => {
  const {stdout} = stowage([
    'report',
    MOBILENET,
    '--json',
    '--iteration',
    '2',
    '--linear',
    '--device',
    'cpu',
    '--alignment',
    '4096',
    '--algorithm',
    'portfolio',
    '--seed',
    '3',
  ]);
  const report = JSON.parse(stdout);
  assert.deepEqual(report.source, {
    file: MOBILENET,
    format: 'kineto',
    iteration: 2,
    lifetimes: 'linear',
    device: 'cpu',
  });
  assert.equal(report.seed, 3);
  const plan = JSON.parse(
    stowage([
      'plan',
      MOBILENET,
      '--json',
      '--iteration',
      '2',
      '--linear',
      '--alignment',
      '4096',
      '--algorithm',
      'portfolio',
      '--seed',
      '3',
    ]).stdout,
  );
  assert.deepEqual([report.peak, report.lowerBound, report.nodes], [plan.peak, plan.lowerBound, plan.nodes]);
});

test('problems, models and recordings of every kind get a report', () => {
  for (const name of [
    'onnx/small.onnx',
    'tflite/small.tflite',
    'xla/small.txt',
    'singa/mutable.txt',
    'event-log/everything.jsonl',
    'cuda-snapshot/everything.pickle',
    'heaptrack/small.heaptrack',
    'ltrace/everything.ltrace',
    'mtrace/everything.mtrace',
    'kineto/small.json',
  ]) {
    const {status, stdout, stderr} = stowage(['report', join(FIXTURES, name), '--json']);
    assert.equal(status, 0, `${name}: ${stderr}`);
    const report = JSON.parse(stdout);
    assert.ok(report.pictures.length >= 3, name);
    assert.ok(isReport(report), `${name}: ${JSON.stringify(isReport.errors)}`);
  }
});

test('a capacity is answered, and decides on the exit code as it does for plan', () => {
  const fits = written(['five.csv', '--capacity', '12KiB'], 'out.html');
  assert.equal(fits.status, 0);
  assert.match(
    fits.stdout,
    /\nDoes it fit 12 KiB\? Yes\n {2}It takes 11,264 B \(11\.0 KiB\); 1,024 B \(1\.0 KiB\) are left of 12,288 B \(12\.0 KiB\)\.\n/,
  );
  const tooSmall = written(['five.csv', '--capacity', '8KiB'], 'out.html');
  assert.equal(tooSmall.status, 4);
  assert.match(tooSmall.stdout, /\nDoes it fit 8 KiB\? No, and no plan can\n/);
  assert.ok(tooSmall.text.length > 1000);
});

test('an output that cannot be written is refused before anything is read', () => {
  const refused: [args: string[], message: RegExp][] = [
    [['none.csv'], /^stowage: expected -o FILE that ends in \.html, \.svg, \.csv, \.json, or --json\n$/],
    [
      ['none.csv', '-o', 'out.pdf'],
      /^stowage: -o out\.pdf: expected a name that ends in \.html, \.svg, \.csv, \.json; for a pipe or device --form\n$/,
    ],
    [
      ['none.csv', '-o', 'out.html', '--picture', 'packing'],
      /^stowage: --picture applies to -o FILE\.svg and -o FILE\.csv only\n$/,
    ],
    [
      ['none.csv', '--json', '--iteration', 'all'],
      /^stowage: --iteration all: a report takes one iteration: give a number, auto or window\n$/,
    ],
  ];
  for (const [args, message] of refused) {
    const {status, stderr, stdout} = stowage(['report', ...args]);
    assert.equal(status, 2, stderr);
    assert.match(stderr, message);
    assert.equal(stdout, '');
  }
});

test('an unknown picture is refused with the names that there are, and nothing is written', () => {
  const {status, stderr, text} = written(['five.csv', '--picture', 'segments'], 'out.svg');
  assert.equal(status, 2);
  assert.equal(
    stderr,
    'stowage: five.csv: --picture: expected one of packing, footprint, active, flames-peak, flames-byte-time, got segments\n',
  );
  assert.equal(text, '');
});

test('a file that cannot be read is an error with its place', () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'bad.csv'), 'id,lower,upper,size\na,0,x,1\n');
  const {status, stderr} = stowage(['report', 'bad.csv', '--json'], {cwd: folder});
  assert.equal(status, 3);
  assert.match(stderr, /^stowage: bad\.csv:2: /);
});

test('for a snapshot that ran out of memory the page shows the cause, and the recoverable bytes', () => {
  const {stdout, status} = stowage([
    'report',
    join(FIXTURES, 'cuda-snapshot', 'everything.pickle'),
    '--json',
  ]);
  assert.equal(status, 0);
  const report = JSON.parse(stdout);
  const questions = report.answers.map(({question}: {question: string}) => question);
  assert.ok(questions.includes('How much is recoverable in the whole recording?'), questions.join());
});

test('help shows the pictures and the endings', () => {
  const {stdout} = stowage(['report', '--help']);
  for (const word of ['.html', '.svg', '.csv', '.json', 'interval-cdf', '--picture', '--outlier-time'])
    assert.ok(stdout.includes(word), word);
});

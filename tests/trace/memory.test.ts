/**
 * The memory that docs/limits.md states, held: a process that has no more than that, and what it takes itself, reads
 * inputs that are made to take more.
 */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {gzipSync} from 'node:zlib';
import {buildSync} from 'esbuild';
import {IMPORTERS} from '../../bindings/trace.ts';
import {BOMBS} from '../campaign/inputs/bombs.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'stowage-memory-'));
/** The readers in one file of JavaScript: what runs TypeScript takes memory of its own. */
const READERS = join(FOLDER, 'readers.mjs');
buildSync({
  entryPoints: [fileURLToPath(new URL('../../bindings/trace.ts', import.meta.url))],
  outfile: READERS,
  bundle: true,
  format: 'esm',
  platform: 'node',
});
after(() => rmSync(FOLDER, {recursive: true}));

/** What a process has that reads next to nothing, MiB: address space that is reserved, and memory. */
const IDLE_ADDRESSES = 1500;
const IDLE_MEBIBYTES = 100;

const CHILD = `
import {createReadStream} from 'node:fs';
import {importFile, openSource, readPlanJson} from '${pathToFileURL(READERS).href}';
const [file, isPlan] = process.argv.slice(1);
const input = {name: file, data: createReadStream(file)};
let outcome = 'read';
try {
  if (isPlan === 'true') await readPlanJson(await openSource(input));
  else await importFile(input);
} catch (error) {
  outcome = error.name + ': ' + error.message;
}
console.log(JSON.stringify({outcome, bytes: process.resourceUsage().maxRSS * 1024}));
`;

/** Reads the file with so much memory. @returns the outcome: \`read\`, or an error's name and message */
function readWithin(file: string, mebibytes: number, isPlan = false): string {
  const limit = (IDLE_ADDRESSES + 2 * mebibytes) * 1024;
  const node = [
    `--max-old-space-size=${mebibytes}`,
    '--input-type=module',
    '-e',
    CHILD,
    file,
    String(isPlan),
  ];
  const run = spawnSync('sh', ['-c', `ulimit -v ${limit}; exec "$0" "$@"`, process.execPath, ...node], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.equal(run.status, 0, `${file} within ${mebibytes} MiB: ${run.stderr.slice(-400)}`);
  const {outcome, bytes} = JSON.parse(run.stdout) as {outcome: string; bytes: number};
  const taken = bytes / 2 ** 20 - IDLE_MEBIBYTES;
  assert.ok(taken <= mebibytes, `${taken.toFixed(0)} of ${mebibytes} MiB: ${outcome}`);
  return outcome;
}

/** A bomb of each importer, by its name in the campaign; how large; the memory in MiB; the outcome. */
const CASES: readonly [format: string, bomb: string, n: number, mebibytes: number, outcome: RegExp][] = [
  ['csv', 'csv rows', 200_000, 128, /^read/],
  ['csv', 'csv columns', 4_000_000, 128, /^ImportError: more than 4096 columns/],
  ['event-log', 'event log events', 60_000, 128, /^read/],
  ['event-log', 'event log depth', 1_000_000, 256, /^ImportError/],
  ['mtrace', 'mtrace callers', 100_000, 128, /^read/],
  ['ltrace', 'ltrace unfinished', 50_000, 128, /^read/],
  ['singa', 'singa lines', 100_000, 128, /^read/],
  ['heaptrack', 'heaptrack classes', 60_000, 128, /^read/],
  ['heaptrack', 'heaptrack numbers', 2_000_000, 128, /^LimitError|^ImportError|^read/],
  ['xla', 'xla values', 50_000, 128, /^read/],
  ['kineto', 'kineto threads of spans', 30_000, 256, /^read/],
  [
    'kineto',
    'kineto long event',
    20_000_000,
    256,
    /^ImportError: an event or a key of more than 16777216 bytes/,
  ],
  ['problem-json', 'problem values', 5_000_000, 768, /^ImportError: more than 8388608 values/],
  ['problem-json', 'problem scopes', 4_000, 768, /^ImportError: scopes\[0\]: more than 1000000 pairs/],
  ['plan-json', 'plan offsets', 9_000_000, 768, /^ImportError: more than 8388608 values/],
  ['cuda-snapshot', 'pickle doubled', 200_000, 128, /^ImportError/],
  ['cuda-snapshot', 'snapshot text', 4_000_000, 128, /^ImportError/],
  ['onnx', 'onnx nodes', 100_000, 256, /^ImportError|^read/],
  ['onnx', 'onnx concat', 200_000, 256, /^ImportError|^read/],
  ['onnx', 'onnx long names', 4_000, 256, /^ImportError: calls of functions make more than 16777216 names/],
  ['tflite', 'tflite one name', 20_000, 256, /^read|^ImportError/],
  ['tflite', 'tflite names within names', 8_000, 256, /^ImportError: damaged: byte \d+: texts of more than/],
];

for (const [format, bomb, n, mebibytes, outcome] of CASES)
  test(`${format}: ${bomb}, ${n.toLocaleString('en')}: within ${mebibytes} MiB`, () => {
    const {make, isPlan = false} = BOMBS[bomb]!;
    const file = join(FOLDER, 'bomb');
    writeFileSync(file, Buffer.concat([...make(n)].map(piece => Buffer.from(piece as Uint8Array))));
    assert.match(readWithin(file, mebibytes, isPlan), outcome);
  });

test('every importer is held to its memory', () => {
  const held = new Set(CASES.map(([format]) => format));
  assert.deepEqual(
    IMPORTERS.map(({format}) => format).filter(format => !held.has(format)),
    [],
  );
});

test('a few compressed bytes that expand to many: a model is refused at 256 MiB', () => {
  const head = Buffer.from([0x1c, 0, 0, 0, ...Buffer.from('TFL3')]);
  const zeros = Buffer.alloc(1 << 20);
  // members of gzip, one after the other
  const member = gzipSync(zeros);
  const file = join(FOLDER, 'model.gz');
  writeFileSync(file, Buffer.concat([gzipSync(head), ...Array.from({length: 400}, () => member)]));
  assert.ok(readFileSync(file).length < 1 << 20);
  assert.match(
    readWithin(file, 1024),
    /^ImportError: the compressed data expands to more than 16 times its size/,
  );
});

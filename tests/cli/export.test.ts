/** `stowage export`, and the artifacts of `stowage plan -o`. */
import assert from 'node:assert/strict';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {gzipSync} from 'node:zlib';
import {Ajv2020} from 'ajv/dist/2020.js';
import {openTfliteModel} from '../../bindings/artifacts.ts';
import type {ExportJson} from '../../bindings/cli/commands/export.ts';
import {loadPlannerSync} from '../../bindings/index.ts';
import {planIn, readModel} from '../artifacts/tflite-reader.ts';
import {tfliteGraph} from '../trace/tflite-graphs.ts';
import {newFolder, stowage} from './stowage.ts';

const SCHEMA = JSON.parse(readFileSync(new URL('../../docs/export.schema.json', import.meta.url), 'utf8'));
const isExport = new Ajv2020({allErrors: true}).compile(SCHEMA);
const FORMATS = ['tflite', 'tflite-c', 'c-header', 'executorch', 'webgpu', 'minimalloc', 'svg'];
const CSV = 'id,lower,upper,size,alignment\na,0,4,100,4\nb,2,6,50,4\nc,5,8,20,4\n';

function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const cwd = newFolder();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), content);
  return cwd;
}

test('every format is written, and --json says what, by its schema', () => {
  const cwd = folderWith({'net.tflite': tfliteGraph(20, 6)});
  for (const format of FORMATS) {
    const {status, stdout, stderr} = stowage(
      ['export', 'net.tflite', '--format', format, '-o', `out.${format}`, '--json'],
      {cwd},
    );
    assert.deepEqual([status, stderr], [0, ''], format);
    const report: ExportJson = JSON.parse(stdout);
    assert.ok(isExport(report as unknown), JSON.stringify(isExport.errors));
    assert.equal(report.written, readFileSync(join(cwd, `out.${format}`)).length);
    assert.deepEqual([report.format, report.buffers, report.status], [format, 23, 'optimal']);
    assert.equal('tensorArena' in report, format.startsWith('tflite'));
  }
  assert.match(readFileSync(join(cwd, 'out.c-header'), 'utf8'), /#define PLAN_T22_OFFSET UINT64_C\(\d+\)/);
  assert.match(
    stowage(['export', '--help']).stdout,
    /tflite-c {4}TensorFlow Lite Micro's BufferPlan, as C\+\+/,
  );
});

test('the text names the written file, the memory of the runtime, and unknown scratch memory', () => {
  const cwd = folderWith({'net.tflite.gz': gzipSync(tfliteGraph(12, 3))});
  const out = ['--format', 'tflite', '-o', 'out.tflite'];
  const {stdout, stderr} = stowage(['export', 'net.tflite.gz', ...out], {cwd});
  const [wrote, arena, tensors] = stdout.split('\n');
  assert.match(wrote!, /^wrote {8}out\.tflite: tflite, [\d,]+ B.*, 15 buffers$/);
  assert.match(arena!, /^arena {8}[\d,]+ B.*, aligned to 16$/);
  assert.match(
    tensors!,
    /^tensors {6}[\d,]+ B.* of the runtime's arena, [\d,]+ B.* without a plan; the runtime's own data/,
  );
  assert.match(stderr, /scratch memory that kernels ask for/);
  const withScratch = [
    'export',
    'net.tflite.gz',
    ...out,
    '--scratch',
    '0=64KiB',
    '--scratch',
    '0:3=16',
    '--json',
  ];
  const report = JSON.parse(stowage(withScratch, {cwd}).stdout);
  assert.equal(report.buffers, 17);
  assert.ok(report.tensorArena.bytes > 65536);
});

test('a plan that is given is written as it is, after a check', async () => {
  const bytes = tfliteGraph(12, 4);
  const cwd = folderWith({'net.tflite': bytes});
  assert.equal(stowage(['plan', 'net.tflite', '--algorithm', 'naive', '-o', 'naive.csv'], {cwd}).status, 0);
  const args = ['export', 'net.tflite', '--format', 'tflite', '-o', 'out.tflite', '--plan'];
  const {status, stdout} = stowage([...args, 'naive.csv', '--json'], {cwd});
  assert.equal(status, 0);
  const report: ExportJson = JSON.parse(stdout);
  assert.ok(isExport(report as unknown));
  assert.deepEqual([report.lowerBound, report.status], [null, null]);
  const file = await openTfliteModel(bytes);
  const {offsets} = planIn(readModel(readFileSync(join(cwd, 'out.tflite'))));
  const naive = loadPlannerSync().plan(file.problem, {algorithm: 'naive'});
  assert.deepEqual(
    [...file.tensors].map(tensor => offsets[tensor]),
    [...naive.offsets],
  );
  const csv = readFileSync(join(cwd, 'naive.csv'), 'utf8').replace(/,\d+$/gm, ',0');
  writeFileSync(join(cwd, 'zeros.csv'), csv);
  const refused = stowage([...args, 'zeros.csv'], {cwd});
  assert.deepEqual([refused.status, refused.stdout], [2, '']);
  assert.match(refused.stderr, /^stowage: zeros\.csv: the plan does not hold: overlap: buffer "t0"/);
});

test('a format raises alignments to its own', () => {
  const cwd = folderWith({'three.csv': CSV});
  assert.equal(stowage(['export', 'three.csv', '--format', 'webgpu', '-o', 'plan.json'], {cwd}).status, 0);
  const plan = JSON.parse(readFileSync(join(cwd, 'plan.json'), 'utf8'));
  assert.deepEqual(
    plan.tensors.map(({offset}: {offset: number}) => offset % 256),
    [0, 0, 0],
  );
});

test('pools become arenas of their own in the artifact; a plan that does not fit is not written', () => {
  const cwd = folderWith({'three.csv': CSV});
  const pools = ['--pool', 'sram=120', '--pool', 'dram'];
  const header = ['export', 'three.csv', '--format', 'c-header', '-o', 'plan.h'];
  const {status, stdout, stderr} = stowage([...header, ...pools, '--json'], {cwd});
  assert.equal(status, 0, stderr);
  const report: ExportJson = JSON.parse(stdout);
  assert.ok(isExport(report as unknown), JSON.stringify(isExport.errors));
  assert.deepEqual(report.arenas.map(({name}) => name).sort(), ['dram', 'sram']);
  assert.match(readFileSync(join(cwd, 'plan.h'), 'utf8'), /PLAN_ARENA_SRAM_BYTES UINT64_C\((100|50)\)/);
  const refused = stowage([...header, '--pool', 'sram=60'], {cwd});
  assert.equal(refused.status, 4);
  assert.match(refused.stderr, /"a" alone needs 100 B in sram.*: nothing written/);
  const model = stowage(['export', 'three.csv', '--format', 'executorch', '-o', 'plan.json', ...pools], {
    cwd,
  });
  assert.equal(model.status, 0, model.stderr);
  const {tensors} = JSON.parse(readFileSync(join(cwd, 'plan.json'), 'utf8'));
  const memories = tensors.map(
    ({allocation_info: info}: {allocation_info: {memory_id: number}}) => info.memory_id,
  );
  assert.deepEqual([...new Set(memories)].sort(), [1, 2]);
});

test('a plan that does not fit is not written', () => {
  const cwd = folderWith({'three.csv': CSV});
  const args = ['export', 'three.csv', '--format', 'c-header', '-o', 'plan.h', '--capacity', '120'];
  const {status, stderr} = stowage(args, {cwd});
  assert.equal(status, 4);
  assert.match(stderr, /^stowage: three\.csv: no plan fits the capacity; .* the lower bound is 150 B/);
  assert.equal(existsSync(join(cwd, 'plan.h')), false);
  const planned = stowage(['plan', 'three.csv', '--capacity', '120', '-o', 'plan.h'], {cwd});
  assert.equal(planned.status, 4);
  assert.match(planned.stderr, /plan\.h: not written, because the plan does not fit the capacity/);
  assert.equal(existsSync(join(cwd, 'plan.h')), false);
});

test('plan -o writes a header and a model by the extension', () => {
  const cwd = folderWith({'net.tflite': tfliteGraph(9, 1), 'three.csv': CSV});
  assert.equal(stowage(['plan', 'three.csv', '-o', 'plan.h'], {cwd}).status, 0);
  assert.match(readFileSync(join(cwd, 'plan.h'), 'utf8'), /PLAN_ARENA_BYTES UINT64_C\(150\)/);
  assert.equal(stowage(['plan', 'net.tflite', '-o', 'planned.tflite'], {cwd}).status, 0);
  assert.match(stowage(['plan', 'planned.tflite'], {cwd}).stdout, /^own plan .* the same as this plan$/m);
});

test('a wrong option is a usage error that names the right one', () => {
  const cwd = folderWith({'three.csv': CSV, 'net.tflite': tfliteGraph(9, 1)});
  const out = ['-o', 'out'];
  for (const [args, message] of [
    [['three.csv', ...out], /required option '--format <NAME>'/],
    [['three.csv', '--format', 'pte', ...out], /Allowed choices are tflite, tflite-c, c-header/],
    [['three.csv', '--format', 'c-header'], /required option '-o, --output <FILE>'/],
    [
      ['three.csv', '--format', 'tflite', ...out],
      /three\.csv: tflite needs a TensorFlow Lite model, and this is csv/,
    ],
    [
      ['three.csv', '--format', 'c-header', '--prefix', 'a-b', ...out],
      /prefix: expected a name of C, got "a-b"/,
    ],
    [
      ['three.csv', '--format', 'c-header', '--scratch', '1=2', ...out],
      /--scratch: only the formats tflite and tflite-c/,
    ],
    [
      ['net.tflite', '--format', 'tflite', '--scratch', 'x', ...out],
      /expected OPERATOR=BYTES or SUBGRAPH:OPERATOR=BYTES/,
    ],
    [
      ['net.tflite', '--format', 'tflite', '--scratch', '99=1', ...out],
      /runs no operator 99 of a subgraph 0/,
    ],
    [['net.tflite', '--format', 'tflite', '--alignment', '4', ...out], /no multiple of 16 bytes/],
    [['-', '--plan', '-', '--format', 'c-header', ...out], /FILE and --plan cannot both be -/],
  ] as const) {
    const {status, stderr} = stowage(['export', ...args], {cwd});
    assert.equal(status, 2, `${args.join(' ')}: ${stderr}`);
    assert.match(stderr, message);
  }
  assert.match(
    stowage(['plan', 'three.csv', '-o', 'x.svgz'], {cwd}).stderr,
    /\.csv, \.json, \.tflite, \.h, \.svg; for other formats use stowage export/,
  );
});

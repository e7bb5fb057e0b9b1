/** Reading: time and memory per format, each file from disk and in a process of its own; steps; formats from memory. */
import {execFileSync} from 'node:child_process';
import {closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {gunzipSync, gzipSync} from 'node:zlib';
import {importFile, writeCsv, writeEventLog} from '../bindings/trace.ts';
import {benchSteps} from './import-step.ts';
import {heap} from './instances.ts';
import {ms, printTable} from './measure.ts';
import {smallSnapshot, writeKineto, writeSnapshot} from './recordings.ts';

/** The output of `import-child.mjs`. */
interface Child {
  readonly milliseconds: readonly number[];
  /** Milliseconds of the processor, all threads together. */
  readonly processor: readonly number[];
  readonly events: number;
  /** Bytes, at most. */
  readonly resident: number;
}

/** Processes per file: in each, a first reading and some warm ones. */
const PROCESSES = 5;
const WARM = 5;

/**
 * @param isLarge whether to read a snapshot and a Chrome trace of 1 GB, too.
 * @param against root of another built package, whose steps are timed in turns with this one's.
 */
export async function benchImport(isLarge = false, against?: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'stowage-bench-'));
  try {
    const files = writeFiles(folder);
    benchFiles(folder, files, isLarge);
    benchSteps(
      [
        ['snapshot, 12 MB', files.snapshot],
        ['kineto, 150 MB', files.longKineto],
      ],
      against,
    );
  } finally {
    rmSync(folder, {recursive: true});
  }
  await benchMemory();
}

interface Files {
  /** Where the snapshot comes from. */
  readonly what: string;
  readonly data: Uint8Array;
  /** Paths: of a snapshot of 12 MB, of Chrome traces of 30 and of 150 MB. */
  readonly snapshot: string;
  readonly kineto: string;
  readonly longKineto: string;
}

function writeFile(path: string, fill: (file: number) => void): string {
  const file = openSync(path, 'w');
  fill(file);
  closeSync(file);
  return path;
}

function writeFiles(folder: string): Files {
  const {what, data} = smallSnapshot();
  return {
    what,
    data,
    snapshot: writeFile(join(folder, 'snapshot'), file => writeSnapshot(file, data, 12e6)),
    kineto: writeFile(join(folder, 'kineto'), file => writeKineto(file, 30e6)),
    longKineto: writeFile(join(folder, 'kineto-5'), file => writeKineto(file, 150e6)),
  };
}

function benchFiles(
  folder: string,
  {what, data, snapshot, kineto, longKineto}: Files,
  isLarge: boolean,
): void {
  console.log(
    `import: from disk, by the built package, each file in processes of its own (snapshot: ${what})`,
  );
  const zip = (path: string): string => {
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
    return `${path}.gz`;
  };
  const large = join(folder, 'large');
  const rows = [
    fileRow('snapshot, 12 MB', snapshot, 'first ≤ 120 ms, ≤ 100 MB'),
    fileRow('kineto, 30 MB', kineto, '≥ 80 MB/s'),
    fileRow('kineto, 150 MB', longKineto, 'memory as for 30 MB', 1, 0),
    fileRow('snapshot, gzip', zip(snapshot), gunzipGoal(snapshot)),
    fileRow('kineto, gzip', zip(kineto), gunzipGoal(kineto)),
  ];
  if (isLarge) {
    writeFile(large, file => writeSnapshot(file, data, 1e9));
    rows.push(fileRow('snapshot, 1 GB', large, '≤ 20 s, ≤ 1.5 GB', 1, 0));
    writeFile(large, file => writeKineto(file, 1e9));
    rows.push(fileRow('kineto, 1 GB', large, '≥ 80 MB/s', 1, 0));
  }
  printTable(
    [
      'file',
      'MB',
      'first ms: min',
      'median',
      'processor ms',
      'warm ms: min',
      'median',
      'MB/s at best',
      'resident MB',
      'goal',
    ],
    rows,
  );
}

function fileRow(
  name: string,
  path: string,
  goal: string,
  processes = PROCESSES,
  warm = WARM,
): (string | number)[] {
  const children = Array.from({length: processes}, () => readInChild(path, 1 + warm));
  const alone = warm > 0 ? Array.from({length: processes}, () => readInChild(path, 1)) : children;
  const first = rising(alone.map(({milliseconds}) => milliseconds[0]!));
  const processor = rising(alone.map(({processor}) => processor[0]!));
  const later = rising(children.flatMap(({milliseconds}) => milliseconds.slice(1)));
  const megabytes = statSync(path).size / 1e6;
  return [
    name,
    megabytes.toFixed(1),
    ms(first[0]!),
    ms(median(first)),
    ms(processor[0]!),
    later.length > 0 ? ms(later[0]!) : '–',
    later.length > 0 ? ms(median(later)) : '–',
    // of compressed bytes it would say nothing
    path.endsWith('.gz') ? '–' : (megabytes / (Math.min(first[0]!, later[0] ?? first[0]!) / 1000)).toFixed(0),
    (median(rising(alone.map(({resident}) => resident))) / 1e6).toFixed(0),
    goal,
  ];
}

/** Limits: 1.3 × the time of gunzip alone, plus the file's time without gzip; warm minima. */
function gunzipGoal(path: string): string {
  writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
  const gunzip = rising(
    Array.from({length: PROCESSES}, () => {
      const began = performance.now();
      execFileSync('gunzip', ['-c', `${path}.gz`], {stdio: 'ignore'});
      return performance.now() - began;
    }),
  )[0]!;
  const parse = rising(readInChild(path, 1 + WARM).milliseconds.slice(1))[0]!;
  return `warm ≤ ${ms(1.3 * gunzip + parse)} ms: 1.3 × gunzip (${ms(gunzip)}) + plain (${ms(parse)})`;
}

function readInChild(path: string, times: number): Child {
  const script = fileURLToPath(new URL('import-child.mjs', import.meta.url));
  return JSON.parse(
    execFileSync(process.execPath, [script, path, String(times)], {encoding: 'utf8'}),
  ) as Child;
}

const rising = (samples: readonly number[]): number[] => [...samples].sort((a, b) => a - b);
const median = (sorted: readonly number[]): number => sorted[sorted.length >> 1]!;

async function benchMemory(): Promise<void> {
  const kineto = readFileSync(new URL('../examples/resnet50.training.json.gz', import.meta.url));
  const imported = await importFile({name: 'resnet50', data: kineto});
  if (imported.kind !== 'trace') throw new Error('the example is no trace');
  const inputs: [string, Uint8Array][] = [
    ['kineto, gzip', kineto],
    ['kineto', gunzipSync(kineto)],
    ['event log', new TextEncoder().encode([...writeEventLog(imported.trace)].join(''))],
    ['csv, 100,000 rows', new TextEncoder().encode([...writeCsv(heap(100_000, 2))].join(''))],
  ];
  console.log('import: from memory');
  const rows: (string | number)[][] = [];
  for (const [name, data] of inputs) {
    const samples = await sampled(() => importFile({name, data}));
    const megabytes = data.length / 1e6;
    rows.push([
      name,
      megabytes.toFixed(1),
      ms(samples[0]!),
      ms(samples[samples.length >> 1]!),
      (megabytes / (samples[0]! / 1000)).toFixed(0),
    ]);
  }
  printTable(['format', 'MB', 'min ms', 'median ms', 'MB/s at best'], rows);
}

/** Milliseconds of seven calls after a warm-up, rising: `benchmark` cannot time promises without skewing short ones. */
async function sampled(call: () => Promise<unknown>): Promise<number[]> {
  await call();
  const samples: number[] = [];
  for (let i = 0; i < 7; i++) {
    const began = performance.now();
    await call();
    samples.push(performance.now() - began);
  }
  return samples.sort((a, b) => a - b);
}

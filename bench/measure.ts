/** Times with `benchmark`: warm-up, at least five samples, minimum and median; and tables of them. */
import {readFileSync} from 'node:fs';
import {cpus, totalmem} from 'node:os';
import Benchmark from 'benchmark';

/** Milliseconds of one call. */
export interface Times {
  readonly min: number;
  readonly median: number;
  readonly samples: number;
}

/** The last result of a timed call: read after the bench, so that nothing is optimised away. */
export const sink: {value: unknown} = {value: undefined};

/** Times `call`; calls slower than a tenth of a second get five samples, faster ones as many as fit half a second. */
export function time(call: () => unknown): Times {
  sink.value = call(); // warm-up: compiles, grows memory
  const benchmark = new Benchmark(
    () => {
      sink.value = call();
    },
    {minSamples: 5, maxTime: 0.5, minTime: 0.01, initCount: 1},
  );
  benchmark.run();
  // an error inside a benchmark is kept, not thrown
  if ((benchmark as {error?: Error}).error) throw (benchmark as {error?: Error}).error;
  const samples = benchmark.stats.sample.map(seconds => seconds * 1000).sort((a, b) => a - b);
  return {min: samples[0]!, median: samples[samples.length >> 1]!, samples: samples.length};
}

/** Machine, versions and seed, above every table. */
export function printMachine(seed: number): void {
  const {version} = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const [cpu] = cpus();
  console.log(
    `stowage ${version}, Node ${process.versions.node}, V8 ${process.versions.v8}, ${process.platform} ${process.arch}, ` +
      `${cpus().length} × ${cpu?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, seed ${seed}`,
  );
  console.log(
    'times: minimum and median of at least 5 after a warm-up, unless said otherwise; shared machines are noisy\n',
  );
}

/** Columns as wide as they need to be, numbers to the right. */
export function printTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const cells = [head, ...rows.map(row => row.map(String))];
  const widths = head.map((_, column) => Math.max(...cells.map(row => row[column]!.length)));
  for (const [index, row] of cells.entries()) {
    const isText = (column: number) =>
      typeof (rows[0]?.[column] ?? '') === 'string' && !/^[\d.,]+$/.test(cells[1]?.[column] ?? '');
    console.log(
      row
        .map((cell, column) =>
          isText(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
        )
        .join('  '),
    );
    if (index === 0) console.log(widths.map(width => '-'.repeat(width)).join('  '));
  }
  console.log();
}

/** The geometric mean; NaN of none. */
export const geometricMean = (values: readonly number[]) =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** The upper median; NaN of none. */
export const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Seconds with three digits that count. */
export const inSeconds = (value: number) =>
  value >= 100 ? value.toFixed(0) : value >= 0.1 ? value.toPrecision(3) : value.toFixed(5);

export const ms = (value: number) => value.toFixed(value < 10 ? 2 : 0);

/** Reading: bytes per second of each format, from memory, decompressed and not. */
import {readFileSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';
import {importFile, writeCsv, writeEventLog} from '../bindings/trace/index.ts';
import {heap} from './instances.ts';
import {ms, printTable} from './measure.ts';

export async function benchImport(): Promise<void> {
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

/** The page in a real Chromium: from the file to the first picture, memory, frames with a million buffers, many ranks, weight. */
import {closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync} from 'node:fs';
import {loadavg, tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Browser} from 'playwright-core';
import {writeCsv} from '../bindings/trace.ts';
import {openChromium} from '../tests/hosts/chromium.ts';
import {training} from './instances.ts';
import {printTable} from './measure.ts';
import type {BenchOptions} from './options.ts';
import {benchFlames, FLAMES_HEAD, flamesRow, writeStacks} from './page/flames.ts';
import {benchFrames} from './page/frames.ts';
import {OPENING_HEAD, openingRow} from './page/opening.ts';
import {benchRanks, writeRanks} from './page/ranks.ts';
import {PAGE, serve} from './page/server.ts';
import {printWeight} from './page/weight.ts';
import {smallSnapshot, writeSnapshot} from './recordings.ts';

const TIMES = 5;
const MANY = 1_000_000;
/** Ranks of a run: all of them take most of a minute. */
const FEW_RANKS = 8;
const RANKS = 64;

export async function benchPage(options: BenchOptions): Promise<void> {
  if (!existsSync(join(PAGE, 'index.html')))
    throw new Error('dist/page is missing: run `npm run build` first');
  printWeight();
  const chromium = await openChromium();
  if (!chromium) {
    console.log('page: this machine has no Chromium, so nothing else is measured\n');
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'stowage-bench-'));
  const server = await serve();
  try {
    await benchIn(chromium.browser, server.origin, folder, options);
  } finally {
    await chromium.close();
    await server.close();
    rmSync(folder, {recursive: true});
  }
}

async function benchIn(
  browser: Browser,
  origin: string,
  folder: string,
  {long, seed}: BenchOptions,
): Promise<void> {
  const {what} = smallSnapshot();
  console.log(`page: Chromium ${browser.version()}, without a GPU; snapshot: ${what}`);
  console.log(
    `load of the machine: ${loadavg()
      .map(load => load.toFixed(1))
      .join(', ')}; each file in a page that was idle for half a second`,
  );
  const rows = [
    await openingRow(browser, origin, snapshotOf(folder, 12e6), TIMES, '≤ 0.35 s, ≤ 90 MB'),
    ...(long ? [await openingRow(browser, origin, snapshotOf(folder, 1e9), 1, '≤ 15 s, ≤ 1,100 MB')] : []),
  ];
  printTable(OPENING_HEAD, rows);
  await printRanks(browser, origin, folder, long ? RANKS : FEW_RANKS);
  printTable(FLAMES_HEAD, [flamesRow(await benchFlames(browser, origin, writeStacks(folder)))]);
  const many = join(folder, 'many.csv');
  writeFileSync(many, [...writeCsv(training(MANY, seed))].join(''));
  await benchFrames(browser, origin, many, MANY);
}

function snapshotOf(folder: string, bytes: number): string {
  const path = join(folder, `snapshot-${bytes / 1e6}`);
  const file = openSync(path, 'w');
  writeSnapshot(file, smallSnapshot().data, bytes);
  closeSync(file);
  return path;
}

async function printRanks(browser: Browser, origin: string, folder: string, ranks: number): Promise<void> {
  const run = writeRanks(folder, ranks);
  const {megabytes, first, all, resident, processors} = await benchRanks(browser, origin, run, {ranks});
  printTable(
    ['ranks', 'MB each', 'first bar s', 'all s', 'processor s', 'MB at most', 'goal of 64'],
    [
      [
        ranks,
        megabytes.toFixed(1),
        first.toFixed(2),
        all.toFixed(1),
        processors.toFixed(1),
        Number.isNaN(resident) ? '–' : resident.toFixed(0),
        'first ≤ 1 s, all ≤ 15 s, ≤ 1,500 MB',
      ],
    ],
  );
}

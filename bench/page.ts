/** The page in a real Chromium: from the file to the first picture, memory, frames with a million allocations, weight. */
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {extname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {gzipSync} from 'node:zlib';
import type {Browser, Page} from 'playwright-core';
import {writeCsv} from '../bindings/trace.ts';
import {openChromium} from '../tests/hosts/chromium.ts';
import {training} from './instances.ts';
import {median, printTable} from './measure.ts';
import type {BenchOptions} from './options.ts';
import {smallSnapshot, writeSnapshot} from './recordings.ts';

const PAGE = fileURLToPath(new URL('../dist/page/', import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
};
const TIMES = 5;
const MANY = 1_000_000;

export async function benchPage({long, seed}: BenchOptions): Promise<void> {
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
    const {what, data} = smallSnapshot();
    console.log(`page: Chromium ${chromium.browser.version()}, without a GPU; snapshot: ${what}`);
    const snapshot = (name: string, bytes: number) => {
      const path = join(folder, name);
      const file = openSync(path, 'w');
      writeSnapshot(file, data, bytes);
      closeSync(file);
      return path;
    };
    const rows = [
      await openingRow(
        chromium.browser,
        server.origin,
        snapshot('snapshot-12', 12e6),
        TIMES,
        '≤ 0.5 s, ≤ 100 MB',
      ),
      ...(long
        ? [
            await openingRow(
              chromium.browser,
              server.origin,
              snapshot('snapshot-1000', 1e9),
              1,
              '≤ 30 s, ≤ 1.5 GB',
            ),
          ]
        : []),
    ];
    printTable(
      [
        'file',
        'MB',
        'first picture s: min',
        'median',
        'planned s',
        'MB at most',
        'more than an empty page',
        'goal',
      ],
      rows,
    );
    const many = join(folder, 'many.csv');
    writeFileSync(many, [...writeCsv(training(MANY, seed))].join(''));
    await benchFrames(chromium.browser, server.origin, many);
  } finally {
    await chromium.close();
    await server.close();
    rmSync(folder, {recursive: true});
  }
}

function printWeight(): void {
  const sizeOf = (names: readonly string[]) =>
    names.reduce((sum, name) => sum + gzipSync(readFileSync(join(PAGE, name)), {level: 9}).length, 0);
  const page = sizeOf(['index.html', 'assets/page.js', 'assets/page.css']);
  printTable(
    ['page', 'kB compressed', 'goal'],
    [
      ['the page', (page / 1000).toFixed(1), '≤ 250'],
      ['example.js, loaded on demand', (sizeOf(['example.js']) / 1000).toFixed(1), 'apart'],
      ['stowage.html, all in one file', (sizeOf(['stowage.html']) / 1000).toFixed(1), '–'],
    ],
  );
}

async function serve(): Promise<{origin: string; close(): Promise<void>}> {
  const server = createServer((request, response) => {
    const {pathname} = new URL(request.url ?? '/', 'http://127.0.0.1');
    const file = join(PAGE, pathname === '/' ? 'index.html' : pathname);
    if (!existsSync(file)) response.writeHead(404).end();
    else response.writeHead(200, {'content-type': TYPES[extname(file)] ?? ''}).end(readFileSync(file));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => new Promise(resolve => server.close(() => resolve())),
  };
}

/** Seconds from the choice of the file to the first picture and to the plan. */
interface Opening {
  readonly first: number;
  /** NaN where it is planned only on request. */
  readonly planned: number;
  /** Bytes resident at most in the process of the page; NaN where the system does not report it. */
  readonly resident: number;
  /** The same before anything was opened. */
  readonly empty: number;
}

async function openingRow(
  browser: Browser,
  origin: string,
  path: string,
  times: number,
  goal: string,
): Promise<(string | number)[]> {
  const openings: Opening[] = [];
  for (let i = 0; i < times; i++) openings.push(await openFile(browser, origin, path));
  const rising = (of: (opening: Opening) => number) => openings.map(of).sort((a, b) => a - b);
  const first = rising(({first}) => first);
  const megabytes = (bytes: number) => (Number.isNaN(bytes) ? '–' : (bytes / 1e6).toFixed(0));
  return [
    path.split('/').at(-1)!,
    (statSync(path).size / 1e6).toFixed(1),
    first[0]!.toFixed(3),
    median(first).toFixed(3),
    Number.isNaN(openings[0]!.planned) ? 'when asked' : median(rising(({planned}) => planned)).toFixed(2),
    megabytes(median(rising(({resident}) => resident))),
    megabytes(median(rising(({resident, empty}) => resident - empty))),
    goal,
  ];
}

async function openFile(browser: Browser, origin: string, path: string): Promise<Opening> {
  const known = await renderers(browser);
  const context = await browser.newContext({viewport: {width: 1280, height: 900}});
  const page = await context.newPage();
  page.setDefaultTimeout(300_000);
  await page.goto(origin);
  await page.waitForTimeout(500);
  const [process] = (await renderers(browser)).filter(id => !known.includes(id));
  const empty = residentOf(process);
  await page.evaluate(() => {
    const times = globalThis as unknown as {chosen: number; first: number; planned: number};
    document.addEventListener(
      'change',
      () => {
        times.chosen ??= performance.now();
      },
      true,
    );
    new MutationObserver(() => {
      if (document.querySelector('.plot[data-painted]')) times.first ??= performance.now();
      if (document.querySelector('.summary[aria-busy="false"]')) times.planned ??= performance.now();
    }).observe(document.body, {subtree: true, childList: true, attributes: true});
  });
  await page.setInputFiles('input[type=file]', path);
  await page.waitForFunction(() => 'first' in globalThis && 'planned' in globalThis, undefined, {
    polling: 100,
  });
  const {first, planned} = await page.evaluate(() => {
    const times = globalThis as unknown as {chosen: number; first: number; planned: number};
    return {first: times.first - times.chosen, planned: times.planned - times.chosen};
  });
  const resident = residentOf(process);
  const isHeld = (await page.getByRole('button', {name: 'Plan it'}).count()) > 0;
  await context.close();
  return {first: first / 1000, planned: isHeld ? Number.NaN : planned / 1000, resident, empty};
}

async function renderers(browser: Browser): Promise<number[]> {
  const session = await browser.newBrowserCDPSession();
  const {processInfo} = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.filter(({type}) => type === 'renderer').map(({id}) => id);
}

/** Largest resident memory, bytes: Linux reports it for every process. */
function residentOf(process: number | undefined): number {
  try {
    const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${process}/status`, 'utf8')) ?? [];
    return Number(kibibytes) * 1024;
  } catch {
    return Number.NaN;
  }
}

/** Wheel and drag for some seconds: how long frames take, and how often the picture was painted anew meanwhile. */
async function benchFrames(browser: Browser, origin: string, path: string): Promise<void> {
  const context = await browser.newContext({viewport: {width: 1280, height: 900}});
  const page = await context.newPage();
  page.setDefaultTimeout(300_000);
  await page.goto(origin);
  await page.setInputFiles('input[type=file]', path);
  const rows: (string | number)[][] = [];
  for (const [tab, picture] of [
    ['memory', 'active-memory'],
    ['plan', 'packing'],
  ] as const) {
    await page.locator(`#tab-${tab}`).click();
    await page.locator(`.plot[data-picture="${picture}"][data-painted]`).waitFor();
    await page.locator('.summary[aria-busy="false"]').waitFor();
    const {work, intervals, painted, seconds} = await steer(page, picture);
    rows.push([
      `${picture}, ${MANY.toLocaleString('en')} buffers`,
      percentile(work, 50),
      percentile(work, 95),
      percentile(work, 100),
      percentile(intervals, 95),
      (painted / seconds).toFixed(1),
      'p95 ≤ 16 ms',
    ]);
  }
  await context.close();
  console.log(
    'zoom and pan: ms of work per frame on the page’s thread, and between two frames (a screen of 60 Hz: 16.7)',
  );
  printTable(['picture', 'work p50', 'p95', 'most', 'between p95', 'repaints/s', 'goal'], rows);
}

interface Frames {
  readonly work: readonly number[];
  readonly intervals: readonly number[];
  readonly painted: number;
  readonly seconds: number;
}

function steer(page: Page, picture: string): Promise<Frames> {
  return page.evaluate(async name => {
    const plot = document.querySelector<HTMLElement>(`.plot[data-picture="${name}"]`)!;
    const {left, top, width, height} = plot.getBoundingClientRect();
    const [work, intervals]: [number[], number[]] = [[], []];
    const paintedBefore = Number(plot.dataset.painted);
    const channel = new MessageChannel();
    let last = 0;
    const began = performance.now();
    for (let frame = 0; frame < 300; frame++) {
      const isIn = frame % 100 < 50;
      plot.dispatchEvent(
        new WheelEvent('wheel', {
          deltaY: isIn ? -40 : 40,
          deltaX: frame % 7 === 0 ? 60 : 0,
          clientX: left + width * (0.3 + 0.4 * ((frame % 60) / 60)),
          clientY: top + height / 2,
          cancelable: true,
        }),
      );
      await new Promise<void>(resolve =>
        requestAnimationFrame(now => {
          if (last > 0) intervals.push(now - last);
          last = now;
          const start = performance.now();
          // a task of its own comes after all that the frame does
          channel.port1.onmessage = () => {
            work.push(performance.now() - start);
            resolve();
          };
          channel.port2.postMessage(0);
        }),
      );
    }
    const seconds = (performance.now() - began) / 1000;
    return {work, intervals, painted: Number(plot.dataset.painted) - paintedBefore, seconds};
  }, picture);
}

function percentile(values: readonly number[], percent: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.max(0, Math.ceil((percent * sorted.length) / 100) - 1)] ?? Number.NaN).toFixed(1);
}

/** Planning in the threads of the machine: in the served page and the single file, and where the browser refuses them. */
import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {after, before, test} from 'node:test';
import type {Browser, Page} from 'playwright-core';
import {toColumns} from '../../bindings/model/to-columns.ts';
import {writeCsv} from '../../bindings/trace.ts';
import {lacks} from '../requirements.ts';
import {drop, openSite, type Site} from './site.ts';

let site: Site | undefined;

before(async () => {
  site = await openSite();
});
after(() => site?.close());

/** Sizes and lifetimes at random, the same for a seed, without the first so many. */
function randomBuffers(count: number, ticks: number, longest: number, seed: number, without = 0): Uint8Array {
  let state = seed;
  const below = (most: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor(((state >>> 8) / (1 << 24)) * most);
  };
  const buffers = Array.from({length: count}, () => {
    const start = below(ticks);
    return {size: 1 + below(1000), start, end: start + 1 + below(longest)};
  });
  return new TextEncoder().encode([...writeCsv(toColumns({buffers: buffers.slice(without)}))].join(''));
}

/** Not proven by heuristics: subsolvers search side by side for most of a second. */
const HARD = () => randomBuffers(280, 100, 30, 7, 80);

/** Opens the problem in its plan view; the line under the picture and the plan's offsets, once it is planned. */
async function planOf(
  page: Page,
  name: string,
  data: Uint8Array,
): Promise<{facts: string; offsets: number[]}> {
  await drop(page, [{name, data}]);
  await page
    .getByText(/in \d+ threads?\)/)
    .first()
    .waitFor();
  const facts = await page
    .getByText(/in \d+ threads?\)/)
    .first()
    .innerText();
  await page.locator('.menu > summary').first().click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page
      .locator('.menu')
      .getByRole('button', {name: /plan, JSON/})
      .first()
      .click(),
  ]);
  const {offsets} = JSON.parse(readFileSync(await download.path(), 'utf8')) as {offsets: number[]};
  return {facts, offsets};
}

/** Puts a line before the program that plans, as it is loaded. */
async function beforePlanning(page: Page, line: string): Promise<void> {
  await page.route('**/planning.js', async route => {
    const response = await route.fetch();
    const body = await response.text();
    await route.fulfill({response, body: body.replace('.planning = "', `.planning = "${line}`)});
  });
}

const REFUSALS = {
  'that has no workers within workers': 'self.Worker=undefined;',
  'that throws for a worker within a worker': "self.Worker=class{constructor(){throw new Error('refused')}};",
  'whose workers within workers fail to load':
    "self.Worker=class extends EventTarget{constructor(){super();setTimeout(()=>this.onerror(new ErrorEvent('error',{message:'refused'})))}postMessage(){}terminate(){}};",
} as const;

test('a plan is the same in all threads of the machine and in one, served and from disk', async context => {
  if (!site) return lacks(context, 'chromium');
  const data = HARD();
  const {page} = await site.open(site.origin);
  const most = Math.min(8, await page.evaluate(() => navigator.hardwareConcurrency));
  const served = await planOf(page, 'hard.csv', data);
  const threads = `in ${most} ${most === 1 ? 'thread' : 'threads'})`;
  assert.ok(served.facts.includes(threads), served.facts);
  assert.equal(served.offsets.length, 200);
  const single = await site.open(site.single);
  const fromDisk = await planOf(single.page, 'hard.csv', data);
  assert.ok(fromDisk.facts.includes(threads), fromDisk.facts);
  assert.deepEqual(fromDisk.offsets, served.offsets);
  assert.deepEqual(single.complaints, []);
  await single.page.context().close();
  for (const [browser, line] of Object.entries(REFUSALS)) {
    const tab = await site.open('about:blank');
    await beforePlanning(tab.page, line);
    await tab.page.goto(site.origin);
    const alone = await planOf(tab.page, 'hard.csv', data);
    assert.match(alone.facts, /in 1 thread\)/, browser);
    assert.deepEqual(alone.offsets, served.offsets, browser);
    await tab.page.context().close();
  }
  await page.context().close();
});

test('a small problem is proven before a thread has started, and the plan says so', async context => {
  if (!site) return lacks(context, 'chromium');
  const {page} = await site.open(site.origin);
  await drop(page, [{name: 'small.csv', data: randomBuffers(20, 30, 5, 1)}]);
  await page
    .getByText(/ in 1 thread\)/)
    .first()
    .waitFor();
  await page.context().close();
});

/** Threads of workers in this browser: Linux alone shows them. */
async function workerThreads(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const {processInfo} = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.flatMap(({id}) => threadNames(id)).filter(name => name.startsWith('DedicatedWorker'))
    .length;
}

function threadNames(process: number): string[] {
  try {
    const tasks = `/proc/${process}/task`;
    return readdirSync(tasks).map(task => readFileSync(`${tasks}/${task}/comm`, 'utf8'));
  } catch {
    return []; // it has ended meanwhile
  }
}

/** Until the number of threads is so, twice in a row: threads of the first view may still be ending. */
async function untilThreads(browser: Browser, isSo: (count: number) => boolean): Promise<void> {
  for (let times = 0; times < 2; times = isSo(await workerThreads(browser)) ? times + 1 : 0)
    await new Promise(resolve => setTimeout(resolve, 50));
}

test('the threads end with the planning that is stopped', {timeout: 120_000}, async context => {
  if (!site) return lacks(context, 'chromium');
  if (process.platform !== 'linux') return context.skip('only Linux shows the threads of a process');
  const {browser} = site;
  const others = await workerThreads(browser);
  const {page} = await site.open(site.origin);
  const most = Math.min(8, await page.evaluate(() => navigator.hardwareConcurrency));
  await drop(page, [{name: 'endless.csv', data: randomBuffers(30_000, 20_000, 200, 3)}]);
  await page.locator('#tab-plan[aria-selected="true"]').waitFor();
  const stop = page.locator('.summary').getByRole('button', {name: 'Cancel'});
  await stop.waitFor();
  // one holds the file, one plans or waits for its threads
  const alone = others + 2;
  await untilThreads(browser, count => count >= alone + (most > 1 ? most : 0));
  await stop.click();
  await page.locator('.summary[aria-busy="false"]').waitFor();
  await untilThreads(browser, count => count <= alone);
  await page
    .getByText(/not planned|stopped/)
    .first()
    .waitFor();
});

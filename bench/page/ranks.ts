/** A run of many ranks made in the page: seconds to the first bar and to all, and the memory of the page's process. */
import {closeSync, copyFileSync, mkdirSync, openSync, statSync} from 'node:fs';
import {join} from 'node:path';
import type {Browser, Page} from 'playwright-core';
import {smallSnapshot, writeSnapshot} from '../recordings.ts';
import {openIdle, processorSecondsOf, residentOf} from './processes.ts';

const RANKS = 64;
const BYTES = 12e6;

export interface RanksFigures {
  readonly ranks: number;
  /** Of one recording. */
  readonly megabytes: number;
  /** Seconds from the choice of the folder to the first bar, and to the last. */
  readonly first: number;
  readonly all: number;
  /** Seconds until all are planned, too; NaN where that is not waited for. */
  readonly planned: number;
  /** Megabytes that were resident at most until the last bar, in the process of the page and its workers. */
  readonly resident: number;
  /** Seconds of processors that this process took from the choice until then. */
  readonly processors: number;
}

/** Writes recordings of so many ranks: the same content, each with a name of its own. @returns their folder */
export function writeRanks(folder: string, ranks = RANKS, bytes = BYTES): string {
  const run = join(folder, 'run');
  mkdirSync(run);
  const nameOf = (rank: number) => join(run, `rank${rank}.pickle`);
  const file = openSync(nameOf(0), 'w');
  writeSnapshot(file, smallSnapshot().data, bytes);
  closeSync(file);
  for (let rank = 1; rank < ranks; rank++) copyFileSync(nameOf(0), nameOf(rank));
  return run;
}

/** Chooses the folder as a person does. @param waits whether to wait for the plans, too. */
export async function benchRanks(
  browser: Browser,
  origin: string,
  folder: string,
  {ranks = RANKS, waits = false} = {},
): Promise<RanksFigures> {
  const {context, page, process} = await openIdle(browser, origin);
  await listen(page);
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page
      .getByRole('button', {name: /^(Choose a folder|Folder)…$/})
      .last()
      .click(),
  ]);
  const before = processorSecondsOf(process);
  await chooser.setFiles(folder);
  await page.waitForFunction(() => 'all' in globalThis, undefined, {polling: 100});
  const resident = residentOf(process);
  const processors = processorSecondsOf(process) - before;
  if (waits) await page.waitForFunction(() => 'planned' in globalThis, undefined, {polling: 100});
  const times = await page.evaluate(() => {
    const {chosen, first, all, planned} = globalThis as unknown as Times;
    return {first: first - chosen, all: all - chosen, planned: (planned ?? Number.NaN) - chosen};
  });
  await context.close();
  return {
    ranks,
    megabytes: statSync(join(folder, 'rank0.pickle')).size / 1e6,
    first: times.first / 1000,
    all: times.all / 1000,
    planned: times.planned / 1000,
    resident: resident / 1e6,
    processors,
  };
}

interface Times {
  chosen: number;
  first: number;
  all: number;
  planned?: number;
}

/** What the page shows is what counts: the number of ranks that were read is an attribute of the run's progress. */
async function listen(page: Page): Promise<void> {
  await page.evaluate(() => {
    const times = globalThis as unknown as Partial<Times>;
    const create = document.createElement.bind(document);
    document.createElement = ((name: string) => {
      const element = create(name);
      // before the page hears of the choice
      if (name === 'input') element.addEventListener('change', () => (times.chosen ??= performance.now()));
      return element;
    }) as typeof document.createElement;
    new MutationObserver(() => {
      const making = document.querySelector<HTMLElement>('.making[data-shown]');
      if (!making) return;
      const {shown, waiting, unplanned} = making.dataset;
      if (Number(shown) > 0) times.first ??= performance.now();
      if (Number(shown) > 0 && waiting === '0') times.all ??= performance.now();
      if (times.all !== undefined && unplanned === '0') times.planned ??= performance.now();
    }).observe(document.body, {subtree: true, childList: true, attributes: true});
  });
}

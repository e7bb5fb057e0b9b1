/** From the choice of a recording to its first picture and to its plan, and the memory that this takes. */
import {statSync} from 'node:fs';
import type {Browser, Page} from 'playwright-core';
import {median} from '../measure.ts';
import {openIdle, residentOf} from './processes.ts';

export const OPENING_HEAD: readonly string[] = [
  'file',
  'MB',
  'first picture s: min',
  'median',
  'of',
  'planned s',
  'MB at most',
  'more than an empty page',
  'goal',
];

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

export async function openingRow(
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
    times,
    Number.isNaN(openings[0]!.planned) ? 'when asked' : median(rising(({planned}) => planned)).toFixed(2),
    megabytes(median(rising(({resident}) => resident))),
    megabytes(median(rising(({resident, empty}) => resident - empty))),
    goal,
  ];
}

async function openFile(browser: Browser, origin: string, path: string): Promise<Opening> {
  const {context, page, process} = await openIdle(browser, origin);
  const empty = residentOf(process);
  await listen(page);
  await page.setInputFiles('input[type=file]', path);
  await page.waitForFunction(() => 'first' in globalThis && 'planned' in globalThis, undefined, {
    polling: 100,
  });
  const {first, planned} = await page.evaluate(() => {
    const times = globalThis as unknown as Times;
    return {first: times.first - times.chosen, planned: times.planned - times.chosen};
  });
  const resident = residentOf(process);
  const isHeld = (await page.getByRole('button', {name: 'Plan it'}).count()) > 0;
  await context.close();
  return {first: first / 1000, planned: isHeld ? Number.NaN : planned / 1000, resident, empty};
}

interface Times {
  chosen: number;
  first: number;
  planned: number;
}

/** From the event of the choice until the picture of live memory is painted, and until nothing is planned any more. */
async function listen(page: Page): Promise<void> {
  await page.evaluate(() => {
    const times = globalThis as unknown as Times;
    document.addEventListener(
      'change',
      () => {
        times.chosen ??= performance.now();
      },
      true,
    );
    new MutationObserver(() => {
      // the small picture on the landing page is another one
      if (document.querySelector('#view .plot[data-painted]')) times.first ??= performance.now();
      if (document.querySelector('.summary[aria-busy="false"]')) times.planned ??= performance.now();
    }).observe(document.body, {subtree: true, childList: true, attributes: true});
  });
}

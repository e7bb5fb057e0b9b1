/** The processes of a browser's pages, and their memory. */
import {readFileSync} from 'node:fs';
import type {Browser, BrowserContext, Page} from 'playwright-core';

/** A page that was opened and is idle. */
export interface IdlePage {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Undefined where the browser does not tell. */
  readonly process: number | undefined;
}

/** Milliseconds from the page to what is done on it: a person takes longer. */
const IDLE_MS = 500;

export async function openIdle(browser: Browser, origin: string): Promise<IdlePage> {
  const known = await renderers(browser);
  const context = await browser.newContext({viewport: {width: 1280, height: 900}});
  const page = await context.newPage();
  page.setDefaultTimeout(600_000);
  await page.goto(origin);
  await page.waitForTimeout(IDLE_MS);
  const [process] = (await renderers(browser)).filter(id => !known.includes(id));
  return {context, page, process};
}

async function renderers(browser: Browser): Promise<number[]> {
  const session = await browser.newBrowserCDPSession();
  const {processInfo} = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.filter(({type}) => type === 'renderer').map(({id}) => id);
}

/** Largest resident memory, bytes: Linux reports it for every process. */
export function residentOf(process: number | undefined): number {
  try {
    const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${process}/status`, 'utf8')) ?? [];
    return Number(kibibytes) * 1024;
  } catch {
    return Number.NaN;
  }
}

/** Seconds of processors that a process took, its threads together: what others on the machine do changes it little. */
export function processorSecondsOf(process: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${process}/stat`, 'utf8').split(') ')[1]!.split(' ');
    // of user and system, in hundredths
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return Number.NaN;
  }
}

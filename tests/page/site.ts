/** The built page in a real Chromium: served as any web server would, in a subfolder, or as the single file from disk. */
import assert from 'node:assert/strict';
import {type ChildProcess, spawn} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {createRequire} from 'node:module';
import type {AddressInfo} from 'node:net';
import {extname, join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import type {Browser, BrowserContext, Page} from 'playwright-core';
import {type ChromiumOptions, openChromium} from '../hosts/chromium.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const PAGE = join(ROOT, 'dist', 'page');
export const CLI = join(ROOT, 'dist', 'cli', 'main.js');
export const EXAMPLES = join(ROOT, 'examples');
export const FIXTURES = join(ROOT, 'tests', 'trace', 'fixtures');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
};

/** A page of the browser, and everything that it asked for or complained of. */
export interface Tab {
  readonly page: Page;
  /** Addresses, of the page and its workers. */
  readonly requests: string[];
  /** Errors on the console and in the page: what its policy refused is among them. */
  readonly complaints: string[];
}

export interface Site {
  readonly browser: Browser;
  /** Whether texts look the same on every machine. */
  readonly hasOwnFont: boolean;
  /** Origin of the static files, below a folder. */
  readonly origin: string;
  /** The single file on disk. */
  readonly single: string;
  open(url: string, options?: Parameters<Browser['newContext']>[0]): Promise<Tab>;
  close(): Promise<void>;
}

/** @returns undefined where this machine has no Chromium. */
export async function openSite(options: ChromiumOptions = {}): Promise<Site | undefined> {
  assert.ok(existsSync(join(PAGE, 'index.html')), 'dist/page is missing: run `npm run build` first');
  const chromium = await openChromium(options);
  if (!chromium) return undefined;
  const server = createServer((request, response) => {
    const {pathname} = new URL(request.url ?? '/', 'http://127.0.0.1');
    const name = pathname.replace(/^\/some\/folder\//, '') || 'index.html';
    const file = join(PAGE, name);
    if (!pathname.startsWith('/some/folder/') || !existsSync(file)) response.writeHead(404).end();
    else response.writeHead(200, {'content-type': TYPES[extname(file)] ?? ''}).end(readFileSync(file));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/some/folder/`;
  const contexts: BrowserContext[] = [];
  return {
    browser: chromium.browser,
    hasOwnFont: chromium.hasOwnFont,
    origin,
    single: pathToFileURL(join(PAGE, 'stowage.html')).href,
    async open(url, options = {}) {
      const context = await chromium.browser.newContext({viewport: {width: 1280, height: 900}, ...options});
      contexts.push(context);
      const page = await context.newPage();
      const tab: Tab = {page, requests: [], complaints: []};
      context.on('request', request => tab.requests.push(request.url()));
      page.on('console', message => message.type() === 'error' && tab.complaints.push(message.text()));
      page.on('pageerror', error => tab.complaints.push(String(error)));
      await page.goto(url);
      return tab;
    },
    async close() {
      for (const context of contexts) await context.close();
      await chromium.close();
      server.closeAllConnections();
      await new Promise<void>(resolve => server.close(() => resolve()));
    },
  };
}

/** Drops files onto the page, as a person does who drags them there. */
export async function drop(page: Page, files: readonly {name: string; data: Uint8Array}[]): Promise<void> {
  const list = files.map(({name, data}) => ({name, base64: Buffer.from(data).toString('base64')}));
  await page.evaluate(dropped => {
    const transfer = new DataTransfer();
    for (const {name, base64} of dropped) {
      const bytes = Uint8Array.from(atob(base64), one => one.charCodeAt(0));
      transfer.items.add(new File([bytes], name));
    }
    for (const type of ['dragover', 'drop'])
      window.dispatchEvent(new DragEvent(type, {dataTransfer: transfer, bubbles: true, cancelable: true}));
  }, list);
}

/** Until nothing is planned any more. */
export async function planned(page: Page): Promise<void> {
  await page.locator('.summary[aria-busy="false"]').waitFor();
}

/** Until the picture of that name was painted at least once. */
export async function painted(page: Page, name: string): Promise<void> {
  await page.locator(`.plot[data-picture="${name}"][data-painted]`).first().waitFor();
}

/** Of a view with panes: shows that pane, where the window is too narrow for more than one at a time. */
export async function showPane(page: Page, name: 'Picture' | 'Details' | 'Table'): Promise<void> {
  const button = page.locator('.switch').getByRole('button', {name});
  if (await button.isVisible()) await button.click();
}

/** Until the first element of that kind says so. */
export async function says(page: Page, selector: string, text: RegExp): Promise<void> {
  await page.locator(selector, {hasText: text}).first().waitFor();
}

/** Where pictures of the page are kept after a run, for people to look at. */
export function screenshotPath(name: string): string {
  const folder = join(ROOT, 'build', 'screenshots');
  mkdirSync(folder, {recursive: true});
  return join(folder, `${name}.png`);
}

/**
 * Leaves a screenshot for people. Chromium sometimes cannot capture a page that has just been opened on a loaded machine;
 * it can a moment later.
 * @throws what Chromium reports the third time
 */
export async function screenshot(page: Page, name: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await page.screenshot({path: screenshotPath(name), fullPage: true});
      return;
    } catch (error) {
      if (tries === 3 || !/Unable to capture screenshot/.test(String(error))) throw error;
      await page.waitForTimeout(500);
    }
  }
}

/** The findings of axe, each as the rule and the elements. */
export async function findings(page: Page): Promise<string[]> {
  // by the debugger, which the page's policy does not bind
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', {expression: AXE});
  const {result} = await session.send('Runtime.evaluate', {
    expression:
      'axe.run().then(({violations}) => JSON.stringify(violations.map(one => one.id + ": " + one.nodes.map(node => node.target.join(" ") + " " + (node.failureSummary ?? "")).join(" | "))))',
    awaitPromise: true,
    returnByValue: true,
  });
  return JSON.parse(result.value as string) as string[];
}

/** Texts that are cut off by their element, apart from those that end in an ellipsis or scroll. */
export async function cutTexts(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [
      ...document.querySelectorAll<HTMLElement>(
        'main button, main h2, main p, main dt, main dd, main label, main td',
      ),
    ]
      .filter(({scrollWidth, clientWidth}) => clientWidth > 0 && scrollWidth > clientWidth + 1)
      .filter(element => !['ellipsis'].includes(getComputedStyle(element).textOverflow))
      .map(element => `${element.tagName} “${element.innerText.slice(0, 40)}” is cut`),
  );
}

/** Runs while `stowage view` serves the inputs, which then ends by Ctrl-C without an error. */
export async function whileServed(
  inputs: readonly string[],
  cwd: string,
  run: (told: {readonly url: string}) => Promise<void>,
): Promise<void> {
  const child = spawn(process.execPath, [CLI, 'view', ...inputs, '--no-open', '--json'], {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await run(JSON.parse(await firstLine(child)) as {url: string});
  } finally {
    child.kill('SIGINT');
  }
  assert.equal(await new Promise(resolve => child.once('exit', resolve)), 0);
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    child.once('exit', code => reject(new Error(`stowage view ended with ${code}`)));
  });
}

/**
 * A Chromium for the tests. On Linux x64 it is the one in `@sparticuz/chromium`, which needs no installation; elsewhere
 * an installed Chrome.
 */
import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {type Browser, type ConsoleMessage, chromium} from 'playwright-core';
import {type PageOptions, pageOf, serve} from './server.ts';

const TIMEOUT_MS = 120_000;

/** A running browser; to be closed. */
export interface RunningChromium {
  readonly version: string;
  /** For pages of other kinds. */
  readonly browser: Browser;
  /** The output of the program in a page of its own. */
  run(program: string, page?: PageOptions): Promise<string>;
  /** The output of a page at an address. */
  open(url: string): Promise<string>;
  close(): Promise<void>;
}

/**
 * @param made further files that its pages can load, beside those of this repository, by their path
 * @returns undefined where this machine has no Chromium that the tests could use
 */
export async function startChromium(
  made: ReadonlyMap<string, Uint8Array> = new Map(),
): Promise<RunningChromium | undefined> {
  const opened = await openChromium();
  if (!opened) return undefined;
  const server = await serve(made);
  return {
    version: opened.browser.version(),
    browser: opened.browser,
    run: (program, page = {}) =>
      printedBy(opened.browser, pageOf(server.origin, program, page), page.wasm !== false),
    open: url => printedBy(opened.browser, url, true),
    async close() {
      await opened.close();
      await server.close();
    },
  };
}

/** A browser that was started; to be closed. */
export interface OpenedChromium {
  readonly browser: Browser;
  /** Whether texts look the same on every machine. */
  readonly hasOwnFont: boolean;
  close(): Promise<void>;
}

export interface ChromiumOptions {
  /** Every text in the font that the carried Chromium brings, without hints or colours at the edges. */
  readonly ownFont?: boolean;
}

/** @returns undefined where this machine has no Chromium that the tests could use */
export function openChromium(options: ChromiumOptions = {}): Promise<OpenedChromium | undefined> {
  const isCarried = process.platform === 'linux' && process.arch === 'x64';
  return isCarried ? launchCarried(options) : launchInstalled();
}

async function launchInstalled(): Promise<OpenedChromium | undefined> {
  try {
    const browser = await chromium.launch({channel: 'chrome'});
    return {browser, hasOwnFont: false, close: () => browser.close()};
  } catch (error) {
    // the only failure that is no failure: playwright found no Chrome where it is installed to
    if (/is not found|isn't installed|doesn't exist/.test(String(error))) return undefined;
    throw error;
  }
}

/** Unpacks the carried Chromium (200 MB) into a folder of its own, removed when the browser is closed. */
async function launchCarried({ownFont = false}: ChromiumOptions): Promise<OpenedChromium> {
  const folder = mkdtempSync(join(tmpdir(), 'stowage-chromium-'));
  const remove = () => rmSync(folder, {recursive: true, force: true, maxRetries: 3});
  try {
    const {executablePath, libraries} = await unpack(folder);
    const env = {
      ...process.env,
      TMPDIR: folder,
      ...(runs(executablePath) ? {} : {LD_LIBRARY_PATH: libraries}),
      ...(ownFont ? {FONTCONFIG_FILE: writeFontConfig(folder)} : {}),
    };
    // the sandbox needs rights that containers and root do not have; every page is our own
    const args = ['--no-sandbox', ...(ownFont ? ['--font-render-hinting=none', '--disable-lcd-text'] : [])];
    const browser = await chromium.launch({executablePath, env, args});
    const close = async () => {
      await browser.close();
      remove();
    };
    return {browser, hasOwnFont: ownFont, close};
  } catch (error) {
    remove();
    throw error;
  }
}

/** The only font is the one that the package unpacks: each family is replaced by it. @returns the file */
function writeFontConfig(folder: string): string {
  const file = join(folder, 'own-font.conf');
  writeFileSync(
    file,
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, 'fonts', 'fonts')}</dir>
  <cachedir>${join(folder, 'font-cache')}</cachedir>
  <match target="pattern">
    <edit name="family" mode="assign" binding="strong"><string>Open Sans</string></edit>
  </match>
</fontconfig>
`,
  );
  return file;
}

/**
 * The package unpacks into the system's folder for temporary files, and adds the NSS libraries where it believes to be
 * in a cloud function of Amazon's: the environment signals both, and is restored.
 */
async function unpack(folder: string): Promise<{executablePath: string; libraries: string}> {
  const before = {...process.env};
  Object.assign(process.env, {TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x'});
  try {
    const {default: carried} = await import('@sparticuz/chromium');
    return {executablePath: await carried.executablePath(), libraries: join(folder, 'al2023', 'lib')};
  } finally {
    for (const name of Object.keys(process.env)) if (!Object.hasOwn(before, name)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

/** Whether the system has every library that the binary is linked to. */
function runs(executablePath: string): boolean {
  try {
    execFileSync(executablePath, ['--version'], {stdio: 'ignore'});
    return true;
  } catch {
    return false;
  }
}

/** Opens the page and waits for its first line on the console, or its first error. */
async function printedBy(browser: Browser, url: string, isErrorFree: boolean): Promise<string> {
  const page = await browser.newPage();
  try {
    return await new Promise<string>((resolve, reject) => {
      const refuse = (message: ConsoleMessage) =>
        reject(new Error(`${message.text()} (${message.location().url})`));
      page.on('pageerror', reject);
      page.on('crash', () => reject(new Error('the page crashed')));
      page.on('console', message => {
        // the browser itself notes what a policy refuses
        if (message.type() !== 'error') resolve(message.text());
        else if (isErrorFree) refuse(message);
      });
      setTimeout(() => reject(new Error('the page printed nothing')), TIMEOUT_MS).unref();
      page.goto(url).catch(reject);
    });
  } finally {
    await page.close();
  }
}

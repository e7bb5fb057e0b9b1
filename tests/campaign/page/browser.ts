/** What a browser makes of a written file, and of the page with a dropped one. */
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import type {BrowserContext, Page} from 'playwright-core';
import {drop, type Site} from '../../page/site.ts';
import {RAN, STRAY} from './strings.ts';

/** Milliseconds for the page to read and plan some buffers on a loaded machine. */
const READY_MS = 20_000;

export class Browser {
  readonly #context: BrowserContext;
  readonly #page: Page;
  readonly #site: Site;
  readonly #requests: string[] = [];
  readonly #complaints: string[] = [];

  private constructor(context: BrowserContext, page: Page, site: Site) {
    this.#context = context;
    this.#page = page;
    this.#site = site;
    context.on('request', request => this.#requests.push(request.url()));
    page.on('console', message => message.type() === 'error' && this.#complaints.push(message.text()));
    page.on('pageerror', error => this.#complaints.push(String(error)));
    page.on('dialog', dialog => {
      this.#complaints.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  }

  static async open(site: Site): Promise<Browser> {
    const context = await site.browser.newContext({viewport: {width: 1280, height: 900}});
    return new Browser(context, await context.newPage(), site);
  }

  /** @returns what is wrong with a written file, if anything */
  async document(folder: string, name: string, bytes: Uint8Array): Promise<string | undefined> {
    writeFileSync(join(folder, name), bytes);
    const url = pathToFileURL(join(folder, name)).href;
    await this.#goto(url);
    return this.#wrongs(url, 0);
  }

  /** @returns what is wrong with the page after it has shown the file in every view, if anything */
  async dropped(name: string, data: Uint8Array, isSingle: boolean): Promise<string | undefined> {
    const url = isSingle ? this.#site.single : this.#site.origin;
    await this.#goto(url);
    await this.#loaded();
    const scripts = await this.#page.evaluate(() => document.scripts.length);
    await drop(this.#page, [{name, data}]);
    await this.#page.locator('.summary[aria-busy="false"], .failed').first().waitFor({timeout: READY_MS});
    for (const tab of await this.#page.locator('[role="tab"]').all()) {
      await tab.click();
      await this.#page.locator('#view').waitFor();
      // what is under the pointer is described
      await this.#page.mouse.move(640, 450);
    }
    await this.#loaded();
    return this.#wrongs(new URL('.', url).href, scripts);
  }

  /** Until no part of the page is being loaded: each is a script for a moment. One that stays is counted, and is wrong. */
  async #loaded(): Promise<void> {
    const isLoaded = () => !document.querySelector('script[src]:not([type="module"])');
    await this.#page.waitForFunction(isLoaded, undefined, {timeout: READY_MS}).catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#context.close();
  }

  async #goto(url: string): Promise<void> {
    // the same address again, but for its part after #, would not load
    await this.#page.goto('about:blank');
    this.#requests.length = 0;
    this.#complaints.length = 0;
    await this.#page.goto(url);
  }

  async #wrongs(own: string, scripts: number): Promise<string | undefined> {
    const seen = await this.#page.evaluate(mark => {
      const all = [...document.querySelectorAll('*')];
      const attributes = all.flatMap(({attributes}) => [...attributes]);
      return {
        ran: mark in globalThis,
        scripts: document.querySelectorAll('script').length,
        handlers: attributes.filter(({name}) => /^on/i.test(name)).map(({name, value}) => `${name}=${value}`),
        links: attributes
          .filter(
            ({name, value}) =>
              /(^|:)(href|src|action)$/.test(name) && /^\s*(javascript|https?):|^\/\//i.test(value),
          )
          .map(({value}) => value),
        frames: document.querySelectorAll('iframe, object, embed, base, form[action]').length,
        broken: document.querySelector('parsererror')?.textContent,
      };
    }, RAN);
    const strays = this.#requests.filter(url => !url.startsWith(own) && !/^(blob|data):/.test(url));
    const links = seen.links.filter(link => link.includes(STRAY) || /^\s*javascript/i.test(link));
    if (seen.ran) return 'a text ran as a script';
    if (strays.length > 0) return `a request left: ${strays.join(', ')}`;
    if (seen.scripts !== scripts) return `${seen.scripts} scripts, expected ${scripts}`;
    if (seen.handlers.length > 0) return `attributes ${seen.handlers.join(', ')}`;
    if (links.length > 0) return `links ${links.join(', ')}`;
    if (seen.frames > 0) return `${seen.frames} frames, objects or forms`;
    if (seen.broken !== undefined && seen.broken !== null) return `no well-formed document: ${seen.broken}`;
    if (this.#complaints.length > 0) return `complaints: ${this.#complaints.join(' | ')}`;
    return undefined;
  }
}

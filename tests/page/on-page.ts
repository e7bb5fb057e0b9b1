/** Tests on the page: one browser for all of a file, and for each a tab of its own, which asks for nothing elsewhere and complains of nothing. */
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import type {Page} from 'playwright-core';
import {lacks} from '../requirements.ts';
import {openSite, type Site, type Tab} from './site.ts';

let site: Site | undefined;

before(async () => {
  site = await openSite();
});
after(() => site?.close());

export interface OnPage {
  readonly page: Page;
  readonly tab: Tab;
  readonly site: Site;
}

export interface TabOptions {
  /** Where the page is opened; its address on the web server where absent. */
  readonly address?: (site: Site) => string;
  readonly context?: Parameters<Site['open']>[1];
}

export function onPage(
  name: string,
  run: (on: OnPage) => Promise<void>,
  {address = ({origin}) => origin, context: options = {}}: TabOptions = {},
): void {
  test(name, async context => {
    if (!site) return lacks(context, 'chromium');
    const url = address(site);
    const tab = await site.open(url, {reducedMotion: 'reduce', ...options});
    try {
      await run({page: tab.page, tab, site});
      const own = new URL('.', url).href;
      const strays = tab.requests.filter(
        request => !request.startsWith(own) && !/^(blob|data):/.test(request),
      );
      assert.deepEqual(strays, [], 'no request leaves the page');
      assert.deepEqual(tab.complaints, []);
    } finally {
      await tab.page.context().close();
    }
  });
}

/** For tests that open tabs in a way of their own. @returns undefined where this machine has no Chromium */
export const openedSite = (): Site | undefined => site;

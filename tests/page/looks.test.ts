/**
 * How every view looks in three widths and two themes: what axe finds, what is too wide or cut, whether pictures are painted, and
 * whether it looks as approved. A screenshot of each stays in `build/screenshots/` for people. And how `stowage view` serves the page.
 */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {get} from 'node:http';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {Ajv2020} from 'ajv/dist/2020.js';
import type {Page} from 'playwright-core';
import {PAPER} from '../../bindings/pictures/palette.ts';
import {lacks} from '../requirements.ts';
import {differsFromApproved} from './approved.ts';
import {
  cutTexts,
  drop,
  EXAMPLES,
  findings,
  openSite,
  painted,
  planned,
  ROOT,
  type Site,
  says,
  screenshot,
  showPane,
  whileServed,
} from './site.ts';

const OTHER_PAPER = {light: rgb(PAPER.dark), dark: rgb(PAPER.light)};

/** `#rrggbb` as `r,g,b`. */
function rgb(colour: string): string {
  return [1, 3, 5].map(at => Number.parseInt(colour.slice(at, at + 2), 16)).join(',');
}

let site: Site | undefined;

before(async () => {
  site = await openSite({ownFont: true});
});
after(() => site?.close());

const fileOf = (name: string) => ({name, data: readFileSync(join(EXAMPLES, name))});

async function widthOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth);
}

interface Painting {
  readonly picture: string;
  /** Part of the pixels that are no grey: marks are, frame and texts are not. */
  readonly coloured: number;
  /** The colour of most pixels, as `r,g,b`. */
  readonly paper: string;
}

/** The pixels of the view's canvases. */
async function paintings(page: Page): Promise<Painting[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('#view .plot')].map(plot => {
      const canvas = plot.querySelector('canvas')!;
      const {data} = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      const counts = new Map<string, number>();
      let coloured = 0;
      for (let i = 0; i < data.length; i += 4) {
        const colour = `${data[i]},${data[i + 1]},${data[i + 2]}`;
        counts.set(colour, (counts.get(colour) ?? 0) + 1);
        const rgb = [data[i]!, data[i + 1]!, data[i + 2]!];
        if (Math.max(...rgb) - Math.min(...rgb) > 48) coloured++;
      }
      const [[paper]] = [...counts].sort(([, a], [, b]) => b - a) as [[string, number]];
      return {picture: plot.dataset.picture!, coloured: (4 * coloured) / data.length, paper};
    }),
  );
}

/** The views of the tabs, in their order. */
async function viewsOf(page: Page): Promise<string[]> {
  const ids = await page.locator('[role=tab]').evaluateAll(tabs => tabs.map(({id}) => id));
  return ids.map(id => id.replace('tab-', ''));
}

/** Until every picture of the view is painted; a view may have none. */
async function allPainted(page: Page, view: string): Promise<void> {
  await page.locator(`#view[aria-labelledby="tab-${view}"]`).waitFor();
  await page.waitForFunction(() => {
    const plots = [...document.querySelectorAll<HTMLElement>('#view .plot')];
    // a comparison waits for a second file
    const isReady = plots.length > 0 || document.querySelector('#view .waiting button') !== null;
    return isReady && plots.every(plot => plot.dataset.painted !== undefined);
  });
}

for (const [width, theme] of [
  [1280, 'light'],
  [360, 'dark'],
  [900, 'light'],
  [1280, 'dark'],
  [360, 'light'],
  [900, 'dark'],
] as const) {
  test(`at ${width} pixels, ${theme}: axe finds nothing in any view, nothing is cut or wider than the page, pictures are painted`, async context => {
    if (!site) return lacks(context, 'chromium');
    const {page} = await site.open(site.origin, {
      viewport: {width, height: width === 360 ? 740 : 900},
      colorScheme: theme,
      reducedMotion: 'reduce',
    });
    const found: string[] = [];
    const seen = new Set<string>();
    const look = async (name: string) => {
      await screenshot(page, `${name}-${width}-${theme}`);
      found.push(...(await findings(page)).map(finding => `${name}: ${finding}`));
      if ((await widthOf(page)) > width) found.push(`${name} is ${await widthOf(page)} pixels wide`);
      found.push(...(await cutTexts(page)).map(text => `${name}: ${text}`));
      for (const {picture, coloured, paper} of await paintings(page)) {
        seen.add(picture);
        if (coloured < 0.005) found.push(`${name}: ${picture} has no marks: ${coloured} of it is coloured`);
        if (paper === OTHER_PAPER[theme]) found.push(`${name}: ${picture} has the paper of the other theme`);
      }
    };
    await look('landing');
    await drop(page, [
      fileOf('out-of-memory.pickle.gz'),
      {name: 'not-a-trace.bin', data: Uint8Array.of(1, 2, 3)},
    ]);
    await says(page, '.failed', /not-a-trace\.bin could not be read/);
    await planned(page);
    await look('failure');
    await page.getByRole('button', {name: 'Dismiss'}).click();
    await showPane(page, 'Table');
    await page.locator('.rows td button').first().click();
    await look('table');
    await showPane(page, 'Details');
    await look('details');
    await showPane(page, 'Picture');
    for (const view of await viewsOf(page)) {
      await page.locator(`#tab-${view}`).click();
      await allPainted(page, view);
      await look(view);
    }
    await drop(page, [fileOf('mobilenet_v2.inference.json.gz')]);
    await page.locator('.plot[data-picture="difference"][data-painted]').waitFor();
    await look('compared');
    await page.keyboard.press('?');
    await look('keys');
    assert.deepEqual(found, []);
    for (const picture of [
      'active-memory',
      'packing',
      'before',
      'allocator-state',
      'peak-by-operation',
      'difference',
    ])
      assert.ok(seen.has(picture), `${picture} was not looked at`);
    await page.context().close();
  });
}

/** The views whose screenshots are approved; the others are of the same parts. */
const APPROVED = ['memory', 'plan', 'flames', 'allocator', 'leaks', 'compare'] as const;

for (const [width, height, theme] of [
  [1280, 800, 'light'],
  [360, 740, 'dark'],
] as const) {
  test(`at ${width} pixels, ${theme}: the page looks as approved`, async context => {
    if (!site) return lacks(context, 'chromium');
    if (!site.hasOwnFont) return lacks(context, 'own-font');
    const {page} = await site.open(site.origin, {
      viewport: {width, height},
      colorScheme: theme,
      reducedMotion: 'reduce',
      deviceScaleFactor: 1,
    });
    const differences: (string | undefined)[] = [];
    const compare = async (name: string) =>
      differences.push(await differsFromApproved(page, `${name}-${width}-${theme}`));
    await page.locator('.preview [data-painted]').waitFor();
    await page.locator('.preview [data-done="true"]').waitFor();
    await compare('landing');
    await drop(page, [fileOf('mobilenet_v2.inference.json.gz')]);
    await planned(page);
    await drop(page, [fileOf('out-of-memory.pickle.gz')]);
    await page.locator('.files .current', {hasText: 'out-of-memory'}).waitFor();
    await planned(page);
    await showPane(page, 'Table');
    await page.locator('.rows td button').first().click();
    await showPane(page, 'Picture');
    await page.mouse.move(0, 0);
    for (const view of APPROVED) {
      await page.locator(`#tab-${view}`).click();
      await allPainted(page, view);
      // what has the focus was reached in another way on a loaded machine
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
      await compare(view);
    }
    assert.deepEqual(
      differences.filter(text => text !== undefined),
      [],
    );
    await page.context().close();
  });
}

test('stowage view serves the page only to clients that have the address', () =>
  whileServed(['five.csv'], EXAMPLES, async told => {
    const schema = JSON.parse(readFileSync(join(ROOT, 'docs', 'view.schema.json'), 'utf8')) as object;
    const validate = new Ajv2020().compile(schema);
    assert.ok(validate(told), JSON.stringify(validate.errors));
    const url = new URL(told.url);
    assert.equal(url.hostname, '127.0.0.1');
    assert.equal((await ask(url)).status, 200);
    assert.match((await ask(url)).policy, /connect-src 'self'/);
    assert.equal((await ask(new URL('/', url))).status, 403);
    assert.equal((await ask(new URL(`/${'x'.repeat(24)}/`, url))).status, 403);
    assert.equal((await ask(url, 'evil.example:80')).status, 403);
    assert.equal((await ask(new URL('files/1', url))).status, 404);
    assert.equal((await ask(new URL('../../package.json', url))).status, 403);
    assert.equal((await ask(new URL('assets/%2e%2e%2fpage.js', url))).status, 404);
    assert.equal((await ask(new URL('files/0', url))).body, readFileSync(join(EXAMPLES, 'five.csv'), 'utf8'));
  }));

test('the page that stowage view serves plans its file, and asks nobody else', async context => {
  if (!site) return lacks(context, 'chromium');
  const {open} = site;
  await whileServed(['five.csv'], EXAMPLES, async told => {
    const tab = await open(told.url);
    await planned(tab.page);
    assert.match(await tab.page.locator('.summary h2').innerText(), /9 KiB would do/);
    await painted(tab.page, 'packing');
    const strays = tab.requests.filter(
      request => !request.startsWith(told.url) && !/^(blob|data):/.test(request),
    );
    assert.deepEqual([strays, tab.complaints], [[], []]);
    await tab.page.context().close();
  });
});

interface Answer {
  readonly status: number;
  readonly body: string;
  /** The page's content policy. */
  readonly policy: string;
}

function ask(url: URL, host = url.host): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(url, {headers: {host}}, response => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', chunk => {
        body += chunk;
      });
      response.on('end', () => {
        const [, policy = ''] = /Content-Security-Policy" content="([^"]*)"/.exec(body) ?? [];
        resolve({status: response.statusCode ?? 0, body, policy});
      });
    }).on('error', reject);
  });
}

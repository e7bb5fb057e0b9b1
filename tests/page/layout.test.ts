/** The page's frame, as people use it: panes that fill the window, borders that move, one pane at a time, and the first view. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import type {Locator, Page} from 'playwright-core';
import {rangeOf, readPanes, writePanes} from '../../web/state/panes.ts';
import {type OnPage, onPage, type TabOptions} from './on-page.ts';
import {drop, EXAMPLES, findings, painted, planned, says, showPane} from './site.ts';

type Options = TabOptions['context'];

const inWindow = (name: string, context: Options, run: (on: OnPage) => Promise<void>) =>
  onPage(name, run, {context});

const sized = (width: number, height: number): Options => ({viewport: {width, height}});
const fileOf = (name: string) => ({name, data: readFileSync(join(EXAMPLES, name))});

async function openExample(page: Page): Promise<void> {
  await drop(page, [fileOf('out-of-memory.pickle.gz')]);
  await painted(page, 'active-memory');
  await planned(page);
}

const sideBorder = (page: Page) => page.getByRole('separator', {name: 'width of the details'});
const bottomBorder = (page: Page) => page.getByRole('separator', {name: 'height of the table'});
const boxOf = async (locator: Locator) => (await locator.boundingBox())!;

/** Until the border has that size, and the pane with it. */
async function untilSize(
  border: Locator,
  pane: Locator,
  size: number,
  axis: 'width' | 'height',
): Promise<void> {
  await border.and(border.page().locator(`[aria-valuenow="${size}"]`)).waitFor();
  assert.ok(
    Math.abs((await boxOf(pane))[axis] - size) <= 1,
    `${axis} is ${(await boxOf(pane))[axis]}, not ${size}`,
  );
}

async function untilPanes(page: Page, panes: string | null): Promise<void> {
  await page.waitForFunction(
    wanted => new URLSearchParams(location.hash.slice(1)).get('panes') === wanted,
    panes,
  );
}

test('the sizes of panes in the address: either may be left out, anything else is not read', () => {
  assert.deepEqual(readPanes('400-200'), {side: 400, bottom: 200});
  assert.deepEqual(readPanes('400-'), {side: 400});
  assert.deepEqual(readPanes('-200'), {bottom: 200});
  for (const text of [null, '', '-', '400', '1e3-2', '400-200-1', '-1-2', '999999-1', 'a-b'])
    assert.equal(readPanes(text), undefined, String(text));
  assert.equal(writePanes({side: 400}), '400-');
  assert.equal(writePanes({bottom: 200}), '-200');
  assert.equal(writePanes({}), undefined);
});

test('a pane takes what is chosen, as far as the picture keeps its least', () => {
  assert.deepEqual(rangeOf('side', undefined, 1000), {min: 200, max: 631, value: 288});
  assert.deepEqual(rangeOf('side', 900, 1000), {min: 200, max: 631, value: 631});
  assert.deepEqual(rangeOf('side', 10, 1000), {min: 200, max: 631, value: 200});
  assert.deepEqual(rangeOf('bottom', undefined, 700), {min: 120, max: 391, value: 160});
  // no room at all: the least of both, and the page scrolls
  assert.deepEqual(rangeOf('bottom', 300, 100), {min: 120, max: 120, value: 120});
});

inWindow(
  'by mouse: a border that is dragged sizes its pane, stays in the address, and a reload restores it',
  sized(1280, 900),
  async ({page}) => {
    await openExample(page);
    const border = await boxOf(sideBorder(page));
    const [x, y] = [border.x + border.width / 2, border.y + 80];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x - 60, y, {steps: 3});
    await page.mouse.move(x - 100, y);
    await page.mouse.up();
    await untilSize(sideBorder(page), page.locator('#pane-side'), 388, 'width');
    await untilPanes(page, '388-');
    const lower = await boxOf(bottomBorder(page));
    await page.mouse.move(lower.x + 40, lower.y + lower.height / 2);
    await page.mouse.down();
    await page.mouse.move(lower.x + 40, lower.y + lower.height / 2 - 50, {steps: 3});
    await page.mouse.up();
    await untilSize(bottomBorder(page), page.locator('#pane-bottom'), 210, 'height');
    await untilPanes(page, '388-210');
    await page.reload();
    await openExample(page);
    await untilSize(sideBorder(page), page.locator('#pane-side'), 388, 'width');
    await untilSize(bottomBorder(page), page.locator('#pane-bottom'), 210, 'height');
    // as at first
    await sideBorder(page).dblclick();
    await untilSize(sideBorder(page), page.locator('#pane-side'), 288, 'width');
    await untilPanes(page, '-210');
    // beyond what fits
    const again = await boxOf(sideBorder(page));
    await page.mouse.move(again.x + 4, again.y + 80);
    await page.mouse.down();
    await page.mouse.move(10, again.y + 80, {steps: 3});
    await page.mouse.up();
    const most = Number(await sideBorder(page).getAttribute('aria-valuemax'));
    await untilSize(sideBorder(page), page.locator('#pane-side'), most, 'width');
    assert.ok((await boxOf(page.locator('#view'))).width >= 360);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 1280);
  },
);

inWindow(
  'by keys: arrows, Home, End and Enter move a border that has the focus, and say its size',
  sized(1280, 900),
  async ({page}) => {
    await openExample(page);
    const [side, lower] = [page.locator('#pane-side'), page.locator('#pane-bottom')];
    await sideBorder(page).focus();
    assert.equal(await sideBorder(page).getAttribute('aria-orientation'), 'vertical');
    await page.keyboard.press('ArrowLeft');
    await untilSize(sideBorder(page), side, 304, 'width');
    await page.keyboard.press('Shift+ArrowRight');
    await untilSize(sideBorder(page), side, 240, 'width');
    await untilPanes(page, '240-');
    await page.keyboard.press('Home');
    await untilSize(sideBorder(page), side, 200, 'width');
    await page.keyboard.press('End');
    const most = Number(await sideBorder(page).getAttribute('aria-valuemax'));
    await untilSize(sideBorder(page), side, most, 'width');
    await page.keyboard.press('Enter');
    await untilSize(sideBorder(page), side, 288, 'width');
    await untilPanes(page, null);
    await bottomBorder(page).focus();
    await page.keyboard.press('ArrowUp');
    await untilSize(bottomBorder(page), lower, 176, 'height');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await untilSize(bottomBorder(page), lower, 144, 'height');
    // the keys of the picture are another's: the window has not moved
    assert.doesNotMatch(new URL(page.url()).hash, /window=/);
  },
);

inWindow(
  'with long details the picture still takes the window: panes scroll, the page does not',
  sized(1280, 900),
  async ({page}) => {
    await openExample(page);
    await page.locator('.rows td button').first().click();
    await says(page, '.details', /Stack, innermost first/);
    const [picture, table] = [await boxOf(page.locator('.plot')), await boxOf(page.locator('#pane-bottom'))];
    assert.ok(table.y - (picture.y + picture.height) < 40, 'the table follows the picture');
    assert.ok(900 - (table.y + table.height) < 48, 'the table ends at the end of the window');
    const side = await page.locator('#pane-side').evaluate(pane => [pane.scrollHeight, pane.clientHeight]);
    assert.ok(side[0]! > side[1]!, `the details are longer than their pane: ${side}`);
    assert.equal(await page.evaluate(() => document.documentElement.scrollHeight), 900);
    // all of the window, where the table is as low as it can be
    await bottomBorder(page).focus();
    await page.keyboard.press('Home');
    await untilSize(bottomBorder(page), page.locator('#pane-bottom'), 120, 'height');
    const {y, height} = await boxOf(page.locator('.plot'));
    assert.ok(y + height > 900 - 120 - 9 - 48 - 40, `the picture ends at ${y + height}`);
  },
);

inWindow('in a low window panes keep their least, and the page scrolls', sized(1280, 500), async ({page}) => {
  await openExample(page);
  assert.ok((await boxOf(page.locator('#view'))).height >= 300);
  assert.ok((await boxOf(page.locator('#pane-bottom'))).height >= 120);
  assert.ok(await page.evaluate(() => document.documentElement.scrollHeight > innerHeight));
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 1280);
});

inWindow(
  'in a narrow window there is one pane at a time, chosen by touch or keys',
  {...sized(360, 740), hasTouch: true},
  async ({page}) => {
    await openExample(page);
    const shown = async () => {
      const panes = ['#view', '#pane-side', '#pane-bottom'];
      const visible = await Promise.all(panes.map(pane => page.locator(pane).isVisible()));
      return panes.filter((_, k) => visible[k]);
    };
    assert.deepEqual(await shown(), ['#view']);
    assert.equal(await page.getByRole('separator').count(), 0, 'no border can be moved');
    await page.locator('.switch').getByRole('button', {name: 'Table'}).tap();
    assert.deepEqual(await shown(), ['#pane-bottom']);
    await page.locator('.rows td button').first().tap();
    await page.locator('.switch').getByRole('button', {name: 'Table'}).focus();
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    assert.deepEqual(await shown(), ['#pane-side']);
    await says(page, '.details', /Stack, innermost first/);
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Space');
    assert.deepEqual(await shown(), ['#view']);
    // a view without details has no switch
    await page.locator('#tab-behaviour').tap();
    await page.locator('.switch').waitFor({state: 'detached'});
    assert.deepEqual(await shown(), ['#view']);
  },
);

inWindow('nothing is lost in print or at twice the size', sized(1280, 900), async ({page}) => {
  await openExample(page);
  await page.emulateMedia({media: 'print'});
  for (const part of ['.summary', '#view .plot', '.details', '.whatif', '.rows'])
    assert.ok(await page.locator(part).first().isVisible(), `${part} is printed`);
  assert.equal(
    await page
      .locator('.summary .verdict p')
      .first()
      .evaluate(text => text.scrollWidth > text.clientWidth),
    false,
  );
  // 200 % of a window of 1280 pixels
  await page.emulateMedia({media: 'screen'});
  await page.setViewportSize({width: 640, height: 450});
  for (const pane of ['Picture', 'Details', 'Table'] as const) {
    await showPane(page, pane);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 640, pane);
  }
});

inWindow('the long texts of the summary are shown on demand', sized(1280, 900), async ({page}) => {
  await openExample(page);
  const isCut = () =>
    page
      .locator('.verdict p')
      .first()
      .evaluate(text => text.scrollWidth > text.clientWidth);
  assert.ok(await isCut());
  const more = page.getByRole('button', {name: 'more of the summary'});
  assert.equal(await more.getAttribute('aria-expanded'), 'false');
  await more.focus();
  await page.keyboard.press('Enter');
  await page.locator('.summary.whole').waitFor();
  assert.equal(await isCut(), false);
  await page.getByText('3 warnings about the file').click();
  await says(page, '.warnings li', /cuda:0 ran out of memory/);
  // panes give way
  assert.equal(await page.evaluate(() => document.documentElement.scrollHeight), 900);
});

inWindow(
  'the first view takes files everywhere, and shows the example live with its verdict; a click opens it',
  sized(1280, 900),
  async ({page}) => {
    const area = await boxOf(page.locator('.landing .drop'));
    assert.ok(area.width > 1200 && area.height > 500, JSON.stringify(area));
    await page.locator('.preview [data-painted]').waitFor();
    await says(
      page,
      '.preview .caption',
      /ran out of memory by fragmentation: a plan of the whole recording would have fitted/,
    );
    const coloured = await page.locator('.preview canvas').evaluate(canvas => {
      const {width, height} = canvas as HTMLCanvasElement;
      const {data} = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4)
        if (
          Math.max(data[i]!, data[i + 1]!, data[i + 2]!) - Math.min(data[i]!, data[i + 1]!, data[i + 2]!) >
          48
        )
          count++;
      return count / (width * height);
    });
    assert.ok(coloured > 0.02, `${coloured} of the picture is coloured`);
    assert.deepEqual(await findings(page), []);
    // it is no open file
    assert.equal(await page.locator('.files li').count(), 0);
    await page.locator('.preview').focus();
    await page.keyboard.press('Enter');
    await planned(page);
    assert.equal(await page.locator('.files li').count(), 1);
  },
);

/** Marks what Tab should stop at, in the order of the document. @returns how many there are. */
async function markControls(page: Page): Promise<number> {
  return page.evaluate(() => {
    const all = document.querySelectorAll<HTMLElement>('button, select, input, summary, a[href], [tabindex]');
    const seen = [...all].filter(
      one => one.tabIndex >= 0 && !one.matches(':disabled') && one.checkVisibility(),
    );
    for (const one of all) delete one.dataset.walk;
    for (const [k, one] of seen.entries()) one.dataset.walk = String(k);
    return seen.length;
  });
}

for (const [width, height] of [
  [1280, 900],
  [360, 740],
] as const) {
  inWindow(
    `at ${width} pixels, Tab stops at every control of every view, in order, and goes on`,
    sized(width, height),
    async ({page}) => {
      await drop(page, [fileOf('five.csv')]);
      await planned(page);
      const tabs = await page.locator('[role=tab]').evaluateAll(all => all.map(({id}) => id));
      assert.ok(tabs.length >= 5);
      for (const tab of tabs) {
        await page.locator(`#${tab}`).click();
        await page.locator(`#view[aria-labelledby="${tab}"]`).waitFor();
        await planned(page);
        await page.waitForFunction(() =>
          [...document.querySelectorAll<HTMLElement>('#view .plot')].every(
            plot => plot.dataset.painted !== undefined,
          ),
        );
        // from the beginning of the page
        await page.evaluate(() => {
          document.body.tabIndex = -1;
          document.body.focus();
        });
        const count = await markControls(page);
        const walked: number[] = [];
        for (let k = 0; k < count + 20 && walked.at(-1) !== count - 1; k++) {
          await page.keyboard.press('Tab');
          const mark = await page.evaluate(() => (document.activeElement as HTMLElement).dataset.walk);
          // what came while walking, e.g. rows of the table that were scrolled into view
          if (mark !== undefined) walked.push(Number(mark));
        }
        assert.deepEqual(
          walked,
          Array.from({length: count}, (_, k) => k),
          tab,
        );
        await page.keyboard.press('Tab');
        const last = await page.evaluate(() => (document.activeElement as HTMLElement).dataset.walk);
        assert.notEqual(last, String(count - 1), `${tab}: the last control keeps the focus`);
      }
    },
  );
}

for (const [when, wait] of [
  ['before the example is read', async () => {}],
  [
    'while the example is being read',
    // its worker, beside the one that is ready for a file
    async (page: Page) => {
      while (page.workers().length < 2) await page.waitForTimeout(5);
    },
  ],
  ['while the example is being planned', (page: Page) => page.locator('.preview [data-painted]').waitFor()],
] as const) {
  inWindow(`a file dropped ${when} is opened, and the example given up`, sized(1280, 900), async ({page}) => {
    await wait(page);
    await drop(page, [fileOf('five.csv')]);
    await planned(page);
    await says(page, '.summary h2', /9 KiB would do/);
    assert.equal(await page.locator('.preview').count(), 0);
    const names = await Promise.all(page.workers().map(worker => worker.evaluate(() => self.name)));
    assert.deepEqual(names.sort(), ['file', 'planning'], 'the workers of the example have ended');
  });
}

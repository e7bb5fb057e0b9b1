/** The view of what stays behind and of frees that waited: by mouse, by keys, in both widths and themes. */
import assert from 'node:assert/strict';
import type {Page} from 'playwright-core';
import {leaking, plain, waiting} from './leak-snapshots.ts';
import {onPage} from './on-page.ts';
import {cutTexts, drop, findings, painted, planned, says, screenshot, showPane} from './site.ts';

const rows = (page: Page, caption: RegExp) =>
  page.locator('.leak-tables table', {has: page.locator('caption', {hasText: caption})}).locator('tbody tr');
const said = (page: Page, name: string) => page.getByRole('region', {name}).innerText();

onPage(
  'a leak is on the summary; a click leads to its picture and its site, a click on it to its block',
  async ({page}) => {
    await drop(page, [{name: 'leaking.pickle', data: leaking()}]);
    await planned(page);
    const notice = page.locator('.summary').getByRole('button', {
      name: 'Grows by 1 MiB per iteration, in the 7 whole iterations recorded: /home/me/train.py:31 log_loss, aten::stack',
    });
    await notice.click();
    assert.equal(await page.locator('#tab-leaks').getAttribute('aria-selected'), 'true');
    await painted(page, 'leaks');
    const text = await said(page, 'what stays behind');
    assert.match(
      text,
      /In the 7 whole iterations recorded, 1 site grows with a strong trend: 6,291,456 B \(6\.0 MiB\) more/,
    );
    assert.match(text, /at the one site that changes in at most 1 of 100 recordings/);
    const [row] = await rows(page, /leave blocks behind/).all();
    const cells = await row!.locator('th, td').allInnerTexts();
    assert.deepEqual(cells.slice(0, 6), [
      '/home/me/train.py:31 log_loss, aten::stack',
      '1 MiB',
      '6 of 6',
      'strong',
      '7 MiB',
      '7',
    ]);
    assert.match(cells[6]!, /21 of 21, by chance alone at most 1 in 5,040/);
    await row!.getByRole('button').click();
    await says(page, '.details', /1,048,576 B/);
    await says(page, '.details', /log_loss/);
    assert.match(page.url(), /view=leaks/);
    assert.match(page.url(), /item=\d/);
    assert.match(
      await said(page, 'frees that waited'),
      /No free of the recording waited for other streams\./,
    );
    // its blocks alone are listed in the other views
    await page.locator('#tab-memory').click();
    await page.getByLabel('Which blocks').selectOption('all');
    await says(page, '.table .count', /^7 blocks, 7 MiB/);
  },
);

onPage(
  'the same by keys: the view by its digit, the site by Enter, and Escape forgets it',
  async ({page}) => {
    await drop(page, [{name: 'leaking.pickle', data: leaking()}]);
    await planned(page);
    const digit = await page
      .locator('[role=tab]')
      .evaluateAll(tabs => tabs.findIndex(tab => tab.id === 'tab-leaks'));
    await page.keyboard.press(String(digit + 1));
    await painted(page, 'leaks');
    const button = rows(page, /leave blocks behind/).getByRole('button');
    await button.focus();
    await page.keyboard.press('Enter');
    await page.locator('.leak-tables tr.chosen').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.leak-tables tr:not(.chosen) button').waitFor();
    // the picture as a table of numbers
    await page.locator('[data-picture=leaks]').focus();
    await page.keyboard.press('w');
    await page.keyboard.press('0');
  },
);

onPage(
  'waits: their part of the peak, over time and by site; a click chooses a moment of all views',
  async ({page}) => {
    await drop(page, [{name: 'waiting.pickle', data: waiting()}]);
    await planned(page);
    const notice = page.locator('.summary').getByRole('button', {
      name: 'Frees that wait for other streams are at most 4 MiB of the peak',
    });
    await notice.click();
    await painted(page, 'waits');
    const text = await said(page, 'frees that waited');
    assert.match(text, /5 frees of the recording waited for other streams and held up to 8,388,608 B/);
    assert.match(
      text,
      /12,582,912 B \(12\.0 MiB\), 8,388,608 B \(8\.0 MiB\) waited.*would need 8,388,608 B/s,
    );
    assert.match(await said(page, 'what stays behind'), /no site grows with a trend/);
    const cells = await rows(page, /whose free waited/)
      .locator('th, td')
      .allInnerTexts();
    assert.deepEqual(cells.slice(0, 4), [
      '/home/me/train.py:12 forward, aten::conv2d',
      '8 MiB',
      '8 MiB',
      '5',
    ]);
    const before = page.url();
    const box = (await page.locator('[data-picture=waits]').boundingBox())!;
    await page.mouse.click(box.x + box.width * 0.7, box.y + box.height * 0.6);
    await page.waitForFunction(url => location.href !== url && /moment=\d+/.test(location.href), before);
  },
);

onPage('nothing to say is said with its reason, and is not on the summary', async ({page}) => {
  await drop(page, [{name: 'plain.pickle', data: plain()}]);
  await planned(page);
  await page.locator('#tab-leaks').click();
  await says(page, '.said', /The recording has no whole iteration/);
  assert.match(await said(page, 'what stays behind'), /Iterations come from marks/);
  assert.match(await said(page, 'frees that waited'), /No free of the recording waited/);
  await says(page, '.bottom-pane', /No site leaves blocks behind, and no free waited\./);
  assert.equal(
    await page
      .locator('.summary')
      .getByRole('button', {name: /Grows|wait/})
      .count(),
    0,
  );
  const buffers = [{id: 'a', size: 4096, start: 0, end: 2}];
  await drop(page, [
    {name: 'one.json', data: Buffer.from(JSON.stringify({schema: 'stowage.problem/1', buffers}))},
  ]);
  await says(page, '#view', /A problem has no iterations/);
});

for (const [width, theme] of [
  [1280, 'light'],
  [360, 'dark'],
] as const) {
  onPage(`at ${width} pixels, ${theme}: axe finds nothing, and nothing is cut`, async ({page}) => {
    await page.setViewportSize({width, height: width === 360 ? 740 : 900});
    await page.emulateMedia({colorScheme: theme, reducedMotion: 'reduce'});
    for (const [name, data, picture] of [
      ['leaking', leaking(), 'leaks'],
      ['waiting', waiting(), 'waits'],
    ] as const) {
      await drop(page, [{name: `${name}.pickle`, data}]);
      await planned(page);
      await page.locator('#tab-leaks').click();
      await painted(page, picture);
      await screenshot(page, `leaks-${name}-${width}-${theme}`);
      assert.deepEqual([await findings(page), await cutTexts(page)], [[], []], name);
      await showPane(page, 'Table');
      await page.locator('.leak-tables').waitFor();
      await screenshot(page, `leaks-${name}-table-${width}-${theme}`);
      assert.deepEqual([await findings(page), await cutTexts(page)], [[], []], `${name}: table`);
      await showPane(page, 'Picture');
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${name} is ${wide} pixels wide`);
    }
  });
}

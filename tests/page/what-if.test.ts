/** What if, on the page: changes in the user's terms, by mouse and by keys, and lists of them as files. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import type {Page} from 'playwright-core';
import {type ListedChange, parseChanges, writeChanges} from '../../bindings/index.ts';
import {lacks} from '../requirements.ts';
import {onPage, openedSite} from './on-page.ts';
import {cutTexts, drop, EXAMPLES, findings, planned, says, screenshot, showPane} from './site.ts';

const TRAINING = {
  name: 'resnet50.training.json.gz',
  data: readFileSync(join(EXAMPLES, 'resnet50.training.json.gz')),
};
const listOf = (...changes: ListedChange[]) => ({
  name: 'list.json',
  data: new TextEncoder().encode(writeChanges({changes})),
});
const GRADIENTS_OFF: ListedChange = {kind: 'offload', of: {category: ['gradients']}};

async function openTraining(page: Page): Promise<void> {
  await drop(page, [TRAINING]);
  await says(page, '.whatif .outcome', /peak 409,087,556 B/);
}

/** Until the peak of the current choice is known. */
const peak = (page: Page, text: RegExp) => says(page, '.whatif .outcome', text);
const list = (page: Page) => page.locator('.changes');

async function add(page: Page, kind: string, of: string): Promise<void> {
  await page.getByLabel('change', {exact: true}).selectOption(kind);
  await page.locator(`.change-form option[value="${of}"]`).waitFor({state: 'attached'});
  await page.getByLabel(/^of/).selectOption(of);
  await page.getByRole('button', {name: 'Add', exact: true}).click();
}

onPage('changes are made, compared, left out, moved and undone by mouse', async ({page}) => {
  await openTraining(page);
  await add(page, 'offload', 'gradients');
  await peak(page, /peak 352,431,748 B .*: 54 MiB \(13\.8 %\) less than without changes/);
  assert.match(await list(page).innerText(), /gradients off[\s\S]*161 buffers, 62\.9 MiB at the peak/);
  await add(page, 'checkpoint', 'aten::batch_norm');
  await says(page, '.changes', /checkpoint aten::batch_norm[\s\S]*102 buffers/);
  await page.getByRole('button', {name: 'earlier: checkpoint aten::batch_norm'}).click();
  assert.match(await list(page).innerText(), /checkpoint[\s\S]*gradients off/);
  await page.getByRole('checkbox', {name: 'gradients off'}).click();
  await peak(page, /peak 408,972,356 B/);
  await page.getByRole('button', {name: 'undo: checkpoint aten::batch_norm'}).click();
  await peak(page, /peak 409,087,556 B \([\d.]+ MiB\)$/);
});

onPage('the batch halved says what it takes for granted, and a wrong factor is not added', async ({page}) => {
  await openTraining(page);
  const factor = page.getByLabel(/^factor/);
  await factor.fill('1/0');
  await says(page, '.change-form', /expected 0\.5 or 1\/2/);
  assert.ok(await page.getByRole('button', {name: 'Add', exact: true}).isDisabled());
  await factor.fill('1/2');
  await factor.press('Enter');
  await says(page, '.changes', /batch × 1\/2[\s\S]*1,205 buffers, 327\.2 MiB at the peak/);
  await page.locator('.changes summary').click();
  await says(
    page,
    '.changes',
    /proportional to the batch; weights, gradients, optimizer state and what is unknown stay/,
  );
  await peak(page, /less than without changes/);
});

onPage('all of it works by keys', async ({page}) => {
  await openTraining(page);
  await page.getByLabel('change', {exact: true}).focus();
  await page.keyboard.type('m');
  await page.locator('.change-form option[value="gradients"]').waitFor({state: 'attached'});
  await page.keyboard.press('Tab');
  await page.keyboard.type('gr');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await peak(page, /peak 352,431,748 B/);
  await page.getByRole('checkbox', {name: 'gradients off'}).focus();
  await page.keyboard.press('Space');
  await peak(page, /peak 409,087,556 B/);
  await page.keyboard.press('Space');
  await peak(page, /peak 352,431,748 B/);
  await page.getByLabel('change', {exact: true}).focus();
  await page.keyboard.type('b');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await says(page, '.changes', /batch × 0\.5/);
  await page.getByRole('button', {name: 'later: gradients off'}).focus();
  await page.keyboard.press('Enter');
  // at the end of the list the focus goes to the button that leads back
  await page.waitForFunction(
    () => document.activeElement?.getAttribute('aria-label') === 'earlier: gradients off',
  );
  assert.match(await list(page).innerText(), /batch × 0\.5[\s\S]*gradients off/);
  await page.getByRole('button', {name: 'undo: batch × 0.5'}).focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.id === 'change-kind');
  await peak(page, /peak 352,431,748 B/);
});

onPage('plans are kept for comparison, shown again and forgotten; other views keep them', async ({page}) => {
  await openTraining(page);
  const keep = page.getByRole('button', {name: 'Keep for comparison'});
  await keep.click();
  await add(page, 'offload', 'gradients');
  await peak(page, /peak 352,431,748 B/);
  await page.getByLabel('name', {exact: true}).fill('no gradients');
  await keep.click();
  const table = page.locator('.scenarios');
  await says(
    page,
    '.scenarios',
    /as recorded\s*390\.1 MiB\s*proven[\s\S]*no gradients\s*336\.1 MiB \(−13\.8 %\)\s*proven/,
  );
  await page.locator('#tab-memory').click();
  await says(page, '.scenarios', /no gradients/);
  assert.match(await list(page).innerText(), /gradients off/);
  await page.getByRole('button', {name: 'show: as recorded'}).click();
  await peak(page, /peak 409,087,556 B/);
  assert.equal(await list(page).count(), 0);
  await page.getByRole('button', {name: 'forget: no gradients'}).click();
  assert.doesNotMatch(await table.innerText(), /no gradients/);
});

onPage('a list is saved, and comes back by a file that is loaded or dropped', async ({page}) => {
  await openTraining(page);
  await add(page, 'offload', 'gradients');
  await peak(page, /peak 352,431,748 B/);
  const saved = page.waitForEvent('download');
  await page.getByRole('button', {name: 'Save changes'}).click();
  const file = await saved;
  assert.equal(file.suggestedFilename(), 'resnet50.training.changes.json');
  assert.deepEqual(parseChanges(readFileSync((await file.path())!, 'utf8')).changes, [GRADIENTS_OFF]);
  await page.getByRole('button', {name: 'undo: gradients off'}).click();
  await peak(page, /peak 409,087,556 B/);
  await page.locator('.whatif input[type=file]').setInputFiles(await file.path());
  await peak(page, /peak 352,431,748 B/);
  await drop(page, [
    listOf({kind: 'gone', of: {buffer: 'nobody'}}, {kind: 'dtype', of: {category: ['gradients']}}),
  ]);
  await peak(page, /peak 376,110,724 B/);
  await says(page, '.changes', /nobody gone[\s\S]*nothing here is selected, so it changes nothing/);
});

onPage('a list that is wrong, too early, or cannot be made says so', async ({page}) => {
  await drop(page, [listOf(GRADIENTS_OFF)]);
  await says(page, 'main, .openings, .page', /list\.json[\s\S]*open the recording that it is for first/);
  await openTraining(page);
  await drop(page, [
    {name: 'bad.json', data: new TextEncoder().encode('{"schema":"stowage.changes/1","changes":[{}]}')},
  ]);
  await says(page, '.page', /bad\.json[\s\S]*changes\[0\]\.kind: expected one of scale/);
  await drop(page, [listOf({kind: 'checkpoint', of: {operation: 'aten::max_pool2d'}})]);
  await says(page, '.changes', /checkpoint aten::max_pool2d/);
  await drop(page, [listOf({kind: 'checkpoint', of: {operation: 'aten::nothing'}})]);
  await says(page, '.changes', /nothing here is selected/);
});

test('what if is accessible and not cut, in both widths and themes', async context => {
  const site = openedSite();
  if (!site) return lacks(context, 'chromium');
  for (const width of [360, 1280])
    for (const colorScheme of ['light', 'dark'] as const) {
      const {page} = await site.open(site.origin, {viewport: {width, height: 900}, colorScheme});
      await drop(page, [TRAINING]);
      await planned(page);
      await showPane(page, 'Details');
      await drop(page, [listOf(GRADIENTS_OFF, {kind: 'gone', of: {buffer: 'nobody'}})]);
      await peak(page, /peak 352,431,748 B/);
      await page.getByRole('button', {name: 'Keep for comparison'}).click();
      await says(page, '.scenarios', /gradients off/);
      const name = `what-if ${width} ${colorScheme}`;
      assert.deepEqual(await findings(page), [], name);
      assert.deepEqual(await cutTexts(page), [], name);
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, name);
      await screenshot(page, name.replaceAll(' ', '-'));
      await page.context().close();
    }
});

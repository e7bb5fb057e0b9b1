/** The view Flames: the calls behind the blocks, by mouse and by keys, linked with the table and the other views. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import type {Page} from 'playwright-core';
import {lacks} from '../requirements.ts';
import {pickle} from '../trace/pickle.ts';
import {BASE, entry, freed, resetClock, snapshot} from '../trace/snapshots.ts';
import {type OnPage, onPage, openedSite, type TabOptions} from './on-page.ts';
import {cutTexts, drop, EXAMPLES, findings, painted, planned, says} from './site.ts';

const MIB = 2 ** 20;
const at = (name: string, filename: string, line: number) => ({name, filename, line});
const MAIN = at('<module>', '/me/train.py', 7);
const FORWARD = [
  at('at::_ops::bmm::call(at::Tensor const&)', 'Ops.cpp', 1),
  at('forward', '/me/model.py', 42),
  MAIN,
];
const LOAD = [at('at::_ops::empty::call()', 'Ops.cpp', 2), at('load', '/me/data.py', 3), MAIN];

/**
 * Four events: forward allocates 3 MiB, load 1 MiB, forward 4 MiB, which it frees. So 3, 4, 8 and 4 MiB are live after them:
 * 19 MiB × events, of which load has 3, forward 16.
 */
function threeBlocks(): Uint8Array {
  resetClock();
  const [a, b, c] = [BASE, BASE + 8 * MIB, BASE + 16 * MIB];
  return pickle(
    snapshot([
      [
        entry('alloc', a, 3 * MIB, {frames: FORWARD}),
        entry('alloc', b, MIB, {frames: LOAD}),
        entry('alloc', c, 4 * MIB, {frames: FORWARD}),
        ...freed(c, 4 * MIB),
      ],
    ]),
  );
}

const plot = (page: Page) => page.locator('.flames .plot');
const flamesOf = (page: Page): string | null =>
  new URLSearchParams(new URL(page.url()).hash.slice(1)).get('flames');

/** Until the line about the chosen call says so. */
const chosen = (page: Page, text: RegExp) => says(page, '.facts', text);
/** Until the table counts so. */
const listed = (page: Page, text: RegExp) => says(page, '.table .count', text);
/** Until the last call of the path is that. */
const onTop = (page: Page, name: string) => page.locator('.way [aria-current]', {hasText: name}).waitFor();

/** A place in a row of the picture, as a part of its width. */
async function place(page: Page, row: number, part: number): Promise<{x: number; y: number}> {
  const box = (await plot(page).boundingBox())!;
  // margins of the picture: 21 and 12 beside it, 24 above and 36 below; room for eight rows
  return {x: 21 + part * (box.width - 33), y: 24 + ((row + 0.5) * (box.height - 60)) / 8};
}

/** With the three blocks open and planned, in the view Flames or where the fragment of the address leads. */
function onFlames(
  name: string,
  run: (on: OnPage) => Promise<void>,
  {
    fragment = 'view=flames',
    context,
  }: {readonly fragment?: string; readonly context?: TabOptions['context']} = {},
) {
  onPage(
    name,
    async on => {
      await drop(on.page, [{name: 'three.pickle', data: threeBlocks()}]);
      await planned(on.page);
      await run(on);
    },
    {address: ({origin}) => `${origin}#${fragment}`, ...(context ? {context} : {})},
  );
}

onFlames(
  'a click makes a call the top, lists its blocks, and outlines them in the other views',
  async ({page}) => {
    await painted(page, 'flames-live');
    await listed(page, /^3 blocks, 8 MiB/);
    await plot(page).click({position: await place(page, 2, 0.4)});
    await onTop(page, '/me/model.py:42 forward');
    await chosen(page, /model\.py:42 forward: 7,340,032 B \(7\.0 MiB\) in 2 blocks, 87\.5 % of all/);
    await listed(page, /^2 blocks, 7 MiB/);
    assert.match(flamesOf(page)!, /^live\.stack\.forward\.(\d+)\.\1$/);
    // the rows of its callers are above it
    await plot(page).click({position: await place(page, 1, 0.5)});
    await onTop(page, '/me/train.py:7 <module>');
    await page.locator('.way').getByRole('button', {name: 'all', exact: true}).click();
    await onTop(page, 'all');
    await plot(page).click({position: await place(page, 2, 0.95)});
    await onTop(page, '/me/data.py:3 load');
    await listed(page, /^1 block, 1 MiB/);
    await page.keyboard.press('1');
    await page.locator('.plot[data-picture="active-memory"][data-outlined="1"]').waitFor();
    await listed(page, /^1 block, 1 MiB/);
    await page.keyboard.press('2');
    await page.locator('.plot[data-picture="packing"][data-outlined="1"]').waitFor();
    await page.getByRole('button', {name: /of the chosen call/}).click();
    await page.locator('.plot[data-picture="packing"][data-outlined="0"]').waitFor();
  },
);

onFlames('keys walk through the calls, zoom in and out, and forget', async ({page}) => {
  await painted(page, 'flames-live');
  await plot(page).focus();
  await page.keyboard.press('ArrowDown');
  await chosen(page, /^\/me\/train\.py:7 <module>: 8,388,608 B \(8\.0 MiB\) in 3 blocks, 100\.0 % of all$/);
  await page.keyboard.press('ArrowDown');
  await chosen(page, /model\.py:42 forward: .* 87\.5 % of all, 87\.5 % of \/me\/train\.py:7 <module>/);
  await page.keyboard.press('ArrowRight');
  await chosen(page, /data\.py:3 load: 1,048,576 B \(1\.0 MiB\) in 1 block, 12\.5 % of all/);
  await page.locator('.flames .plot[data-outlined="1"]').waitFor();
  // there is no call after it, and two keys in a row are two steps
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowDown');
  await chosen(page, /^aten::bmm: 7,340,032 B/);
  await page.keyboard.press('Enter');
  await onTop(page, 'aten::bmm');
  await page.keyboard.press('Backspace');
  await onTop(page, '/me/model.py:42 forward');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await onTop(page, '/me/train.py:7 <module>');
  await page.keyboard.press('Home');
  await onTop(page, 'all');
  assert.ok(await plot(page).evaluate(element => element === document.activeElement));
  // what was announced is what a screen reader hears
  await page
    .locator('[role="status"][aria-live="polite"]', {hasText: /train\.py:7 <module>: 8,388,608 B/})
    .waitFor();
  await page.keyboard.press('Escape');
  await chosen(page, /^Choose a call/);
  await listed(page, /^3 blocks/);
});

onFlames('sums: of each measure, by module, and reversed', async ({page}) => {
  const says = (text: RegExp) =>
    page.waitForFunction(
      source =>
        new RegExp(source).test(document.querySelector('.flames .plot')?.getAttribute('aria-label') ?? ''),
      text.source,
    );
  const sum = page.getByLabel('sum of');
  await says(
    /^Calls by bytes live at the moment\. all: 8,388,608 B \(8\.0 MiB\) in 3 blocks, drawn in 6 boxes/,
  );
  await sum.selectOption('byte-time');
  await says(/^Calls by bytes × events of their lifetimes\. all: 19,922,944 bytes × events in 3 blocks/);
  await sum.selectOption('allocations');
  await says(/all: 3 allocations, drawn in 6 boxes/);
  await sum.selectOption('peak');
  await says(/live at the peak\. all: 8,388,608 B/);
  await page.getByRole('button', {name: 'reversed'}).click();
  await says(/drawn in 7 boxes\. The largest call below it is aten::bmm with 7,340,032 B/);
  assert.equal(flamesOf(page), 'peak.stack.reversed.0');
  await page.getByLabel('grouped by').selectOption('module');
  await says(/The largest call below it is aten::bmm/);
  await page.getByRole('button', {name: 'reversed'}).click();
  await says(/The largest call below it is \/me\/model\.py:42 forward with 7,340,032 B/);
  assert.equal(flamesOf(page), 'peak.module.forward.0');
});

onFlames('the moment that is chosen in another view is that of the live sums', async ({page}) => {
  await page.waitForFunction(() =>
    /all: 8,388,608 B/.test(document.querySelector('.flames .plot')?.getAttribute('aria-label') ?? ''),
  );
  await page.locator('#tab-memory').click();
  await painted(page, 'active-memory');
  const memory = page.locator('.plot[data-picture="active-memory"]').first();
  const box = (await memory.boundingBox())!;
  // after two of four events; the picture has 66 pixels left of it and 12 right of it, for five moments
  await memory.click({position: {x: 66 + (2 / 5) * (box.width - 78), y: box.height - 40}});
  await page.getByRole('button', {name: /^at 2/}).waitFor();
  await page.keyboard.press('3');
  await page.waitForFunction(() =>
    /all: 4,194,304 B \(4\.0 MiB\) in 2 blocks/.test(
      document.querySelector('.flames .plot')?.getAttribute('aria-label') ?? '',
    ),
  );
});

onFlames('a block of the table shows its path', async ({page}) => {
  await painted(page, 'flames-live');
  await page.locator('.rows td button', {hasText: 'b1'}).click();
  await chosen(
    page,
    /^The chosen block is of \/me\/train\.py:7 <module> › \/me\/data\.py:3 load › aten::empty: 1,048,576 B/,
  );
  await page.locator('.flames .plot[data-outlined="1"]').waitFor();
});

onFlames(
  'a search marks what it finds, says its share, and Enter goes from one to the next',
  async ({page}) => {
    await painted(page, 'flames-live');
    await page.keyboard.press('/');
    await page.keyboard.type('ATEN');
    await says(page, '.found', /^2 found, 100\.0 % of all$/);
    await page.keyboard.press('Enter');
    await chosen(page, /^aten::bmm/);
    await page.keyboard.press('Enter');
    await chosen(page, /^aten::empty/);
    await page.keyboard.press('Enter');
    await chosen(page, /^aten::bmm/);
    await page.keyboard.press('Shift+Enter');
    await chosen(page, /^aten::empty/);
    // a call and those below it are counted once
    await page.locator('#search-calls').fill('py');
    await says(page, '.found', /^3 found, 100\.0 % of all$/);
    await page.locator('#search-calls').fill('nothing like it');
    await says(page, '.found', /^no call found$/);
  },
);

onFlames(
  'the address holds measure, grouping, direction, top and call, and another tab shows the same',
  async ({page}) => {
    await onTop(page, '/me/model.py:42 forward');
    await chosen(page, /^aten::bmm: 16,777,216 bytes × events in 2 blocks, 84\.2 % of all/);
    await listed(page, /^2 blocks, 7 MiB/);
    assert.equal(await page.getByLabel('sum of').inputValue(), 'byte-time');
  },
  {fragment: 'view=flames&flames=byte-time.stack.forward.2.3'},
);

onFlames(
  'numbers of calls that the file does not have are forgotten',
  async ({page}) => {
    await onTop(page, 'all');
    await chosen(page, /^Choose a call/);
    await listed(page, /^3 blocks/);
  },
  {fragment: 'view=flames&flames=peak.stack.forward.9999.9999'},
);

onFlames('all calls are in a table, the largest first, and each can be chosen there', async ({page}) => {
  await page.locator('summary', {hasText: 'as a table (6 rows)'}).click();
  const table = page.getByRole('region', {name: 'Calls by bytes live at the moment'});
  await table.waitFor();
  const names = await table.locator('tbody td:first-child').allInnerTexts();
  assert.deepEqual(names, [
    'all',
    '/me/train.py:7 <module>',
    '/me/model.py:42 forward',
    'aten::bmm',
    '/me/data.py:3 load',
    'aten::empty',
  ]);
  await table.getByRole('button', {name: 'aten::empty'}).click();
  await chosen(page, /^aten::empty: 1,048,576 B/);
});

for (const [width, theme] of [
  [1280, 'light'],
  [360, 'dark'],
] as const)
  onFlames(
    `at ${width} pixels, ${theme}: axe finds nothing, also with a call on top and a search`,
    async ({page}) => {
      await painted(page, 'flames-live');
      await page.locator('#search-calls').fill('forward');
      await says(page, '.found', /1 found/);
      await page.locator('#search-calls').press('Enter');
      await chosen(page, /forward/);
      await plot(page).focus();
      await page.keyboard.press('Enter');
      await onTop(page, 'forward');
      assert.deepEqual(await findings(page), []);
      assert.deepEqual(await cutTexts(page), []);
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width);
    },
    {context: {viewport: {width, height: width === 360 ? 740 : 900}, colorScheme: theme}},
  );

test('a model is shown by the modules in the names of its operators', async context => {
  const site = openedSite();
  if (!site) return lacks(context, 'chromium');
  const {page} = await site.open(`${site.origin}#view=flames&flames=byte-time.module.forward.0`);
  try {
    await drop(page, [{name: 'five.csv', data: readFileSync(join(EXAMPLES, 'five.csv'))}]);
    await planned(page);
    await painted(page, 'flames-byte-time');
    const label = await plot(page).getAttribute('aria-label');
    assert.match(label!, /bytes × ticks of their lifetimes\. all: 52,224 bytes × ticks in 5 blocks/);
    assert.doesNotMatch(await page.getByLabel('sum of').innerText(), /µs/);
  } finally {
    await page.context().close();
  }
});

/** Time on the page, by mouse and by keys: boxes to zoom into, rulers, the axis by clock, the address. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Page} from 'playwright-core';
import {waiting} from './leak-snapshots.ts';
import {onPage} from './on-page.ts';
import {drop, EXAMPLES, findings, painted, planned, says} from './site.ts';

const HEADER = '{"schema":"stowage.events/1"}\n';
/** a lives from 0 to 60 ms, b from 10 ms on, c from 20 to 30 ms: 1, 2 and 4 MiB. */
const LOG = [
  {event: 'malloc', address: 1, size: 1 << 20, time: 1_000_000, operation: 'a'},
  {event: 'malloc', address: 2, size: 2 << 20, time: 1_010_000, operation: 'b'},
  {event: 'malloc', address: 3, size: 4 << 20, time: 1_020_000, operation: 'c'},
  {event: 'free', address: 3, time: 1_030_000},
  {event: 'free', address: 1, time: 1_060_000},
];
const textOf = (events: readonly object[]) =>
  Buffer.from(HEADER + events.map(event => JSON.stringify(event)).join('\n'));
const log = (name = 'five-events.jsonl') => ({name, data: textOf(LOG)});
const withoutTimes = () => ({
  name: 'timeless.jsonl',
  data: textOf(LOG.map(({time: _, ...event}) => event)),
});

async function open(page: Page, file = log()): Promise<void> {
  await drop(page, [file]);
  await planned(page);
  await page.locator('#tab-memory').click();
  await painted(page, 'active-memory');
}

/** A number of the address: `window` 0, `y` 1, … */
const fieldOf = (page: Page, name: string) =>
  new URLSearchParams(new URL(page.url()).hash.slice(1)).get(name);

function waitForField(page: Page, name: string, pattern: RegExp): Promise<unknown> {
  return page.waitForFunction(
    ([field, source]) =>
      new RegExp(source!).test(new URLSearchParams(location.hash.slice(1)).get(field!) ?? ''),
    [name, pattern.source] as const,
  );
}

const rangeOf = (text: string | null) => (text ?? '').split('-').map(Number) as [number, number];

/** Pixels of the area of the marks of the first picture: the margins are those of `web/canvas/frame.ts`. */
async function areaOf(page: Page, picture = 'active-memory') {
  const box = (await page.locator(`.plot[data-picture="${picture}"]`).first().boundingBox())!;
  const [left, top] = [box.x + 66, box.y + 24];
  const [width, height] = [box.width - 66 - 12, box.height - 24 - 36];
  return {at: (x: number, up: number) => [left + x * width, top + (1 - up) * height] as const};
}

/** Drags between two parts of the area: 0 … 1 from the left, and upward. */
async function dragOver(
  page: Page,
  from: readonly [number, number],
  to: readonly [number, number],
  isHeld = false,
) {
  const {at} = await areaOf(page);
  await page.mouse.move(...at(...from));
  await page.mouse.down();
  await page.mouse.move(...at((from[0] + to[0]) / 2, (from[1] + to[1]) / 2), {steps: 3});
  await page.mouse.move(...at(...to), {steps: 3});
  if (!isHeld) await page.mouse.up();
}

const near = (value: number, wanted: number, most: number) =>
  assert.ok(Math.abs(value - wanted) <= most, `${value} is not about ${wanted}`);

const tool = (page: Page, name: string) => page.getByRole('button', {name, exact: true}).click();

onPage('a box drawn with the mouse zooms both axes; with Shift, too; back leads back', async ({page}) => {
  await open(page);
  await tool(page, 'zoom');
  await dragOver(page, [0.25, 0.1], [0.75, 0.6], true);
  await says(page, '.measure', /^event 2.* to event 5.*, .* to .*MiB$/);
  await page.locator('.plot[data-sketch="box"]').waitFor();
  await page.mouse.up();
  await waitForField(page, 'y', /-/);
  const [from, to] = rangeOf(fieldOf(page, 'window'));
  near(from, 1.5, 0.1);
  near(to, 4.5, 0.1);
  // the axis ends 6 % above the peak of 7 MiB
  const [low, high] = rangeOf(fieldOf(page, 'y'));
  near(low / 2 ** 20, 0.742, 0.1);
  near(high / 2 ** 20, 4.452, 0.1);
  await page.getByRole('button', {name: 'back', exact: true}).click();
  await waitForField(page, 'window', /^$/);
  assert.equal(fieldOf(page, 'y'), null);
  await tool(page, 'move');
  await page.keyboard.down('Shift');
  await dragOver(page, [0.5, 0.5], [1, 1]);
  await page.keyboard.up('Shift');
  await waitForField(page, 'window', /^(2\.9|3)\d*-6$/);
  assert.deepEqual(await findings(page), []);
});

onPage('Escape cancels a box that is being drawn', async ({page}) => {
  await open(page);
  await tool(page, 'zoom');
  await dragOver(page, [0.25, 0.25], [0.75, 0.75], true);
  await page.locator('.plot[data-sketch="box"]').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.plot:not([data-sketch])').first().waitFor();
  await page.mouse.up();
  assert.equal(fieldOf(page, 'window'), null);
  assert.match(page.url(), /moment=/, 'the moment is not forgotten by that');
});

onPage('a box is drawn by keys alone, and Z and Backspace lead back', async ({page}) => {
  await open(page);
  await page.keyboard.press('Escape');
  await page.keyboard.press('b');
  await says(page, '.measure', /^event 2.* to event 5.*arrows move a corner/);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press(' ');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await waitForField(page, 'y', /-/);
  const [from, to] = rangeOf(fieldOf(page, 'window'));
  near(from, 1.5, 0.01);
  near(to, 6 * 0.77, 0.01);
  const [low, high] = rangeOf(fieldOf(page, 'y'));
  near((high - low) / 2 ** 20, 7.42 * 0.52, 0.01);
  await page.keyboard.press('b');
  await page.keyboard.press('Escape');
  await page.locator('.plot:not([data-sketch])').first().waitFor();
  assert.notEqual(fieldOf(page, 'window'), null);
  await page.keyboard.press('0');
  await waitForField(page, 'window', /^$/);
  await page.keyboard.press('z');
  await waitForField(page, 'window', /^1\.5-4\.6/);
  await page.keyboard.press('Backspace');
  await waitForField(page, 'window', /^$/);
  assert.equal(fieldOf(page, 'y'), null);
});

onPage('a ruler says bytes, events, milliseconds, and what is live between its ends', async ({page}) => {
  await open(page);
  await tool(page, 'measure');
  await dragOver(page, [0.34, 0.1], [0.83, 0.6]);
  await says(
    page,
    '.measure',
    /^3,[89]\d\d,\d{3} B \(3\.7 MiB\), 3 events, [45]\d(\.\d)? ms\. Live at both ends 1 \(2 MiB\); allocated between 1 \(4 MiB\), freed between 2 \(5 MiB\)\.$/,
  );
  assert.equal(await page.locator('.measure').getAttribute('role'), 'status');
  assert.equal(fieldOf(page, 'window'), null, 'measuring moves nothing');
  assert.deepEqual(await findings(page), []);
  await page.keyboard.press('Escape');
  await page.locator('.plot:not([data-sketch])').first().waitFor();
});

onPage('a ruler by keys begins at the chosen moment; the second M ends it', async ({page}) => {
  await open(page);
  // the peak: 3 of 6
  await page.keyboard.press('m');
  await says(page, '.measure', /^0 B, 0 events, 0 µs; arrows move an end/);
  for (let presses = 0; presses < 9; presses++) await page.keyboard.press('ArrowRight');
  for (let presses = 0; presses < 5; presses++) await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Shift+ArrowUp');
  await says(page, '.measure', /^79\d,\d{3} B \(77\d\.\d KiB\), 1 event, 12\.4 ms; arrows/);
  await page.keyboard.press('m');
  await says(page, '.measure', /, 1 event, 12\.4 ms\. Live at both ends 2 \(3 MiB\)/);
});

onPage('time by clock: the same moment and window, ticks in milliseconds; T leads back', async ({page}) => {
  await open(page);
  await page.keyboard.press('Escape');
  await tool(page, 'zoom');
  await dragOver(page, [1 / 3, 0], [5 / 6, 1]);
  await waitForField(page, 'window', /-/);
  const before = fieldOf(page, 'window');
  await page.getByLabel('time by').selectOption('clock');
  await page.locator('.plot[data-unit="microseconds"]').waitFor();
  await says(page, '.unseen[role="status"]', /^time by clock$/);
  assert.equal(fieldOf(page, 'window'), before);
  await page.locator('.plot').first().focus();
  await page.keyboard.press('m');
  await page.keyboard.press('Shift+ArrowLeft');
  // 2 … 5 of the order are 10 … 60 ms of the clock
  await says(page, '.measure', /^0 B, \d events?, 100 µs;/);
  await page.keyboard.press('Escape');
  const {at} = await areaOf(page);
  // the middle: 35 ms, after the fourth event
  await page.mouse.click(...at(0.5, 0.9));
  await waitForField(page, 'moment', /^4$/);
  await says(page, '.tools button', /^at 4, 30 ms/);
  await page.keyboard.press('t');
  await page.locator('.plot[data-unit="events"]').waitFor();
  assert.equal(fieldOf(page, 'axis'), null);
  assert.equal(fieldOf(page, 'window'), before);
  assert.deepEqual(await findings(page), []);
});

onPage('the plan by clock; the table and the details say times as well as events', async ({page}) => {
  await open(page);
  await page.locator('#tab-plan').click();
  await painted(page, 'packing');
  await page.getByLabel('time by').selectOption('clock');
  await page.locator('.plot[data-picture="packing"][data-unit="microseconds"]').waitFor();
  const {at} = await areaOf(page, 'packing');
  // 30 ms and about 5 MiB of 23: the block of 2 MiB
  await page.mouse.move(...at(0.5, 0.2));
  await says(page, '.hint', /ms to \d+ ms$/);
  await page.getByLabel('Which blocks').selectOption('all');
  await page.locator('.rows td button', {hasText: 'b2'}).first().click();
  await says(page, '.details', /time\s*from 20 ms to 30 ms: 10 ms long/);
  await says(page, '.rows tr.chosen', /3 20 ms\s*4 30 ms/);
});

onPage('the two pictures of the plan show the same part of both axes', async ({page}) => {
  await open(page);
  await page.locator('#tab-plan').click();
  await painted(page, 'packing');
  await painted(page, 'before');
  await page.keyboard.press('b');
  await page.keyboard.press('Enter');
  await waitForField(page, 'y', /-/);
  const texts: string[] = [];
  for (const picture of ['packing', 'before']) {
    const plot = page.locator(`.plot[data-picture="${picture}"]`);
    await plot.focus();
    await page.keyboard.press('b');
    await plot.locator('.measure', {hasText: 'MiB'}).waitFor();
    texts.push(await plot.locator('.measure').innerText());
    await page.keyboard.press('Escape');
    await page.locator('.plot[data-sketch]').waitFor({state: 'detached'});
  }
  assert.equal(texts[1], texts[0]);
  assert.match(texts[0]!, /^event \d, .* to event \d, .* MiB to [\d.]+ MiB;/);
});

onPage('waiting frees are shown by clock, too', async ({page}) => {
  await drop(page, [{name: 'waiting.pickle', data: waiting()}]);
  await planned(page);
  await page.locator('#tab-leaks').click();
  await painted(page, 'waits');
  await page.getByLabel('time by').selectOption('clock');
  await page.locator('.plot[data-picture="waits"][data-unit="microseconds"]').waitFor();
  await page.locator('.plot[data-picture="waits"]').focus();
  await page.keyboard.press('m');
  await page.keyboard.press('ArrowRight');
  await says(page, '.plot[data-picture="waits"] .measure', /^0 B, \d+ events?, [\d.]+ .s; arrows/);
});

onPage('a recording without usable times offers no clock, and says why', async ({page}) => {
  await open(page, withoutTimes());
  assert.equal(await page.getByLabel('time by').isDisabled(), true);
  await says(page, '.tools', /no clock: no times were recorded/);
  await page.keyboard.press('t');
  await says(page, '.unseen[role="status"]', /^no axis by clock: no times were recorded$/);
  assert.equal(fieldOf(page, 'axis'), null);
  await page.locator('.plot').first().focus();
  await page.keyboard.press('m');
  await says(page, '.measure', /^0 B, 0 events; arrows/);
});

onPage(
  'the strip above shows all of it: a drag chooses a part, moves it, and moves an edge',
  async ({page}) => {
    await open(page);
    await page.locator('.overview[data-painted="memory"]').waitFor();
    const drag = async (from: number, to: number) => {
      const {x, y, width, height} = (await page.locator('.overview').boundingBox())!;
      await page.mouse.move(x + from * width, y + height / 2);
      await page.mouse.down();
      await page.mouse.move(x + ((from + to) / 2) * width, y + height / 2, {steps: 2});
      await page.mouse.move(x + to * width, y + height / 2, {steps: 2});
      await page.mouse.up();
    };
    await drag(0.5, 0.25);
    await waitForField(page, 'window', /^1\.5\d*-(3|2\.99\d*|3\.0\d*)$/);
    await drag(0.375, 0.625);
    await waitForField(page, 'window', /^(3|2\.99\d*|3\.0\d*)-4\.5\d*$/);
    await drag(0.75, 0.9);
    await waitForField(page, 'window', /^(3|2\.99\d*|3\.0\d*)-5\.[34]\d*$/);
    // each drag is one step
    await page.keyboard.press('z');
    await waitForField(page, 'window', /-4\.5\d*$/);
    await page.keyboard.press('z');
    await page.keyboard.press('z');
    await waitForField(page, 'window', /^$/);
    assert.deepEqual(await findings(page), []);
  },
);

onPage(
  'the address restores axis and windows exactly, in memory and in the plan',
  async ({page, site: {origin}}) => {
    const snapshot = {
      name: 'out-of-memory.pickle.gz',
      data: readFileSync(join(EXAMPLES, 'out-of-memory.pickle.gz')),
    };
    await open(page, snapshot);
    await page.keyboard.press('t');
    await page.locator('.plot[data-unit="microseconds"]').waitFor();
    await page.keyboard.press('b');
    await page.keyboard.press('Enter');
    await waitForField(page, 'y', /-/);
    const memory = new URL(page.url()).hash;
    await page.reload();
    await open(page, snapshot);
    await waitForField(page, 'axis', /^clock$/);
    assert.equal(new URL(page.url()).hash, memory);
    // the picture has the range of the address, in microseconds
    await page.keyboard.press('2');
    await painted(page, 'packing');
    await page.locator('.plot').first().focus();
    await page.keyboard.press('b');
    await page.keyboard.press('Enter');
    await waitForField(page, 'y', /-/);
    const plan = new URL(page.url()).hash;
    assert.notEqual(plan, memory);
    await page.reload();
    await drop(page, [snapshot]);
    await planned(page);
    await painted(page, 'packing');
    await waitForField(page, 'axis', /^clock$/);
    assert.equal(new URL(page.url()).hash, plan);
    await page.keyboard.press('1');
    await painted(page, 'active-memory');
    assert.equal(fieldOf(page, 'y'), null, 'each view has a vertical axis of its own');
    await page.goto(`${origin}#view=memory&axis=sun&window=9-2&y=-5-x`);
    await page.reload();
    await open(page, snapshot);
    assert.deepEqual(
      ['axis', 'window', 'y'].map(name => fieldOf(page, name)),
      [null, null, null],
    );
  },
);

/** The page with what goes beyond sizes and lifetimes: dimensions, held bytes, streams, operators. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import type {Page} from 'playwright-core';
import {transformer} from '../symbolic/models.ts';
import {FLOAT, node, onnxModel, tensor, value} from '../trace/models.ts';
import {onPage} from './on-page.ts';
import {drop, painted, planned, says} from './site.ts';

const facts = (page: Page) => page.locator('.facts[role=status]').innerText();
const outcome = async (page: Page): Promise<string> => {
  await planned(page);
  return page.locator('.outcome').innerText();
};

onPage(
  'a model without sizes asks for them; its dimensions are under what if, and each value is planned',
  async ({page}) => {
    await drop(page, [{name: 'model.onnx', data: transformer(2)}]);
    await page.getByLabel('batch').fill('1:4');
    const open = page.getByRole('button', {name: 'Open with these sizes'});
    assert.ok(await open.isDisabled(), 'seq has no size yet');
    await page.getByLabel('seq').fill('128');
    await open.click();
    await planned(page);
    await painted(page, 'packing');
    const largest = await outcome(page);
    const batch = page.getByRole('region', {name: 'what if'}).getByLabel('batch');
    assert.equal(await batch.inputValue(), '4');
    await batch.fill('9');
    await batch.press('Enter');
    assert.match(await page.getByRole('region', {name: 'what if'}).innerText(), /expected from 1 to 4/);
    await batch.fill('1');
    await batch.press('Enter');
    await page.waitForFunction(before => document.querySelector('.outcome')?.textContent !== before, largest);
    assert.match(await outcome(page), /less than without changes/);
  },
);

onPage('bytes that wait before they are used again need a larger plan', async ({page}) => {
  const buffers = [
    {id: 'a', size: 4096, start: 0, end: 2},
    {id: 'b', size: 4096, start: 3, end: 5},
  ];
  await drop(page, [
    {name: 'two.json', data: Buffer.from(JSON.stringify({schema: 'stowage.problem/1', buffers}))},
  ]);
  await planned(page);
  assert.match(await facts(page), /peak 4,096 B/);
  const hold = page.getByLabel('hold, ticks');
  await hold.fill('2');
  await hold.press('Enter');
  await page.waitForFunction(() => document.querySelector('.facts')?.textContent?.includes('8,192'));
  assert.match(await outcome(page), /4 KiB \(100\.0 %\) more than without changes/);
});

onPage('a log with waits is planned by them, and says so', async ({page}) => {
  const log = readFileSync(new URL('../trace/clocks/logs/branches.jsonl', import.meta.url));
  await drop(page, [{name: 'branches.jsonl', data: log}]);
  await planned(page);
  const summary = await page.locator('.summary').innerText();
  assert.match(summary, /Streams: 2; \d+ waits.* recorded/);
  assert.doesNotMatch(summary, /kept apart, since no waits/);
});

/** Branches that are wide at first and narrow later, listed level by level: the worst order. */
function branches(count: number): Uint8Array {
  const all = Array.from({length: count}, (_, k) => k);
  return onnxModel({
    nodes: [
      ...all.map(k => node('MatMul', ['x', 'wide'], [`wide${k}`])),
      ...all.map(k => node('MatMul', [`wide${k}`, 'narrow'], [`narrow${k}`])),
      node(
        'Sum',
        all.map(k => `narrow${k}`),
        ['y'],
      ),
    ],
    inputs: [value('x', FLOAT, [1, 16])],
    outputs: [value('y', FLOAT, [1, 4])],
    weights: [tensor('wide', FLOAT, [16, 1024]), tensor('narrow', FLOAT, [1024, 4])],
  });
}

onPage(
  'a smaller order of operators is found, and what must run again to fit a capacity is said',
  async ({page}) => {
    await drop(page, [{name: 'branches.onnx', data: branches(4)}]);
    await planned(page);
    const questions = page.getByRole('region', {name: 'questions'});
    await questions.getByRole('button', {name: /smaller order/}).click();
    await says(page, '.questions', /With \d+ of 9 operators moved the peak is [\d,]+ B/);
    assert.match(await questions.innerText(), /no order can do with less/);
    assert.match(await questions.innerText(), /npx stowage order branches\.onnx -o reordered-branches\.onnx/);
    const capacity = page.getByLabel('capacity');
    await capacity.fill('4KiB');
    await capacity.press('Enter');
    await questions.getByRole('button', {name: 'What must run again to fit 4 KiB?'}).click();
    await says(page, '.questions', /Nothing fits 4,096 B.*: [\d,]+ B .*must be there while .* runs/);
  },
);

onPage('after a change, the bytes that must move are counted', async ({page}) => {
  const buffers = [
    {id: 'a', size: 4096, start: 0, end: 4},
    {id: 'b', size: 8192, start: 2, end: 6},
    {id: 'c', size: 2048, start: 5, end: 8},
  ];
  await drop(page, [
    {name: 'three.json', data: Buffer.from(JSON.stringify({schema: 'stowage.problem/1', buffers}))},
  ]);
  await planned(page);
  assert.equal(await page.locator('.questions').count(), 0, 'nothing to ask before a change');
  await page.getByLabel('hold, ticks').fill('2');
  await page.getByLabel('hold, ticks').press('Enter');
  await planned(page);
  await page.getByRole('button', {name: /How few bytes must move/}).click();
  await says(page, '.questions', /must leave their places in the plan without changes: no plan moves fewer/);
});

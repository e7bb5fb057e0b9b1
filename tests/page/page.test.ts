/** The page, as people use it. */
import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {gunzipSync, gzipSync} from 'node:zlib';
import type {Page} from 'playwright-core';
import {pickle} from '../trace/pickle.ts';
import {BASE, block, segment, stackOf} from '../trace/snapshots.ts';
import {onPage} from './on-page.ts';
import {drop, EXAMPLES, FIXTURES, PAGE, painted, planned, says} from './site.ts';

const example = (name: string) => readFileSync(join(EXAMPLES, name));

async function openExample(page: Page): Promise<void> {
  await page.getByRole('button', {name: 'Open an example'}).click();
  await planned(page);
}

test('compressed, the page weighs at most 235 kB until the first picture, and 365 kB with the planner', () => {
  const weigh = (names: readonly string[]) =>
    names.reduce((sum, name) => sum + gzipSync(readFileSync(join(PAGE, name)), {level: 9}).length, 0);
  const first = weigh(['index.html', 'assets/page.js', 'assets/page.css']);
  assert.ok(first <= 235_000, `${first} bytes`);
  const all = first + weigh(['planning.js']);
  assert.ok(all <= 365_000, `${all} bytes`);
});

test('the page and the single file allow no connection', () => {
  for (const name of ['index.html', 'stowage.html']) {
    const html = readFileSync(join(PAGE, name), 'utf8');
    const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html) ?? [];
    assert.match(policy, /default-src 'none'; connect-src 'none'/);
    assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|https?:|\*/);
  }
});

onPage(
  'the built-in example says what it was, how small it could be, and that this is proven',
  async ({page}) => {
    await openExample(page);
    const summary = await page.locator('.summary').innerText();
    assert.match(
      summary,
      /ran out of memory by fragmentation: a plan of the whole recording would have fitted/,
    );
    assert.match(summary, /recoverable\s+[\d.]+ MiB/);
    assert.match(summary, /proven, and reached/);
    await painted(page, 'active-memory');
  },
);

onPage(
  'the single file does the same from disk, without a server',
  async ({page}) => {
    await openExample(page);
    assert.match(await page.locator('.summary h2').innerText(), /by fragmentation/);
    await painted(page, 'active-memory');
  },
  {address: ({single}) => single},
);

onPage('a file of each format can be dropped, gzip or not, several at once', async ({page}) => {
  const files = readdirSync(FIXTURES, {withFileTypes: true})
    .filter(entry => entry.isDirectory())
    .map(({name: format}) => {
      const [name] = readdirSync(join(FIXTURES, format))
        .filter(file => !file.endsWith('.expected.json'))
        .sort();
      return {format, name: name!, data: readFileSync(join(FIXTURES, format, name!))};
    });
  assert.ok(files.length >= 11, `${files.length} formats`);
  await drop(page, [...files, {name: 'five.csv.gz', data: gzipSync(example('five.csv'))}]);
  await page.waitForFunction(
    count => document.querySelectorAll('.files li').length === count,
    files.length + 1,
  );
  for (const {name} of files) {
    await page.locator('.files').getByRole('button', {name, exact: true}).click();
    await planned(page);
    const headline = await page.locator('.summary h2').innerText();
    assert.match(
      headline,
      /would do|The whole recording needs|ran out of memory|No plan exists/,
      `${name}: ${headline}`,
    );
    await page.locator('#tab-plan').click();
    await page
      .locator('.plot[data-picture="packing"][data-painted], .waiting:has-text("nothing to place")')
      .first()
      .waitFor();
  }
});

onPage('an unreadable file is reported on the page, with format, place and advice', async ({page}) => {
  const pickle = gunzipSync(example('out-of-memory.pickle.gz'));
  await drop(page, [
    {name: 'half.pickle', data: pickle.subarray(0, pickle.length >> 1)},
    {name: 'cut.pickle.gz', data: example('out-of-memory.pickle.gz').subarray(0, 20_000)},
    {name: 'wrong.csv', data: Buffer.from('id,lower,upper,size\na,0,x,4\n')},
    {name: 'photo.jpg', data: Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16)},
    {name: 'empty', data: new Uint8Array(0)},
  ]);
  await page.waitForFunction(() => document.querySelectorAll('.failed').length === 5);
  const textOf = (name: string) =>
    page.locator('.failed', {hasText: `${name} could not be read`}).innerText();
  assert.match(await textOf('half.pickle'), /cuda-snapshot[\s\S]*byte\s+\d+[\s\S]*copy it again/);
  assert.match(await textOf('cut.pickle.gz'), /gzip[\s\S]*copy it again/);
  assert.match(await textOf('wrong.csv'), /csv[\s\S]*line\s+2/);
  assert.match(
    await textOf('photo.jpg'),
    /unknown format[\s\S]*ff d8[\s\S]*check that it is the recording itself/,
  );
  assert.match(await textOf('empty'), /the file is empty/);
  // the way in is still there
  await openExample(page);
  for (let left = 5; left > 0; left--) await page.getByRole('button', {name: 'Dismiss'}).first().click();
  assert.equal(await page.locator('.failed').count(), 0);
});

onPage('reading and planning can be cancelled, and the best plan until then is kept', async ({page}) => {
  const kineto = gunzipSync(example('resnet50.training.json.gz')).toString();
  const start = kineto.indexOf('[', kineto.indexOf('"traceEvents"')) + 1;
  const events = kineto.slice(start, kineto.lastIndexOf(']'));
  await page.evaluate(
    ({head, body, tail}) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([head, ...Array(400).fill(`${body},`), body, tail], 'large.json'));
      window.dispatchEvent(new DragEvent('drop', {dataTransfer: transfer, cancelable: true}));
    },
    {
      head: kineto.slice(0, start),
      body: events.slice(0, 400_000).replace(/,[^,]*\{[^}]*$/, ''),
      tail: kineto.slice(kineto.lastIndexOf(']')),
    },
  );
  await page.locator('.opening').getByRole('button', {name: 'Cancel'}).click();
  await page.locator('.opening').waitFor({state: 'detached'});
  await page.getByRole('button', {name: 'Open an example'}).waitFor();
  const rows = Array.from(
    {length: 300},
    (_, i) => `${i},${(i * 37) % 200},${((i * 37) % 200) + 5 + ((i * 61) % 90)},${1 + ((i * 97) % 1000)}`,
  );
  await drop(page, [{name: 'hard.csv', data: Buffer.from(`id,lower,upper,size\n${rows.join('\n')}\n`)}]);
  await planned(page);
  // local search does not reach the bound here, so it goes on until it is stopped
  await page.getByLabel('algorithm').selectOption('local');
  await page.locator('.summary[aria-busy="true"]').waitFor();
  await planned(page);
  await page.getByLabel('time limit').selectOption('120');
  await says(page, '.side .outcome', /planning: [\d,]+ B/);
  await page.getByRole('button', {name: 'Stop, keep the best plan'}).click();
  await says(page, '.facts', /peak 4[\d,]+ B.*not proven.*, stopped\)/);
});

onPage('planning that is stopped before its first plan says so, and can begin again', async ({page}) => {
  // pressed as soon as it is there: the first plan of so many buffers takes longer
  await page.evaluate(() => {
    new MutationObserver((_, observer) => {
      const button = document.querySelector<HTMLButtonElement>('.summary .busy button');
      if (!button) return;
      observer.disconnect();
      button.click();
    }).observe(document.body, {childList: true, subtree: true});
  });
  const rows = Array.from(
    {length: 10_000},
    (_, i) => `${i},${i},${i + 2 + ((i * 61) % 90)},${1 + ((i * 97) % 1000)}`,
  );
  await drop(page, [{name: 'many.csv', data: Buffer.from(`id,lower,upper,size\n${rows.join('\n')}\n`)}]);
  await says(page, '.summary h2', /^Planning was stopped before there was a plan$/);
  await planned(page);
  await says(page, '#view .facts', /10,000 buffers: not planned; at least [\d,]+ B/);
  await says(page, '#view .waiting', /Planning was stopped before there was a plan/);
  await says(page, '.side .outcome', /stopped before there was a plan/);
  await page.getByRole('button', {name: 'Plan again'}).click();
  await says(page, '.summary h2', /would do/);
});

onPage('a planning worker that dies is reported, and the next planning has a new one', async ({page}) => {
  await openExample(page);
  await page.locator('#tab-allocator').click();
  for (const worker of page.workers()) {
    await worker.evaluate(() => {
      if (self.name === 'planning')
        setTimeout(() => {
          throw new Error('it broke');
        });
    });
  }
  await page.waitForTimeout(200);
  await page.getByRole('button', {name: 'Replay', exact: true}).click();
  await says(page, '.side .whatif', /it broke/);
  await page.locator('#tab-plan').click();
  await page.getByRole('button', {name: 'Plan again'}).click();
  await planned(page);
  await page.locator('#tab-allocator').click();
  await page.getByRole('button', {name: 'Replay', exact: true}).click();
  await says(page, '.whatif .outcome', /fails 1 request: the one that failed in the recording; reserved/);
});

onPage('what if: a buffer half as large, gone, another alignment, a capacity', async ({page}) => {
  await drop(page, [{name: 'five.csv', data: example('five.csv')}]);
  await planned(page);
  await says(page, '.side .outcome', /peak 9,216 B/);
  await page.locator('.rows').getByRole('button', {name: 'fc', exact: true}).click();
  await says(page, '.details', /6,144 B[\s\S]*lower bound/);
  await page.getByRole('button', {name: 'half as large'}).click();
  await says(page, '.side .outcome', /peak 9,216 B.*the same as without changes/);
  await page.getByRole('button', {name: /^undo: /}).click();
  await page.locator('.rows').getByRole('button', {name: 'conv1', exact: true}).click();
  await page.getByRole('button', {name: 'gone', exact: true}).click();
  await says(page, '.side .outcome', /peak .* without changes/);
  await page.getByLabel('alignment').selectOption('4096');
  await says(page, '.facts', /13,312 B/);
  await page.getByLabel('capacity').fill('1KiB');
  await page.getByLabel('capacity').press('Enter');
  await says(page, '.side .outcome', /nothing fits that capacity/);
});

onPage('other settings of the allocator: replayed, and the usual settings ranked', async ({page}) => {
  await openExample(page);
  await page.locator('#tab-allocator').click();
  await painted(page, 'allocator-state');
  assert.match(await page.locator('.facts').innerText(), /90 segments as recorded: reserved 6,371,147,776 B/);
  await page.getByRole('button', {name: 'Try the usual settings'}).click();
  const table = page.locator('table', {hasText: 'the usual settings'});
  await table.waitFor();
  const ranked = await table.innerText();
  assert.match(ranked, /expandable_segments=true\s.*serves the request that failed in the recording\s+−/);
  assert.match(ranked, /max_split_size_mb=32\s.*fails .*\s+no saving: requests fail/);
  assert.match(
    await page.locator('.whatif').innerText(),
    /the models have 6,442,450,944 B \(6\.0 GiB\): reserved \+ free when the last request failed/,
  );
  await page.getByLabel('expandable_segments').check();
  await page.getByRole('button', {name: 'Replay'}).click();
  await says(
    page,
    '.whatif .outcome',
    /expandable_segments=true: serves the request that failed in the recording; reserved/,
  );
});

onPage(
  'a snapshot without events: its state, the source of its blocks, and what to record',
  async ({page}) => {
    const segments = [
      segment(0, BASE, [
        block(3 << 20, 'active_allocated', 3 << 20, {frames: stackOf(0, 1, 2, 3, 4)}),
        block(1 << 20, 'inactive', 0),
      ]),
    ];
    await drop(page, [{name: 'state.pickle', data: pickle({segments})}]);
    await says(
      page,
      '.summary',
      /Only the state at the end was recorded[\s\S]*_record_memory_history\(context='all'\)/,
    );
    await painted(page, 'allocator-state');
    const summary = await page.locator('.summary').innerText();
    assert.match(summary, /reserved at the end\s+4 MiB/);
    assert.match(summary, /largest free block 1 MiB/);
    assert.doesNotMatch(summary, /optimal|no plan can|recoverable|0 B would do/);
    assert.match(
      await page.locator('.facts').innerText(),
      /^At the end of the recording, 1 segment as recorded/,
    );
    assert.equal(await page.getByRole('button', {name: 'Replay'}).count(), 0);
  },
);

onPage('what is done with the mouse is done with keys alone, and the address keeps it', async ({page}) => {
  await openExample(page);
  await painted(page, 'active-memory');
  await page.keyboard.press('[');
  await page.waitForFunction(() => /moment=4[0-6]\d\d/.test(location.hash));
  for (const key of ['w', 'w', 'd', 'ArrowUp', 's']) await page.keyboard.press(key);
  await page.waitForFunction(() => /window=[\d.]+-[\d.]+/.test(location.hash));
  await page.keyboard.press('/');
  await page.keyboard.type('softmax >100MiB');
  await page.waitForFunction(() => /^\d+ blocks?,/.test(document.querySelector('.count')?.textContent ?? ''));
  await page.keyboard.press('Escape');
  // the count comes before the rows
  await page.waitForFunction(() =>
    document.querySelector('.rows tbody tr')?.textContent?.includes('softmax'),
  );
  await page.locator('.rows td button').first().focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => /item=\d+/.test(location.hash));
  await says(page, '.details', /softmax[\s\S]*Stack, innermost first[\s\S]*model\.py:37/);
  await page.keyboard.press('f');
  await page.keyboard.press('2');
  await painted(page, 'packing');
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('0');
  await page.waitForFunction(() => /^#view=plan&.*item=\d+/.test(location.hash));
  const {hash} = new URL(page.url());
  assert.doesNotMatch(hash, /softmax|out-of-memory|model/, 'no data is in the address');
  await page.reload();
  await openExample(page);
  await page.locator('#tab-plan[aria-selected="true"]').waitFor();
  await page.waitForFunction(() => /item=\d+/.test(location.hash));
});

onPage('the mouse zooms, moves, shows details and selects', async ({page}) => {
  await openExample(page);
  await painted(page, 'active-memory');
  const box = (await page.locator('.plot').boundingBox())!;
  const [x, y] = [box.x + box.width * 0.6, box.y + box.height * 0.62];
  await page.mouse.move(x, y);
  await page.locator('.hint').waitFor();
  await page.mouse.wheel(0, -600);
  await page.waitForFunction(() => /window=[\d.]+-[\d.]+/.test(location.hash));
  const zoomed = new URL(page.url()).hash;
  await page.mouse.down();
  await page.mouse.move(x + 120, y, {steps: 4});
  await page.mouse.up();
  await page.waitForFunction(before => location.hash !== before, zoomed);
  await page.mouse.click(box.x + box.width * 0.5, box.y + box.height - 60);
  await page.getByRole('button', {name: 'all', exact: true}).click();
  await page.waitForFunction(() => !/window=/.test(location.hash) && /moment=/.test(location.hash));
});

onPage('pictures, tables, plans and reports can be saved, and read again', async ({page, site: own}) => {
  await openExample(page);
  await page.locator('#tab-plan').click();
  await painted(page, 'packing');
  const save = async (text: RegExp) => {
    await page.locator('.menu > summary').first().click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('.menu').getByRole('button', {name: text}).first().click(),
    ]);
    return {name: download.suggestedFilename(), data: readFileSync(await download.path())};
  };
  const svg = await save(/SVG/);
  assert.match(svg.data.toString(), /^<svg xmlns[\s\S]*<\/svg>\s*$/);
  const png = await save(/PNG/);
  assert.deepEqual([...png.data.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
  assert.match((await save(/numbers, CSV/)).data.toString(), /^buffer,size \(bytes\),offset \(bytes\)/);
  assert.match((await save(/buffers listed/)).data.toString(), /^name,bytes/);
  const json = JSON.parse((await save(/plan, JSON/)).data.toString());
  assert.deepEqual(
    [json.schema, json.status, json.offsets.length],
    ['stowage.plan/1', 'optimal', json.buffers],
  );
  const csv = await save(/plan, CSV/);
  const report = await save(/report/);
  const again = await own.open(own.origin);
  await drop(again.page, [{name: 'plan.csv', data: csv.data}]);
  await planned(again.page);
  assert.match(await again.page.locator('.summary h2').innerText(), /3\.7\d? GiB would do/);
  await again.page.setContent(report.data.toString());
  assert.match(await again.page.locator('h1').innerText(), /Memory report: out-of-memory/);
  assert.ok((await again.page.locator('svg').count()) >= 3);
});

onPage(
  'two files are compared: totals, what is more and less at the peak, the largest changes',
  async ({page}) => {
    const five = example('five.csv').toString();
    await drop(page, [{name: 'before.csv', data: Buffer.from(five)}]);
    await planned(page);
    await page.locator('#tab-compare').click();
    await says(page, '#view', /open a second file/);
    const after = five.replace('fc,7,9,6144', 'fc,7,9,9216').replace('skip,1,8,1024\n', '');
    await drop(page, [{name: 'after.csv', data: Buffer.from(after)}]);
    await says(page, '.facts', /3 blocks the same, 0 moved, 1 larger, 0 smaller, 0 new, 1 gone/);
    await says(page, '.plain', /planned\s*9,216 B \(9\.0 KiB\)\s*[\d,]+ B \([\d.]+ KiB\)\s*\+/);
    await says(page, '.plain', /grown: fc/);
    await page.getByRole('button', {name: 'swap'}).click();
    await says(page, '.plain', /shrunk: fc/);
  },
);

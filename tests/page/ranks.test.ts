/** A run of many ranks that the page makes of their recordings. */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {test} from 'node:test';
import {gunzipSync} from 'node:zlib';
import type {Page} from 'playwright-core';
import {newFolder} from '../cli/stowage.ts';
import {has, lacks} from '../requirements.ts';
import {pickle} from '../trace/pickle.ts';
import {BASE, entry, freed, snapshot} from '../trace/snapshots.ts';
import {onPage, openedSite} from './on-page.ts';
import {
  CLI,
  cutTexts,
  drop,
  EXAMPLES,
  findings,
  painted,
  planned,
  says,
  screenshot,
  whileServed,
} from './site.ts';

/** Ten iterations' worth of blocks: rank by rank a larger one, and another site where `isOther`. */
function recording(rank: number, isOther = false): Uint8Array {
  const events = Array.from({length: 40}, (_, i) => [
    entry('alloc', BASE + i * 65_536, (isOther ? 2 : 1) * 4096 + 512 * rank),
    ...(i % 3 === 0 ? [] : freed(BASE + i * 65_536, (isOther ? 2 : 1) * 4096 + 512 * rank)),
  ]);
  return pickle(snapshot([events.flat()]));
}

const ranks = (count: number) =>
  Array.from({length: count}, (_, rank) => ({name: `rank${rank}.pickle`, data: recording(rank)}));

/** @returns a folder of recordings, one of them in a folder below, beside notes. */
function folderOf(count: number): string {
  const folder = join(newFolder(), 'run');
  mkdirSync(join(folder, 'more'), {recursive: true});
  for (const {name, data} of ranks(count))
    writeFileSync(join(folder, name === 'rank0.pickle' ? 'more' : '.', name), data);
  writeFileSync(join(folder, 'notes.md'), '# notes');
  return folder;
}

/** Chooses a folder by the page's button. */
async function chooseFolder(page: Page, folder: string): Promise<void> {
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page
      .getByRole('button', {name: /older…$/})
      .first()
      .click(),
  ]);
  await chooser.setFiles(folder);
}

/** Drags a path of this machine onto the page, as a person does: files that a script makes have no folders. */
async function dropPath(page: Page, path: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = {items: [], files: [path], dragOperationsMask: 1};
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', {type, x: 300, y: 300, data});
}

/** Until so many ranks are read, and planned. */
async function made(page: Page, count: number): Promise<void> {
  await page.locator(`.making[data-shown="${count}"][data-waiting="0"][data-unplanned="0"]`).waitFor({
    state: 'attached',
  });
}

/** The cells of the first table, row by row. */
function rows(page: Page): Promise<string[][]> {
  return page
    .locator('figure', {has: page.locator('.plot[data-picture="ranks"]')})
    .locator('tbody tr')
    .evaluateAll(found =>
      found.map(row => [...row.querySelectorAll('td')].map(cell => (cell as HTMLElement).innerText.trim())),
    );
}

onPage(
  'a chosen folder is a run: bars in the order of ranks, folders below count, other files are named',
  async ({page}) => {
    await chooseFolder(page, folderOf(4));
    await made(page, 4);
    await painted(page, 'ranks');
    assert.deepEqual(
      (await rows(page)).map(([rank, file]) => `${rank} ${file}`),
      ['0 run/more/rank0.pickle', '1 run/rank1.pickle', '2 run/rank2.pickle', '3 run/rank3.pickle'],
    );
    assert.match(await page.locator('.summary h2').innerText(), /Run of 4 ranks/);
    await page.locator('.left-out summary').click();
    await says(page, '.left-out li', /run\/notes\.md: by its name no recording/);
  },
);

onPage('a folder that is dropped is a run; one with a single recording opens it', async ({page}) => {
  const folder = folderOf(3);
  await dropPath(page, folder);
  await made(page, 3);
  const single = join(newFolder(), 'single');
  mkdirSync(single);
  writeFileSync(join(single, 'alone.pickle'), recording(0));
  await dropPath(page, single);
  await planned(page);
  assert.equal(
    await page
      .locator('.files .current')
      .innerText()
      .then(text => /alone\.pickle/.test(text)),
    true,
  );
});

onPage('two recordings are opened, to compare; three are a run', async ({page}) => {
  await drop(page, ranks(2));
  await page.waitForFunction(() => document.querySelectorAll('.files li').length === 2);
  await drop(page, ranks(3));
  await made(page, 3);
});

onPage('a broken recording is named with the reason and the place; the others are a run', async ({page}) => {
  const [first, second, third] = ranks(3);
  const cut = {name: second!.name, data: second!.data.subarray(0, second!.data.length >> 1)};
  await drop(page, [first!, cut, third!, {name: 'model.onnx', data: Uint8Array.of(1, 2)}]);
  await made(page, 2);
  await says(page, '.unread li', /^rank1\.pickle: .*\(byte \d+\)$/);
  await says(page, '.left-out', /1 file left out/);
  assert.match((await rows(page))[1]!.join(' '), /not analysed: /);
  // the next rank is the one that could be read
  await page.keyboard.press('n');
  await page.keyboard.press('Enter');
  await says(page, '.rank-bar', /rank 0, 1 of 3/);
  await planned(page);
  await page.keyboard.press('n');
  await says(page, '.rank-bar', /rank 2, 3 of 3/);
});

/** Drops recordings, and a file of one part, again and again, without its bytes. */
async function dropWithLarge(
  page: Page,
  large: {name: string; head: string; part: string; times: number; tail: string},
): Promise<void> {
  const list = ranks(3).map(({name, data}) => ({name, base64: Buffer.from(data).toString('base64')}));
  await page.evaluate(
    dropped => {
      const transfer = new DataTransfer();
      for (const {name, base64} of dropped.list)
        transfer.items.add(new File([Uint8Array.from(atob(base64), one => one.charCodeAt(0))], name));
      const {head, part, times, tail, name} = dropped.large;
      const blob = new Blob([part]);
      transfer.items.add(new File([head, ...Array<Blob>(times).fill(blob), tail], name));
      window.dispatchEvent(new DragEvent('drop', {dataTransfer: transfer, bubbles: true, cancelable: true}));
    },
    {list, large},
  );
}

onPage(
  'bars are there while others are read; reading is cancelled, keeps what was read, and goes on',
  async ({page}) => {
    const kineto = gunzipSync(readFileSync(join(EXAMPLES, 'resnet50.training.json.gz'))).toString();
    const start = kineto.indexOf('[', kineto.indexOf('"traceEvents"')) + 1;
    const events = kineto.slice(start, kineto.lastIndexOf(']'));
    await dropWithLarge(page, {
      // of pickles three are alike, and so the run
      name: 'rank3.json',
      head: kineto.slice(0, start),
      part: `${events},`,
      times: Math.floor(8e8 / events.length),
      tail: `${events}]}`,
    });
    await page.locator('.making[data-shown="3"][data-waiting="1"]').waitFor({state: 'attached'});
    await painted(page, 'ranks');
    await says(page, '.legend', /no result yet/);
    await says(page, '.making', /reading 3 of 4 recordings/);
    await page.locator('.making').getByRole('button', {name: 'Cancel'}).click();
    await says(page, '.making', /Cancelled: 1 recording not read/);
    await says(page, '.tiles', /1 file has no result yet: rank3\.json/);
    await page.getByRole('button', {name: 'Read the rest'}).click();
    await says(page, '.making', /reading 0 of 1 recording/);
    await page.locator('.making').getByRole('button', {name: 'Cancel'}).click();
    await says(page, '.making', /Cancelled: 1 recording not read/);
    assert.equal((await rows(page)).length, 4);
  },
);

onPage(
  'a file that is larger than the limit is refused with the reason, and the others are read and planned',
  async ({page}) => {
    // gzip makes about ten times as much of it
    await dropWithLarge(page, {
      name: 'rank3.pickle.gz',
      head: '',
      part: 'x'.repeat(2 ** 20),
      times: 300,
      tail: '',
    });
    await made(page, 3);
    await says(
      page,
      '.unread li',
      /rank3\.pickle\.gz: about 2\.93 GiB uncompressed: more than 2 GiB is not read/,
    );
  },
);

onPage('a run of much input is planned on request, and says until then what is not known', async ({page}) => {
  await dropWithLarge(page, {
    name: 'rank3.pickle.gz',
    head: '',
    part: 'x'.repeat(2 ** 20),
    times: 150,
    tail: '',
  });
  await says(page, '.making', /3 ranks not planned: what a plan needs/);
  assert.equal(await page.locator('.making').getAttribute('data-unplanned'), '3');
  await page.getByRole('button', {name: 'Plan the rest'}).click();
  await made(page, 3);
});

onPage(
  'keys lead from rank to rank in the same view and window, and back to the run; the address has the rank',
  async ({page}) => {
    await drop(page, ranks(4));
    await made(page, 4);
    await painted(page, 'ranks');
    await page.keyboard.press('n');
    await page.keyboard.press('n');
    await page.keyboard.press('Enter');
    await planned(page);
    await says(page, '.rank-bar', /rank 1, 2 of 4/);
    await painted(page, 'active-memory');
    await page.locator('.plot[data-picture="active-memory"]').focus();
    await page.keyboard.press('+');
    await page.waitForFunction(() => /window=/.test(location.hash));
    const windowOf = () => page.evaluate(() => new URLSearchParams(location.hash.slice(1)).get('window'));
    const shown = await windowOf();
    const workers = page.workers().length;
    for (const [key, place] of [
      ['n', 'rank 2, 3 of 4'],
      ['>', 'rank 3, 4 of 4'],
      ['p', 'rank 2, 3 of 4'],
      ['<', 'rank 1, 2 of 4'],
    ] as const) {
      await page.keyboard.press(key);
      await says(page, '.rank-bar', new RegExp(place));
      await planned(page);
      assert.equal(await windowOf(), shown);
      assert.equal(await page.locator('.files li').count(), 2, 'the run and one rank');
    }
    assert.match(await page.evaluate(() => location.hash), /rank=1\b/);
    assert.ok(page.workers().length <= workers + 2, `${page.workers().length} workers, ${workers} before`);
    await page.getByRole('button', {name: 'next rank'}).click();
    await says(page, '.rank-bar', /rank 2, 3 of 4/);
    await planned(page);
    await page.keyboard.press('r');
    await painted(page, 'ranks');
    await page.keyboard.press('p');
    await page.keyboard.press('Enter');
    await says(page, '.rank-bar', /rank 1, 2 of 4/);
  },
);

onPage('a click on a bar opens the rank', async ({page}) => {
  await drop(page, ranks(4));
  await made(page, 4);
  await painted(page, 'ranks');
  const plot = page.locator('.plot[data-picture="ranks"]');
  await plot.scrollIntoViewIfNeeded();
  const {width, height} = (await plot.boundingBox())!;
  // a quarter of the axis is a rank: the bar of the third
  await plot.click({position: {x: 66 + ((width - 78) * 5) / 8, y: height - 60}});
  await says(page, '.rank-bar', /rank 2, 3 of 4/);
});

onPage('the figures are those of stowage batch and stowage merge', async ({page}) => {
  const folder = join(newFolder(), 'run');
  mkdirSync(folder);
  copyFileSync(join(EXAMPLES, 'out-of-memory.pickle.gz'), join(folder, 'rank0.pickle.gz'));
  writeFileSync(join(folder, 'rank1.pickle'), recording(1));
  writeFileSync(join(folder, 'rank2.pickle'), recording(2, true));
  const options = {cwd: dirname(folder), stdio: 'pipe', timeout: 120_000} as const;
  execFileSync(process.execPath, [CLI, 'batch', 'run', '--out', 'out', '--jobs', '1', '--json'], options);
  execFileSync(process.execPath, [CLI, 'merge', 'out', '-o', 'run.json'], options);
  await chooseFolder(page, folder);
  await made(page, 3);
  const own = await rows(page);
  const answers = await page.locator('.tiles').innerText();
  await drop(page, [{name: 'run.json', data: readFileSync(join(dirname(folder), 'run.json'))}]);
  await page.locator('.making').waitFor({state: 'detached'});
  await painted(page, 'ranks');
  assert.deepEqual(own, await rows(page));
  assert.equal(await page.locator('.tiles').innerText(), answers);
});

onPage('a folder without any recording says so', async ({page}) => {
  const folder = join(newFolder(), 'notes');
  mkdirSync(folder);
  writeFileSync(join(folder, 'a.md'), 'a');
  await chooseFolder(page, folder);
  await says(page, '.failed', /none of 1 file is a recording by its name/);
});

for (const [width, theme] of [
  [1280, 'light'],
  [360, 'dark'],
] as const) {
  test(`at ${width} pixels, ${theme}, a run with files that failed and were left out, and one of its ranks: axe finds nothing, nothing is cut`, async context => {
    const site = openedSite();
    if (!site) return lacks(context, 'chromium');
    const {page} = await site.open(site.origin, {
      viewport: {width, height: 800},
      colorScheme: theme,
      reducedMotion: 'reduce',
    });
    const [first, ...others] = ranks(4);
    await drop(page, [
      {name: first!.name, data: first!.data.subarray(0, 99)},
      ...others,
      {name: 'model.onnx', data: Uint8Array.of(1)},
    ]);
    await made(page, 3);
    await painted(page, 'ranks');
    for (const name of ['run', 'rank']) {
      assert.deepEqual(await findings(page), [], name);
      assert.deepEqual(await cutTexts(page), [], name);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, name);
      await screenshot(page, `ranks-${name}-${width}-${theme}`);
      if (name === 'rank') break;
      await page.locator('table button', {hasText: /^1$/}).click();
      await says(page, '.rank-bar', /rank 1, 2 of 4/);
      await planned(page);
    }
    await page.context().close();
  });
}

test('stowage view of a folder of recordings shows their run, and serves nothing else', async context => {
  const site = openedSite();
  if (!site) return lacks(context, 'chromium');
  const {open} = site;
  const folder = folderOf(3);
  const cwd = dirname(folder);
  try {
    await whileServed(['run'], cwd, async ({url}) => {
      const tab = await open(url);
      const {page} = tab;
      await made(page, 3);
      assert.deepEqual(
        (await rows(page)).map(([, file]) => file),
        ['run/more/rank0.pickle', 'run/rank1.pickle', 'run/rank2.pickle'],
      );
      await page.locator('table button', {hasText: /^2$/}).click();
      await says(page, '.rank-bar', /rank 2, 3 of 3/);
      await planned(page);
      const answer = async (path: string) => {
        const response = await fetch(new URL(path, url));
        return `${response.status} ${await response.text()}`;
      };
      for (const path of ['files/0/3', 'files/0/0/0', 'files/0/..%2fnotes.md', 'files/1'])
        assert.match(await answer(path), /^404/, path);
      if (has(context, 'posix')) {
        writeFileSync(join(folder, 'other'), 'other');
        renameSync(join(folder, 'other'), join(folder, 'rank1.pickle'));
        assert.match(await answer('files/0/1'), /^404 run\/rank1\.pickle: another file has taken its place/);
      }
      // the address keeps the rank: it opens by itself
      const address = await page.evaluate(() => location.href);
      assert.match(address, /rank=2/);
      const again = await open(address);
      await says(again.page, '.rank-bar', /rank 2, 3 of 3/);
      await again.page.context().close();
      await page.context().close();
    });
  } finally {
    rmSync(cwd, {recursive: true, force: true});
  }
});

test('a folder without recordings is refused by stowage view', () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'a.md'), 'a');
  assert.throws(
    () =>
      execFileSync(process.execPath, [CLI, 'view', folder, '--no-open'], {stdio: 'pipe', timeout: 60_000}),
    /no recording is in it, by the names of 1 file/,
  );
});

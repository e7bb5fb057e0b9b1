/** A run of many ranks in the page: dropped as JSON, and served with its recordings. */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {gzipSync} from 'node:zlib';
import type {Page} from 'playwright-core';
import {runHtml} from '../../bindings/report.ts';
import {fourRanks, madeRun, rankOf, runOf} from '../ranks/runs.ts';
import {lacks} from '../requirements.ts';
import {
  CLI,
  cutTexts,
  drop,
  EXAMPLES,
  findings,
  openSite,
  painted,
  planned,
  type Site,
  says,
  screenshot,
  whileServed,
} from './site.ts';

let site: Site | undefined;

before(async () => {
  site = await openSite();
});
after(() => site?.close());

const json = (run: object) => Buffer.from(JSON.stringify(run));

/** Drops the run, and waits until all its pictures are painted. */
async function dropRun(page: Page, data: Uint8Array, name = 'run.json'): Promise<void> {
  await drop(page, [{name, data}]);
  await painted(page, 'ranks');
  await page.waitForFunction(() => {
    const plots = [...document.querySelectorAll<HTMLElement>('#view .plot')];
    return plots.every(plot => plot.dataset.painted !== undefined);
  });
}

for (const [width, theme, count] of [
  [1280, 'light', 64],
  [360, 'dark', 64],
  [1280, 'dark', 4096],
] as const) {
  test(`at ${width} pixels, ${theme}, a run of ${count} ranks: axe finds nothing, nothing is cut or wider than the page`, async context => {
    if (!site) return lacks(context, 'chromium');
    const {page, requests, complaints} = await site.open(site.origin, {
      viewport: {width, height: 800},
      colorScheme: theme,
      reducedMotion: 'reduce',
    });
    await dropRun(page, json(madeRun(count)));
    await screenshot(page, `run-${count}-${width}-${theme}`);
    assert.deepEqual(await findings(page), []);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
    assert.deepEqual(await cutTexts(page), []);
    assert.match(
      await page.locator('.summary h2').innerText(),
      new RegExp(`Run of ${count === 64 ? 64 : '4,096'} ranks`),
    );
    assert.equal(await page.locator('.summary dt').count(), 6);
    const own = site.origin;
    assert.deepEqual(
      requests.filter(request => !request.startsWith(own) && !/^(blob|data):/.test(request)),
      [],
    );
    assert.deepEqual(complaints, []);
    await page.context().close();
  });
}

for (const [width, theme, count] of [
  [1280, 'light', 8],
  [390, 'dark', 64],
] as const) {
  test(`run.html of ${count} ranks at ${width} pixels, ${theme}: axe finds nothing, it is as wide as the window, and asks for nothing`, async context => {
    if (!site) return lacks(context, 'chromium');
    const folder = mkdtempSync(join(tmpdir(), 'stowage-run-'));
    try {
      const file = join(folder, 'run.html');
      writeFileSync(file, [...runHtml(madeRun(count))].join(''));
      const url = pathToFileURL(file).href;
      const {page, requests, complaints} = await site.open(url, {
        viewport: {width, height: 800},
        colorScheme: theme,
      });
      await screenshot(page, `run-html-${count}-${width}-${theme}`);
      assert.deepEqual(await findings(page), []);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
      assert.deepEqual([requests.filter(request => !request.startsWith('data:')), complaints], [[url], []]);
      await page.context().close();
    } finally {
      rmSync(folder, {recursive: true, force: true});
    }
  });
}

test('the single file opens a run from disk, gzip or not, and closes it', async context => {
  if (!site) return lacks(context, 'chromium');
  const {page, complaints} = await site.open(site.single);
  await dropRun(page, gzipSync(json(fourRanks())), 'run.json.gz');
  await says(page, '.summary dd', /Rank 2, 12 GiB/);
  await page.getByRole('button', {name: 'close Run of 4 ranks'}).click();
  await says(page, 'h2', /Drop a memory recording here/);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test('a rank whose recording was dropped opens by key; a button leads back to the run', async context => {
  if (!site) return lacks(context, 'chromium');
  const {page} = await site.open(site.origin);
  const run = runOf([
    rankOf(0, {file: 'there/out-of-memory.pickle.gz', group: null}),
    rankOf(1, {group: null}),
  ]);
  await dropRun(page, json(run));
  await page.locator('table button', {hasText: '1'}).focus();
  await page.keyboard.press('Enter');
  await says(page, '[role=status]', /rank 1: drop run\/snapshot_rank1\.pickle onto the page/);
  await drop(page, [
    {name: 'out-of-memory.pickle.gz', data: readFileSync(join(EXAMPLES, 'out-of-memory.pickle.gz'))},
  ]);
  await planned(page);
  await page.getByRole('button', {name: '← Run'}).click();
  await painted(page, 'ranks');
  await page.locator('#search').fill('0');
  await page.keyboard.press('Enter');
  await planned(page);
  assert.match(await page.locator('.summary h2').innerText(), /by fragmentation/);
  await page.context().close();
});

test('a run that is damaged, of another version, or inconsistent is refused with the place', async context => {
  if (!site) return lacks(context, 'chromium');
  const {page} = await site.open(site.origin);
  const run = fourRanks();
  await drop(page, [
    {name: 'short.json', data: json(run).subarray(0, 500)},
    {name: 'new.json', data: json({...run, schema: 'stowage.run/2'})},
    {name: 'odd.json', data: json({...run, ranks: [{...run.ranks[0], peak: '<b>much</b>'}]})},
    {name: 'lost.json', data: json({...run, ranks: run.ranks.slice(0, 2)})},
  ]);
  await says(page, '.failed', /short\.json: the file is damaged or cut short/);
  await says(page, '.failed', /new\.json: schema: expected "stowage\.run\/1", got "stowage\.run\/2"/);
  await says(page, '.failed', /odd\.json: ranks\[0\]\.peak: expected an integer from 0, got "<b>much<\/b>"/);
  await says(page, '.failed', /lost\.json: a group, an outlier or a growing rank names a rank/);
  await page.context().close();
});

/** In `work`: a batch of two ranks, and entries of files that are not below `work`. @returns its folder */
function makeBatch(folder: string): string {
  const work = join(folder, 'work');
  mkdirSync(join(work, 'run'), {recursive: true});
  copyFileSync(join(EXAMPLES, 'out-of-memory.pickle.gz'), join(work, 'run', 'rank0.pickle.gz'));
  copyFileSync(join(EXAMPLES, 'resnet50.training.json.gz'), join(work, 'run', 'rank1.json.gz'));
  const out = join(work, 'out');
  execFileSync(process.execPath, [CLI, 'batch', 'run', '--out', out, '--jobs', '1', '--json'], {
    cwd: work,
    stdio: 'pipe',
    timeout: 60_000,
  });
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  for (const name of [join(folder, 'secret.txt'), '../secret.txt', 'https://127.0.0.1:9/secret.txt']) {
    const failure = {message: 'it is a secret', exitCode: 3};
    const entry = {schema: 'stowage.file/1', name, bytes: 1, key: null, failure};
    const digest = createHash('sha256').update(name).digest('hex').slice(0, 32);
    writeFileSync(join(out, 'files', `${digest}.json`), JSON.stringify(entry));
  }
  return out;
}

test('stowage view DIR shows the run; a click opens the recording of a rank, the button leads back, and nothing else is served', async context => {
  if (!site) return lacks(context, 'chromium');
  const folder = mkdtempSync(join(tmpdir(), 'stowage-run-'));
  const {open} = site;
  try {
    const out = makeBatch(folder);
    await whileServed([out], join(folder, 'work'), async ({url}) => {
      const tab = await open(url);
      const {page} = tab;
      await painted(page, 'ranks');
      await says(page, '.summary h2', /Run of 5 ranks/);
      const plot = page.locator('.plot[data-picture="ranks"]');
      const {width, height} = (await plot.boundingBox())!;
      // a fifth of the axis is a rank: the bar of the first
      await plot.click({position: {x: 66 + (width - 78) / 10, y: height / 2}});
      await planned(page);
      assert.match(await page.locator('.summary h2').innerText(), /by fragmentation/);
      await page.getByRole('button', {name: '← Run'}).click();
      await painted(page, 'ranks');
      // it is open: it is shown again, not read again
      const reads = tab.requests.filter(request => request.endsWith('files/0/0')).length;
      await page.locator('table button', {hasText: /^0$/}).click();
      await planned(page);
      assert.equal(tab.requests.filter(request => request.endsWith('files/0/0')).length, reads);
      await page.getByRole('button', {name: '← Run'}).click();
      unlinkSync(join(folder, 'work', 'run', 'rank1.json.gz'));
      await page.locator('table button', {hasText: /^1$/}).click();
      await says(page, '.failed', /rank1\.json\.gz: no such file/);
      assert.deepEqual(
        tab.requests.filter(request => !request.startsWith(url) && !/^(blob|data):/.test(request)),
        [],
      );
      const answer = async (path: string) => {
        const response = await fetch(new URL(path, url));
        return `${response.status} ${await response.text()}`;
      };
      const outside = await Promise.all([2, 3, 4].map(index => answer(`files/0/${index}`)));
      assert.equal(outside.filter(text => /^404 .*secret\.txt: is not below .*--root/.test(text)).length, 2);
      assert.equal(outside.filter(text => /^404 https:.*is behind a URL/.test(text)).length, 1);
      assert.match(await answer('files/0/5'), /^404 the run has no rank of the number 5/);
      for (const path of ['files/1/0', 'files/0/0/0', 'files/0/-1', 'files/0/run%2frank0.pickle.gz'])
        assert.match(await answer(path), /^404/, path);
      await page.context().close();
    });
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
});

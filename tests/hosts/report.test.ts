/** The page of a report in Chromium, opened from a file: it asks for nothing, and fits where it is read. */
import assert from 'node:assert/strict';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath, pathToFileURL} from 'node:url';
import type Axe from 'axe-core';
import type {Page} from 'playwright-core';
import {renderSvg, reportHtml} from '../../bindings/report.ts';
import {plantedReport} from '../report/planted.ts';
import {lacks} from '../requirements.ts';
import {startChromium} from './chromium.ts';

const AXE = fileURLToPath(import.meta.resolve('axe-core/axe.min.js'));
const WIDTHS = [360, 768, 1400];

/** A page's requests, messages and refusals. */
function watch(page: Page): {requests: string[]; complaints: string[]} {
  const seen: {requests: string[]; complaints: string[]} = {requests: [], complaints: []};
  page.on('request', request => seen.requests.push(request.url()));
  page.on('console', message => seen.complaints.push(message.text()));
  page.on('pageerror', error => seen.complaints.push(error.message));
  page.on('dialog', dialog => {
    seen.complaints.push(dialog.message());
    void dialog.dismiss();
  });
  return seen;
}

test('a report with planted markup asks for nothing, complains of nothing and fits 360 pixels', async context => {
  const chromium = await startChromium();
  if (!chromium) return lacks(context, 'chromium');
  const folder = mkdtempSync(join(tmpdir(), 'stowage-report-'));
  try {
    const file = join(folder, 'report.html');
    writeFileSync(file, [...reportHtml(plantedReport())].join(''));
    const url = pathToFileURL(file).href;
    const page = await chromium.browser.newPage();
    const seen = watch(page);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({colorScheme});
      for (const width of WIDTHS) {
        await page.setViewportSize({width, height: 800});
        await page.goto(url);
        const over = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.equal(over, 0, `${width} pixels wide, ${colorScheme}`);
        assert.equal(await page.locator('svg').count(), plantedReport().pictures.length);
        assert.equal(await page.locator('script, img, iframe, object, link[rel=stylesheet]').count(), 0);
      }
    }
    assert.deepEqual(
      [...new Set(seen.requests)].filter(one => one !== url && !one.startsWith('data:')),
      [],
    );
    assert.deepEqual(seen.complaints, []);
  } finally {
    await chromium.close();
    rmSync(folder, {recursive: true, force: true});
  }
});

test('a picture in a file of its own is sound XML, and light or dark as the reader has it', async context => {
  const chromium = await startChromium();
  if (!chromium) return lacks(context, 'chromium');
  try {
    const page = await chromium.browser.newPage();
    const [packing] = plantedReport().pictures;
    const svg = renderSvg(packing!);
    const papers: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({colorScheme});
      await page.setContent(svg);
      papers.push(await page.locator('svg > rect.paper').evaluate(one => getComputedStyle(one).fill));
    }
    assert.deepEqual(papers, ['rgb(255, 255, 255)', 'rgb(21, 24, 29)']);
    for (const picture of plantedReport().pictures) {
      const error = await page.evaluate(
        text =>
          new DOMParser().parseFromString(text, 'image/svg+xml').querySelector('parsererror')?.textContent ??
          '',
        renderSvg(picture),
      );
      assert.equal(error, '', picture.name);
    }
  } finally {
    await chromium.close();
  }
});

test('axe finds nothing to object to in a report, light and dark', async context => {
  const chromium = await startChromium();
  if (!chromium) return lacks(context, 'chromium');
  try {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await chromium.browser.newPage({bypassCSP: true, colorScheme});
      await page.setContent([...reportHtml(plantedReport())].join(''));
      await page.addScriptTag({path: AXE});
      const found = await page.evaluate(async () => {
        const {passes, violations} = await (globalThis as unknown as {axe: typeof Axe}).axe.run();
        if (passes.length < 10) return [`only ${passes.length} rules were looked at`];
        return violations.map(({id, nodes}) => `${id}: ${nodes[0]?.html.slice(0, 200)}`);
      });
      assert.deepEqual(found, [], colorScheme);
      await page.close();
    }
  } finally {
    await chromium.close();
  }
});

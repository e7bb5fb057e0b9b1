/**
 * Screenshots against approved ones in `approved/`. `UPDATE_APPROVED=1` writes those; a failure leaves the actual screenshot and the
 * difference in `build/screenshots/`.
 */
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import pixelmatch from 'pixelmatch';
import type {Page} from 'playwright-core';
import {PNG} from 'pngjs';
import {screenshotPath} from './site.ts';

const APPROVED = fileURLToPath(new URL('approved/', import.meta.url));
/** Pixels that may differ: processors round the edges of shapes differently. */
const TOLERATED = 40;
/** Difference of a pixel's colour, from 0 to 1, that counts. */
const THRESHOLD = 0.1;
const MOST_TRIES = 50;

/** @returns what differs; undefined where nothing does. */
export async function differsFromApproved(page: Page, name: string): Promise<string | undefined> {
  const actual = await settled(page);
  const path = `${APPROVED}${name}.png`;
  if (process.env.UPDATE_APPROVED) {
    mkdirSync(APPROVED, {recursive: true});
    writeFileSync(path, actual);
    return undefined;
  }
  if (!existsSync(path)) return `${name}: no approved screenshot; UPDATE_APPROVED=1 writes it`;
  const [is, approved] = [PNG.sync.read(actual), PNG.sync.read(readFileSync(path))];
  const {width, height} = is;
  const keep = (suffix: string, data: Uint8Array) => writeFileSync(screenshotPath(`${name}.${suffix}`), data);
  if (width !== approved.width || height !== approved.height) {
    keep('actual', actual);
    return `${name}: ${width} × ${height} pixels, approved are ${approved.width} × ${approved.height}`;
  }
  const difference = new PNG({width, height});
  const count = pixelmatch(is.data, approved.data, difference.data, width, height, {threshold: THRESHOLD});
  if (count <= TOLERATED) return undefined;
  keep('actual', actual);
  keep('difference', PNG.sync.write(difference));
  return `${name}: ${count} pixels differ from tests/page/approved/${name}.png; see build/screenshots/${name}.difference.png`;
}

/** The page once it stands still: two screenshots in a row are the same. */
async function settled(page: Page): Promise<Buffer> {
  let last: Buffer | undefined;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    await withoutSeconds(page);
    const next = await page.screenshot({animations: 'disabled', caret: 'hide', scale: 'css'});
    if (last?.equals(next)) return next;
    last = next;
    await page.waitForTimeout(100);
  }
  throw new Error('the page does not stand still');
}

/** The time that planning took, and how many threads were there in time, are others in each run. */
async function withoutSeconds(page: Page): Promise<void> {
  await page.evaluate(() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode as Text;
      const plain = text.data
        .replace(/\b\d+\.\d\d s\b/, '0.00 s')
        .replace(/\bin \d+ threads?\b/, 'in 1 thread');
      if (plain !== text.data) text.data = plain;
    }
  });
}

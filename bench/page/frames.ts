/** Frames of a picture while it is zoomed and moved. */
import type {Browser, Page} from 'playwright-core';
import {printTable} from '../measure.ts';

/** Wheel and drag for some seconds: how long frames take, and how often the picture was painted anew meanwhile. */
export async function benchFrames(
  browser: Browser,
  origin: string,
  path: string,
  many: number,
): Promise<void> {
  const context = await browser.newContext({viewport: {width: 1280, height: 900}});
  const page = await context.newPage();
  page.setDefaultTimeout(300_000);
  await page.goto(origin);
  await page.setInputFiles('input[type=file]', path);
  const rows: (string | number)[][] = [];
  for (const [tab, picture] of [
    ['memory', 'active-memory'],
    ['plan', 'packing'],
  ] as const) {
    await page.locator(`#tab-${tab}`).click();
    await page.locator(`.plot[data-picture="${picture}"][data-painted]`).waitFor();
    await page.locator('.summary[aria-busy="false"]').waitFor();
    const {work, intervals, painted, seconds} = await steer(page, picture);
    rows.push([
      `${picture}, ${many.toLocaleString('en')} buffers`,
      percentile(work, 50),
      percentile(work, 95),
      percentile(work, 100),
      percentile(intervals, 95),
      (painted / seconds).toFixed(1),
      'p95 ≤ 8 ms',
    ]);
  }
  await context.close();
  console.log(
    'zoom and pan: ms of work per frame on the page’s thread, and between two frames (a screen of 60 Hz: 16.7)',
  );
  printTable(['picture', 'work p50', 'p95', 'most', 'between p95', 'repaints/s', 'goal'], rows);
}

interface Frames {
  readonly work: readonly number[];
  readonly intervals: readonly number[];
  readonly painted: number;
  readonly seconds: number;
}

function steer(page: Page, picture: string): Promise<Frames> {
  return page.evaluate(async name => {
    const plot = document.querySelector<HTMLElement>(`.plot[data-picture="${name}"]`)!;
    const {left, top, width, height} = plot.getBoundingClientRect();
    const [work, intervals]: [number[], number[]] = [[], []];
    const paintedBefore = Number(plot.dataset.painted);
    const channel = new MessageChannel();
    let last = 0;
    const began = performance.now();
    for (let frame = 0; frame < 300; frame++) {
      const isIn = frame % 100 < 50;
      plot.dispatchEvent(
        new WheelEvent('wheel', {
          deltaY: isIn ? -40 : 40,
          deltaX: frame % 7 === 0 ? 60 : 0,
          clientX: left + width * (0.3 + 0.4 * ((frame % 60) / 60)),
          clientY: top + height / 2,
          cancelable: true,
        }),
      );
      await new Promise<void>(resolve =>
        requestAnimationFrame(now => {
          if (last > 0) intervals.push(now - last);
          last = now;
          const start = performance.now();
          // a task of its own comes after all that the frame does
          channel.port1.onmessage = () => {
            work.push(performance.now() - start);
            resolve();
          };
          channel.port2.postMessage(0);
        }),
      );
    }
    const seconds = (performance.now() - began) / 1000;
    return {work, intervals, painted: Number(plot.dataset.painted) - paintedBefore, seconds};
  }, picture);
}

function percentile(values: readonly number[], percent: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.max(0, Math.ceil((percent * sorted.length) / 100) - 1)] ?? Number.NaN).toFixed(1);
}

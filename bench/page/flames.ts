/** The flame graph of many stacks: from the request to the first painting, the tree made or known. */
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Browser, Page} from 'playwright-core';
import {pickle} from '../../tests/trace/pickle.ts';
import {BASE, entry, freed, snapshot} from '../../tests/trace/snapshots.ts';
import {median} from '../measure.ts';

const STACKS = 26_000;
const DEPTH = 30;
/** Calls that a stack may go on with, at every fifth level, the outer ones slowest, as loops do: 8^5 are more than the stacks. */
const BRANCHES = 8;
const LEVELS_PER_BRANCH = 5;
const BRANCHINGS = DEPTH / LEVELS_PER_BRANCH - 1;
const TIMES = 5;

export interface FlamesFigures {
  readonly stacks: number;
  readonly depth: number;
  /** Milliseconds, rising: from the click on the tab to the painted picture, with all that it is made of. */
  readonly first: readonly number[];
  /** The same for another call on top, of the tree that is there. */
  readonly zoomed: readonly number[];
}

/** A block for each of so many stacks, no two alike; every second one is freed. @returns the file. */
export function writeStacks(folder: string, stacks = STACKS): string {
  const path = join(folder, `stacks-${stacks}.pickle`);
  const frames = new Map<string, {name: string; filename: string; line: number}>();
  const frameOf = (level: number, branch: number) => {
    const key = `${level} ${branch}`;
    const filename = `/home/me/model/layer${branch}.py`;
    const frame = frames.get(key) ?? {name: `call_${level}`, filename, line: 10 * level + branch + 1};
    frames.set(key, frame);
    return frame;
  };
  const entries = Array.from({length: stacks}, (_, stack) => {
    const own = Array.from({length: DEPTH}, (_, level) => {
      const branch = Math.floor(level / LEVELS_PER_BRANCH);
      const digit = branch === 0 ? 0 : Math.floor(stack / BRANCHES ** (BRANCHINGS - branch)) % BRANCHES;
      return frameOf(level, digit);
    }).reverse();
    const [address, bytes] = [BASE + stack * (1 << 20), 512 + (stack % 97) * 4096];
    const allocation = entry('alloc', address, bytes, {frames: own});
    return stack % 2 === 0 ? [allocation] : [allocation, ...freed(address, bytes, {frames: []})];
  });
  writeFileSync(path, pickle(snapshot([entries.flat()])));
  return path;
}

/** Each time in a page of its own, planned before. */
export async function benchFlames(
  browser: Browser,
  origin: string,
  path: string,
  times = TIMES,
): Promise<FlamesFigures> {
  const first: number[] = [];
  const zoomed: number[] = [];
  for (let i = 0; i < times; i++) {
    const context = await browser.newContext({viewport: {width: 1280, height: 900}});
    const page = await context.newPage();
    page.setDefaultTimeout(300_000);
    await page.goto(`${origin}#flames=byte-time.stack.forward.0`);
    await page.setInputFiles('input[type=file]', path);
    await page.locator('.summary[aria-busy="false"]').waitFor();
    first.push(await untilPainted(page, '#tab-flames'));
    const plot = page.locator('.flames .plot');
    await plot.focus();
    await page.keyboard.press('ArrowDown');
    await page.locator('.flames .plot[data-outlined="1"]').waitFor();
    zoomed.push(await untilPainted(page, 'Enter'));
    await context.close();
  }
  const rising = (values: number[]) => values.sort((a, b) => a - b);
  return {stacks: STACKS, depth: DEPTH, first: rising(first), zoomed: rising(zoomed)};
}

/** A row for `printTable`. */
export function flamesRow({stacks, depth, first, zoomed}: FlamesFigures): string[] {
  const ms = (value: number) => value.toFixed(0);
  return [
    `${stacks.toLocaleString('en')} stacks, ${depth} deep`,
    ms(first[0]!),
    ms(median(first)),
    ms(zoomed[0]!),
    ms(median(zoomed)),
    '≤ 100 ms',
  ];
}

export const FLAMES_HEAD = ['flame graph', 'first ms: min', 'median', 'zoomed ms: min', 'median', 'goal'];

/** Milliseconds from a click on an element, or a key in the picture, to the next painting of the flame graph. */
function untilPainted(page: Page, target: string): Promise<number> {
  return page.evaluate(
    what =>
      new Promise<number>(resolve => {
        const before = document.querySelector<HTMLElement>('.flames .plot')?.dataset.painted;
        const began = performance.now();
        new MutationObserver((_, observer) => {
          const painted = document.querySelector<HTMLElement>('.flames .plot')?.dataset.painted;
          if (painted === undefined || painted === before) return;
          observer.disconnect();
          resolve(performance.now() - began);
        }).observe(document.body, {subtree: true, childList: true, attributes: true});
        if (what.startsWith('#')) document.querySelector<HTMLElement>(what)!.click();
        else
          document
            .querySelector('.flames .plot')!
            .dispatchEvent(new KeyboardEvent('keydown', {key: what, bubbles: true, cancelable: true}));
      }),
    target,
  );
}

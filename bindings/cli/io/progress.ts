/** Progress on a terminal: a bar while reading or planning, a line while explaining. Elsewhere nothing is shown. */
import {clearLine, cursorTo} from 'node:readline';
import type {Options, SingleBar} from 'cli-progress';
import type {Progress} from '../../index.ts';
import {formatBytes} from '../../model/quantities.ts';
import {printable} from './output.ts';

/** A bar that is shown until it is stopped. */
export interface ProgressBar<T> {
  update(progress: T): void;
  stop(): void;
}

const NO_BAR: ProgressBar<unknown> = {update: () => {}, stop: () => {}};

/** Reading fewer bytes, and planning that ends sooner, shows no bar: it would only flicker. */
const LEAST_BYTES = 8 << 20;
const LEAST_SECONDS = 0.2;

/** Updated with the bytes read so far. */
export async function readingBar(name: string, total: number): Promise<ProgressBar<number>> {
  if (!process.stderr.isTTY || total < LEAST_BYTES) return NO_BAR;
  const bar = await singleBar({format: `reading ${printable(name)} {bar} {percentage}%`});
  bar.start(total, 0);
  return {update: bytes => bar.update(bytes), stop: () => bar.stop()};
}

export async function planningBar(): Promise<ProgressBar<Progress>> {
  if (!process.stderr.isTTY) return NO_BAR;
  const bar = await singleBar({
    format: 'planning {bar} {percentage}% | {state}',
    hideCursor: true,
    fps: 10,
  });
  let isShown = false;
  return {
    update(progress) {
      if (progress.seconds < LEAST_SECONDS) return;
      const state = {state: planningState(progress)};
      if (isShown) bar.update(Math.floor(progress.spent * 100), state);
      else bar.start(100, Math.floor(progress.spent * 100), state);
      isShown = true;
    },
    stop: () => bar.stop(),
  };
}

/** Updated with the number of files that are done. */
export async function batchBar(total: number): Promise<ProgressBar<number>> {
  if (!process.stderr.isTTY) return NO_BAR;
  const bar = await singleBar({
    format: '{bar} {value} of {total} files | {rate} | {eta_formatted} left',
    hideCursor: true,
    fps: 4,
    etaBuffer: 64,
  });
  const began = performance.now();
  const rateAt = (done: number): string => {
    const rate = done / Math.max(0.001, (performance.now() - began) / 1000);
    return rate >= 1 ? `${rate.toFixed(1)} files/s` : `${(rate * 60).toFixed(1)} files/min`;
  };
  bar.start(total, 0, {rate: rateAt(0)});
  return {update: done => bar.update(done, {rate: rateAt(done)}), stop: () => bar.stop()};
}

/** The package is loaded only where there is a terminal. */
async function singleBar(options: Options): Promise<SingleBar> {
  const {default: progress} = await import('cli-progress');
  return new progress.SingleBar({stream: process.stderr, clearOnComplete: true, ...options});
}

/** The best peak so far, the lower bound, and the gap between the two. */
function planningState({peak, algorithm, lowerBound}: Progress): string {
  const bound = `bound ${formatBytes(lowerBound)}`;
  if (peak === undefined) return bound;
  const gap = lowerBound > 0 ? `, gap ${((peak / lowerBound - 1) * 100).toFixed(3)} %` : '';
  return `peak ${formatBytes(peak)} by ${algorithm}, ${bound}${gap}`;
}

/** Shows a line; returns the function that removes it. */
export function showLine(text: string): () => void {
  const {stderr} = process;
  if (!stderr.isTTY) return () => {};
  stderr.write(text);
  return () => {
    cursorTo(stderr, 0);
    clearLine(stderr, 0);
  };
}

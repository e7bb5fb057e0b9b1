/** On a terminal, what goes on: a bar with peak, bound and gap while planning, a line while explaining. */
import {clearLine, cursorTo} from 'node:readline';
import {SingleBar} from 'cli-progress';
import type {Progress} from '../index.ts';
import {formatBytes} from './quantities.ts';

/** Shows how far planning has come, until stopped. */
export interface PlanningBar {
  update(progress: Progress): void;
  stop(): void;
}

/** Planning that is over sooner shows no bar. */
const WORTH_A_BAR_SECONDS = 0.2;

export function planningBar(): PlanningBar {
  if (!process.stderr.isTTY) return {update: () => {}, stop: () => {}};
  const bar = new SingleBar({
    format: 'planning {bar} {percentage}% | {state}',
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    fps: 10,
  });
  let isShown = false;
  return {
    update(progress) {
      if (progress.seconds < WORTH_A_BAR_SECONDS) return;
      const state = {state: planningState(progress)};
      if (isShown) bar.update(Math.floor(progress.spent * 100), state);
      else bar.start(100, Math.floor(progress.spent * 100), state);
      isShown = true;
    },
    stop: () => bar.stop(),
  };
}

/** The best peak so far, the bound it is measured by, and the gap between the two. */
function planningState({peak, algorithm, lowerBound}: Progress): string {
  const bound = `bound ${formatBytes(lowerBound)}`;
  if (peak === undefined) return bound;
  const gap = lowerBound > 0 ? `, gap ${((peak / lowerBound - 1) * 100).toFixed(3)} %` : '';
  return `peak ${formatBytes(peak)} by ${algorithm}, ${bound}${gap}`;
}

/** Says something in a line of its own; returns what takes it away again. */
export function say(text: string): () => void {
  const {stderr} = process;
  if (!stderr.isTTY) return () => {};
  stderr.write(text);
  return () => {
    cursorTo(stderr, 0);
    clearLine(stderr, 0);
  };
}

/** On a terminal, the best peak so far while planning goes on. */
import {clearLine, cursorTo} from 'node:readline';
import type {Bounds, Plan} from '../index.ts';
import {formatBytes} from './quantities.ts';

export interface LiveStatus {
  better(plan: Plan, bounds: Bounds): void;
  /** Says what goes on now, in place of what stood there. */
  say(text: string): void;
  clear(): void;
}

export function liveStatus(): LiveStatus {
  const {stderr} = process;
  if (!stderr.isTTY) return {better: () => {}, say: () => {}, clear: () => {}};
  const clear = () => {
    cursorTo(stderr, 0);
    clearLine(stderr, 0);
  };
  const say = (text: string) => {
    clear();
    stderr.write(text);
  };
  return {
    clear,
    say,
    better({peak, algorithm}, {lowerBound}) {
      const gap =
        lowerBound > 0 ? `, ${((peak / lowerBound - 1) * 100).toFixed(3)} % above the lower bound` : '';
      say(`planning: ${formatBytes(peak)}${gap} (${algorithm})`);
    },
  };
}

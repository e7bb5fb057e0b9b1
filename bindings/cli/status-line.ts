/** On a terminal, the best peak so far while planning goes on. */
import {clearLine, cursorTo} from 'node:readline';
import type {Bounds, Plan} from '../index.ts';
import {formatBytes} from './quantities.ts';

export interface LiveStatus {
  better(plan: Plan, bounds: Bounds): void;
  clear(): void;
}

export function liveStatus(): LiveStatus {
  const {stderr} = process;
  if (!stderr.isTTY) return {better: () => {}, clear: () => {}};
  const clear = () => {
    cursorTo(stderr, 0);
    clearLine(stderr, 0);
  };
  return {
    clear,
    better({peak, algorithm}, {lowerBound}) {
      clear();
      const gap =
        lowerBound > 0 ? `, ${((peak / lowerBound - 1) * 100).toFixed(3)} % above the lower bound` : '';
      stderr.write(`planning: ${formatBytes(peak)}${gap} (${algorithm})`);
    },
  };
}

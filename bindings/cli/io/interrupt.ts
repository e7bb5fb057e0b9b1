/** Ctrl-C: the first one stops the work in hand, the second one ends the program. */
import {EXIT} from './exit.ts';

/** Runs `work` with a signal that Ctrl-C aborts, for the given reason. */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  reason?: Error,
): Promise<T> {
  const interrupt = new AbortController();
  const onInterrupt = () => {
    process.once('SIGINT', () => process.exit(EXIT.interrupted));
    interrupt.abort(reason);
  };
  process.once('SIGINT', onInterrupt);
  try {
    return await work(interrupt.signal);
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}

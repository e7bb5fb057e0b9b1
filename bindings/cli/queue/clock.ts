/**
 * The clock of a process that uses a queue on PostgreSQL. BullMQ stamps locks there with the time of the process that
 * holds them, and each process compares them with its own. A process whose clock jumps ahead would leave locks that no
 * other ever sees end, and a mark that keeps all others from looking for stalled jobs: work would be lost. So `Date.now`
 * is the server's time, carried on by a clock that does not jump. Redis counts its locks itself.
 */

/** Milliseconds since 1970 by the server's clock. */
export type ServerTime = () => Promise<number>;

/** Clocks of two machines drift apart by some milliseconds in this time. */
const MEASURE_MS = 60_000;

/** @returns the function that gives `Date.now` back */
export async function followServerClock(serverTime: ServerTime): Promise<() => void> {
  const own = Date.now;
  let offset = await offsetOf(serverTime);
  const now = (): number => Math.round(performance.now() + offset);
  Date.now = now;
  const timer = setInterval(() => {
    // while the server does not answer, the last offset holds
    offsetOf(serverTime).then(
      measured => {
        offset = measured;
      },
      () => {},
    );
  }, MEASURE_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    if (Date.now === now) Date.now = own;
  };
}

/** The server's time less `performance.now()`, as of the middle of the question. */
async function offsetOf(serverTime: ServerTime): Promise<number> {
  const asked = performance.now();
  const time = await serverTime();
  return time - (asked + performance.now()) / 2;
}

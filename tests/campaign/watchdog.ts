/** Ends the process where one case takes too long: nothing in the same thread could. */
import {Worker} from 'node:worker_threads';

/** Runs in the worker: it looks twice a second whether the case has changed. */
const WATCH = `
const {workerData: {shared, limitMs, name, seed}} = require('node:worker_threads');
const current = new Int32Array(shared);
let seen = -1, since = Date.now();
setInterval(() => {
  const turn = Atomics.load(current, 0);
  if (turn !== seen) { seen = turn; since = Date.now(); return; }
  if (Date.now() - since < limitMs) return;
  const number = Atomics.load(current, 1);
  require('node:fs').writeSync(2, 'campaign ' + name + ': case ' + number + ' takes more than ' + limitMs / 1000 +
    ' s; again: npm run campaign -- ' + name + ' --seed ' + seed + ' --from ' + number + ' --cases 1\\n');
  process.kill(process.pid, 'SIGKILL');
}, 500);
`;

export class Watchdog {
  readonly #current = new Int32Array(new SharedArrayBuffer(8));
  readonly #worker: Worker;

  /** @param name of the campaign, for the message */
  constructor(name: string, seed: number, limitSeconds: number) {
    const workerData = {shared: this.#current.buffer, limitMs: limitSeconds * 1000, name, seed};
    this.#worker = new Worker(WATCH, {eval: true, workerData});
    this.#worker.unref();
  }

  /** A case begins, or an attempt to make it smaller. */
  begins(number: number): void {
    Atomics.store(this.#current, 1, number);
    Atomics.add(this.#current, 0, 1);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

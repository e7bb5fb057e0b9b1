/** The processes of a worker. They write to the store of one batch; a worker may be given jobs of several. */
import {resolve} from 'node:path';
import {AnalysisPool} from '../batch/analysis-pool.ts';
import type {Store} from '../batch/store.ts';
import {storeOf} from '../batch/store-of.ts';

interface OpenStore {
  readonly store: Store;
  readonly pool: AnalysisPool;
}

interface Counted {
  readonly opening: Promise<OpenStore>;
  inHand: number;
}

export class Pools {
  readonly #jobs: number;
  readonly #byOut = new Map<string, Counted>();

  /** @param jobs processes of each batch that has files in hand */
  constructor(jobs: number) {
    this.#jobs = jobs;
  }

  /** @throws CliError where the store fails */
  async use<T>(out: string, work: (open: OpenStore) => Promise<T>): Promise<T> {
    const counted = this.#byOut.get(out) ?? {opening: this.#open(out), inHand: 0};
    this.#byOut.set(out, counted);
    counted.inHand++;
    try {
      return await work(await counted.opening);
    } finally {
      counted.inHand--;
      this.#endIdle(out);
    }
  }

  close(): void {
    for (const {opening} of this.#byOut.values()) opening.then(({pool}) => pool.close()).catch(() => {});
  }

  async #open(out: string): Promise<OpenStore> {
    try {
      const store = await storeOf(out.startsWith('s3://') ? out : resolve(out));
      await store.prepare();
      return {store, pool: new AnalysisPool(store.address, this.#jobs)};
    } catch (error) {
      // the next job tries again
      this.#byOut.delete(out);
      throw error;
    }
  }

  /** The processes of a batch stay while they are the only ones. */
  #endIdle(last: string): void {
    for (const [out, {inHand, opening}] of this.#byOut) {
      if (inHand > 0 || out === last) continue;
      this.#byOut.delete(out);
      opening.then(({pool}) => pool.close()).catch(() => {});
    }
  }
}

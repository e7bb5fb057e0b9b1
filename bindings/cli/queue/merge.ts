/** The run of a batch, written beside its results. */
import {mergeRun} from '../../report.ts';
import {readBatch} from '../batch/read-batch.ts';
import type {Store} from '../batch/store.ts';
import {jsonLine} from '../io/output.ts';

export const RUN = 'run.json';

export async function writeRun(store: Store): Promise<void> {
  const run = mergeRun(await readBatch(store));
  await store.write(RUN, Buffer.from(`${jsonLine(run)}\n`));
}

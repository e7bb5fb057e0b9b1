/** The planner's worker, which ends as its address says (`?how`): at once, or on a message. */
import {parentPort} from 'node:worker_threads';

const how = new URL(import.meta.url).search.slice(1);
let batches = 0;

if (how === 'at-once') process.exit(3);
// before the planner's own listener, so that it never answers this one
parentPort.on('message', message => {
  if ('tasks' in message) batches++;
  const isNow =
    (how === 'problem' && 'columns' in message) ||
    (how === 'batch' && batches === 1) ||
    (how === 'second' && batches === 2) ||
    how === 'throws';
  if (!isNow) return;
  if (how === 'throws') throw new Error('it throws');
  process.exit(3);
});
await import('../../../dist/planner/worker.js');

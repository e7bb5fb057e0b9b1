/** A thread of the bench: runs inferences with the requested allocators until no order is left. */
import {parentPort, workerData} from 'node:worker_threads';
import {Host} from './host.ts';
import type {Answer, Order, Task} from './threads.ts';

const {pairs, which, index, workers} = workerData as Task;
const hosts = pairs.map(pair => new Host(pair, which, index, workers));
for (const host of hosts) {
  host.run(50); // until the engine has its best code
  host.dry(2000);
}

parentPort!.on('message', ({pair, count, dry}: Order) => {
  const host = hosts[pair]!;
  const {latencies, hash} = host.run(count);
  const answer: Answer = {latencies, hash, dry: host.dry(dry), span: host.span(), served: host.served};
  parentPort!.postMessage(answer);
});
parentPort!.postMessage('ready');

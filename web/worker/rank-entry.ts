/** The program of a worker that reads recordings of a run: the page loads it with the first run that is made in it. */
import {expose} from './link.ts';
import {RankWorker} from './rank-worker.ts';

expose(new RankWorker());

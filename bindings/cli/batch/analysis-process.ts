/** A process that analyses files of a batch, one after another: it answers each message of its parent by one. */
import {loadPlannerSync, type Planner} from '../../index.ts';
import {describeError} from '../io/exit.ts';
import {type AnalysisReply, type AnalysisRequest, analyseFile} from './analysis.ts';
import type {Store} from './store.ts';
import {storeOf} from './store-of.ts';

/** The first message. */
export interface ProcessSetup {
  /** The address of the store. */
  readonly out: string;
}

export type ProcessReply =
  | {readonly reply: AnalysisReply}
  /** The store failed: no file can be done. */
  | {readonly error: {readonly message: string; readonly exitCode: number}};

let planner: Planner | undefined;
let store: Promise<Store> | undefined;

async function answer(message: ProcessSetup | AnalysisRequest): Promise<ProcessReply | undefined> {
  if ('out' in message) {
    store = storeOf(message.out);
    return undefined;
  }
  planner ??= loadPlannerSync();
  return {reply: await analyseFile(message, await store!, planner)};
}

process.on('message', (message: ProcessSetup | AnalysisRequest) => {
  answer(message).then(
    reply => reply && process.send!(reply),
    error => {
      const {message: text, exitCode} = describeError(error);
      process.send!({error: {message: text, exitCode}} satisfies ProcessReply);
    },
  );
});
// the parent has ended: what is being written is finished by then, or is not there
process.on('disconnect', () => process.exit());

/** Random programs of streams, and their recordings. */
import {FREE, MALLOC, RECORD, SYNC, type Trace, TraceBuilder, WAIT, WRITE} from '../../../bindings/trace.ts';
import type {Random} from '../../random.ts';
import type {Action} from './reachability.ts';

/** Blocks that are all freed, on up to 4 streams, with waits of every kind between them. */
export function randomProgram(random: Random, mostBlocks: number): Action[] {
  const streams = 1 + random(4);
  const blocks = 1 + random(mostBlocks);
  const live: {block: number; stream: number}[] = [];
  const actions: Action[] = [];
  let made = 0;
  while (made < blocks || live.length > 0) {
    const choice = random(100);
    const stream = random(streams);
    if (choice < 25 && made < blocks) {
      actions.push({do: 'malloc', block: made, stream});
      live.push({block: made++, stream});
    } else if (choice < 45 && live.length > 0) {
      const [{block, stream: own}] = live.splice(random(live.length), 1) as [(typeof live)[0]];
      actions.push({do: 'free', block, stream: own});
    } else if (choice < 60 && live.length > 0) {
      actions.push({do: 'use', block: live[random(live.length)]!.block, stream});
    } else actions.push(randomSync(random, streams));
  }
  return actions;
}

export function randomSync(random: Random, streams: number): Action {
  const stream = random(streams);
  const fence = random(3);
  const choice = random(100);
  if (choice < 40) return {do: 'record', fence, stream};
  if (choice < 85) return random(100) < 85 ? {do: 'wait', fence, stream} : {do: 'wait', fence};
  return random(100) < 60 ? {do: 'sync', stream} : {do: 'sync'};
}

/** @param borders indices of actions at which an iteration begins; the last one ends with the program. */
export function recorded(
  actions: readonly Action[],
  size: (block: number) => number,
  borders: readonly number[] = [],
): Trace {
  const builder = new TraceBuilder('event-log');
  const device = builder.device('cuda:0');
  const memory = {device, bytes: Number.NaN, time: 0};
  actions.forEach((action, at) => {
    const border = borders.indexOf(at);
    if (border >= 0) builder.mark(border, 0);
    if (action.do === 'record')
      builder.sync({kind: RECORD, device, stream: action.stream, fence: action.fence, time: 0});
    else if (action.do === 'wait')
      builder.sync({kind: WAIT, device, fence: action.fence, time: 0, ...streamOf(action)});
    else if (action.do === 'sync') builder.sync({kind: SYNC, device, time: 0, ...streamOf(action)});
    else {
      const {block: address, stream} = action;
      if (action.do === 'malloc')
        builder.add({...memory, kind: MALLOC, address, bytes: size(address), stream});
      else builder.add({...memory, kind: action.do === 'free' ? FREE : WRITE, address, stream});
    }
  });
  if (borders.length > 0) builder.mark(null, 0);
  return builder.build();
}

const streamOf = ({stream}: {readonly stream?: number}): {stream?: number} =>
  stream === undefined ? {} : {stream};

/** An iteration that repeats: blocks by number, each allocated once; a block freed before its malloc is that of the one before. */
export function randomIteration(random: Random, mostBlocks: number): Action[] {
  const streams = 1 + random(3);
  const blocks = 1 + random(mostBlocks);
  const rows: {at: number; action: Action}[] = [];
  for (let block = 0; block < blocks; block++) {
    const stream = random(streams);
    const [from, to] = random(4) === 0 ? [500 + random(500), random(500)] : [random(500), 500 + random(500)];
    rows.push(
      {at: from, action: {do: 'malloc', block, stream}},
      {at: to, action: {do: 'free', block, stream}},
    );
    const length = to < from ? 1000 - from + to : to - from;
    for (let uses = random(3); uses > 0; uses--)
      rows.push({at: (from + random(length)) % 1000, action: {do: 'use', block, stream: random(streams)}});
  }
  for (let syncs = random(10 * blocks); syncs > 0; syncs--)
    rows.push({at: random(1000), action: randomSync(random, streams)});
  // what begins and ends at one place: uses are within
  const rank = {malloc: 0, use: 1, record: 1, wait: 1, sync: 1, free: 2};
  rows.sort((a, b) => a.at - b.at || rank[a.action.do] - rank[b.action.do]);
  return rows.map(({action}) => action);
}

/** Several iterations, one after the other. Block `b` of iteration `i` is `1000 i + b`; fences of each have numbers of their own. */
export function repeated(
  iteration: readonly Action[],
  times: number,
): {actions: Action[]; borders: number[]} {
  const actions: Action[] = [];
  const borders: number[] = [];
  const live = new Map<number, number>();
  const fences = new Map<number, number>();
  for (let i = 0; i < times; i++) {
    borders.push(actions.length);
    for (const action of iteration) {
      if (action.do === 'record') {
        fences.set(action.fence, 1000 * i + action.fence);
        actions.push({...action, fence: 1000 * i + action.fence});
      } else if (action.do === 'wait') {
        const fence = fences.get(action.fence);
        if (fence !== undefined) actions.push({...action, fence});
      } else if (action.do === 'sync') actions.push(action);
      else {
        if (action.do === 'malloc') live.set(action.block, 1000 * i + action.block);
        const block = live.get(action.block);
        if (block !== undefined) actions.push({...action, block});
      }
    }
  }
  return {actions, borders};
}

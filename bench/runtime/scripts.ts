/** The allocators' tasks: recorded iterations, and two synthetic ones. */
import {existsSync} from 'node:fs';
import {seeded} from '../../tests/random.ts';
import {readScript, type Script, type ScriptEvent} from '../../tests/runtime/script.ts';

const SHARED = '../../shared/data/traces/pytorch-cpu';
const RECORDINGS = [
  'mobilenet_v2.inference.json.gz',
  'resnet50.training.json.gz',
  `${SHARED}/lstm_seq2seq.training.json.gz`,
  `${SHARED}/gpt2_small.inference.json.gz`,
];

/** Those whose name matches. */
export async function scripts(only: RegExp): Promise<Script[]> {
  const found = [lastInFirstOut(), churn()].filter(({name}) => only.test(name));
  for (const file of RECORDINGS) {
    const name = file.split('/').at(-1)!.replace('.json.gz', '');
    if (!only.test(name)) continue;
    if (existsSync(new URL(`../../examples/${file}`, import.meta.url)))
      found.push({...withoutLong(await readScript(file)), name});
    else console.log(`runtime: ${name} is not on this machine`);
  }
  return found;
}

/** Without the rows that live on for more than one iteration: the loop looks back no further. */
function withoutLong(script: Script): Script {
  const long = new Set(script.events.flatMap(({row, lag}) => (lag > 1 ? [row] : [])));
  return {...script, events: script.events.filter(({row}) => !long.has(row))};
}

/** 256 bytes taken and given back at once. */
function lastInFirstOut(): Script {
  const rows = Array.from({length: 1024}, (_, i) => ({operation: `op${i}`, size: 256}));
  const events = rows.flatMap((_, row): ScriptEvent[] => [
    {kind: 'malloc', row, lag: 0, held: 1},
    {kind: 'free', row, lag: 0, held: 1},
  ]);
  return {name: 'last in, first out', rows, events};
}

/** 64 B to 64 KiB, 1,024 blocks live in the steady state, a random one freed for each taken. */
function churn(): Script {
  const random = seeded(1);
  const rows = Array.from({length: 16384}, (_, i) => ({
    operation: `op${i}`,
    size: 2 ** (6 + random(11)) - random(32),
  }));
  const events: ScriptEvent[] = [];
  const live: number[] = [];
  for (let row = 0; row < rows.length; row++) {
    if (live.length === 1024)
      events.push({kind: 'free', row: live.splice(random(1024), 1)[0]!, lag: 0, held: 1});
    events.push({kind: 'malloc', row, lag: 0, held: 1});
    live.push(row);
  }
  for (const row of live) events.push({kind: 'free', row, lag: 0, held: 1});
  return {name: 'churn', rows, events};
}

/**
 * Random programs over the functions that Python calls of the CPU's side (`bindings/native/torch_cpu.h`), with the allocations
 * between them, in one to four threads that take turns; driven by `tests/native/hooks-driver.c`, without PyTorch.
 */
import {spawnSync} from 'node:child_process';
import {ADDRESSES, compile, OPTIMIZED, PLANNER, SERVER} from '../../native/compile.ts';
import type {Random} from '../../random.ts';
import {randomProgram} from '../../runtime/programs.ts';
import {Failure} from './failure.ts';
import {areSanitized} from './native.ts';

/** As the driver has them. */
export type HookCall = readonly [
  thread: number,
  name: 'begin' | 'end' | 'alloc' | 'free' | 'stats' | 'recorded' | 'exit',
  ...number[],
];

export interface HooksCase {
  readonly kind: 'hooks';
  readonly warm: number;
  readonly calls: readonly HookCall[];
}

const RUN_MS = 60_000;
const UNIT = 64;
const THREADS = 4;
const MOST_SIGNATURES = 65536;

export function drawHooks(random: Random): HooksCase {
  const calm = [4, 20, 80, 400][random(4)]!;
  const calls: HookCall[] = [];
  const programs = Array.from({length: 2}, () => randomProgram(random, 1 + random(16), 1 + random(6)));
  const threads = 1 + random(THREADS);
  const held: number[] = [];
  let ids = 0;
  const alloc = (thread: number, bytes: number) => {
    calls.push([thread, 'alloc', ids, bytes]);
    return ids++;
  };
  const disturb = (thread: number) => {
    const what = random(12);
    if (what < 2) calls.push([thread, 'begin', random(3) ? random(2) : MOST_SIGNATURES - 1 + random(2)]);
    else if (what < 4) calls.push([thread, 'end', random(2)]);
    else if (what < 6) held.push(alloc(thread, [0, 1, 100, 5000, 100_000][random(5)]!));
    else if (what < 8 && held.length > 0)
      calls.push([thread, 'free', held.splice(random(held.length), 1)[0]!]);
    else if (what === 8) calls.push([thread, 'exit', 0]);
    else calls.push([thread, what < 10 ? 'stats' : 'recorded', random(2)]);
  };
  for (let i = 5 + random(20) * threads; i > 0; i--) {
    const [thread, signature] = [random(threads), random(4) ? 0 : 1];
    const {rows, operations, after} = programs[signature]!;
    const own: number[][] = rows.map(() => []);
    calls.push([thread, 'begin', signature]);
    for (const {kind, row} of operations) {
      if (random(calm) === 0) disturb(random(3) ? thread : random(threads));
      if (random(4 * calm) === 0) continue;
      const id = kind === 'malloc' ? alloc(thread, rows[row]!.size) : own[row]!.shift();
      if (kind === 'malloc') own[row]!.push(id!);
      else if (id !== undefined) calls.push([random(8) ? thread : random(threads), 'free', id]);
    }
    calls.push([thread, 'end', random(10) ? 0 : 1]);
    for (const {row} of after)
      for (const id of own[row]!.splice(0)) calls.push([random(threads), 'free', id]);
    held.push(...own.flat());
    if (random(3)) for (const id of held.splice(0)) calls.push([random(threads), 'free', id]);
  }
  return {kind: 'hooks', warm: random(3), calls};
}

export function* smallerHooks(task: HooksCase): Iterable<HooksCase> {
  const {calls} = task;
  for (let size = calls.length >> 1; size >= 1; size >>= 1)
    for (let from = 0; from < calls.length; from += size) yield {...task, calls: calls.toSpliced(from, size)};
}

/** Calls with what they are of; in the end all is freed, and each thread takes what others freed. */
function effective({calls}: HooksCase): HookCall[] {
  const held = new Set<number>();
  const kept = calls.filter(([, name, id = 0]) => {
    if (name === 'alloc') held.add(id);
    return name !== 'free' || held.delete(id);
  });
  const frees = [...held].map((id): HookCall => [0, 'free', id]);
  const ends = [0, 1, 2, 3].flatMap((thread): HookCall[] => [
    [thread, 'end', 1],
    [thread, 'end', 1],
    [thread, 'exit', 0],
  ]);
  // a thread that begins adopts a lane of each signature that another has left; all four at once have all of them
  const adopted = [0, 1].flatMap(signature =>
    [0, 1, 2, 3].flatMap((thread): HookCall[] => [
      [thread, 'begin', signature],
      [thread, 'end', 1],
    ]),
  );
  return [...kept, ...frees, ...ends, ...adopted, [0, 'stats', 0], [0, 'stats', 1]];
}

let program: string | undefined;

export function judgeHooks(task: HooksCase): Record<string, number> {
  program ??= compile({
    sources: ['hooks-driver.c', 'torch_cpu.c', 'lane.c', 'hook.c', 'release.c', ...SERVER],
    flags: areSanitized() ? ADDRESSES : OPTIMIZED,
    plain: {sources: PLANNER, flags: OPTIMIZED},
  });
  const calls = effective(task);
  const lines = [`settings ${task.warm} 2000`, ...calls.map(call => call.join(' ')), 'counts'];
  const input = `${lines.join('\n')}\n`;
  const {stdout, stderr, status, signal} = spawnSync(program, {input, encoding: 'utf8', timeout: RUN_MS});
  const answers = stdout.split('\n').slice(0, -1);
  const judge = new Judge();
  for (const [i, call] of calls.entries())
    if (answers[i + 1] !== undefined) judge.check(i, call, answers[i + 1]!);
  if (status !== 0)
    throw new Failure('hooks end', `${signal ?? status} after ${answers.length}: ${stderr.slice(0, 800)}`);
  const [allocs, frees] = answers[calls.length + 1]!.split(' ');
  if (allocs !== frees)
    throw new Failure('hooks lose', `${allocs} blocks of the allocator behind, ${frees} freed`);
  for (const stats of answers.slice(calls.length - 1, calls.length + 1))
    if (stats.split(' ')[1] !== '0')
      throw new Failure('hooks live', `all is freed, and statistics show ${stats}`);
  return {'hooks: calls': calls.length, 'hooks: served': judge.served};
}

class Judge {
  served = 0;
  readonly #blocks = new Map<number, readonly [from: number, to: number]>();
  /** Steps that are open in a thread, one within the other. */
  readonly #depth = [0, 0, 0, 0];

  check(index: number, call: HookCall, answer: string): void {
    const [thread, name, a = 0, b = 0] = call;
    const at = `call ${index} ${call.join(' ')}`;
    if (name === 'begin') {
      const isRefused = this.#depth[thread]!++ > 0 || a >= MOST_SIGNATURES;
      if (isRefused !== (answer === '-1')) throw new Failure('hooks begin', `${at}: ${answer}`);
    } else if (name === 'end') {
      const wasLast = this.#depth[thread] === 1;
      this.#depth[thread] = Math.max(0, this.#depth[thread]! - 1);
      if (answer !== '0' && (!wasLast || a !== 0))
        throw new Failure('hooks end of a step', `${at}: ${answer}`);
    } else if (name === 'exit') this.#depth[thread] = 0;
    else if (name === 'alloc') this.#alloc(at, thread, a, b, answer);
    else if (name === 'free') {
      if (answer !== 'ok') throw new Failure('hooks lost byte', at);
      this.#blocks.delete(a);
    }
  }

  #alloc(at: string, thread: number, id: number, bytes: number, answer: string): void {
    const isServed = answer[0] === 'a';
    const from = Number(answer.slice(2));
    const to = from + Math.max(1, bytes);
    if (from % UNIT !== 0) throw new Failure('hooks alignment', `${at}: ${answer}`);
    if (isServed && this.#depth[thread] === 0)
      throw new Failure('hooks place', `${at}: served outside a step`);
    if (!isServed) return;
    this.served++;
    for (const [other, [start, end]] of this.#blocks)
      if (start < to && from < end) throw new Failure('hooks overlap', `${at}: ${from} is block ${other}'s`);
    this.#blocks.set(id, [from, to]);
  }
}

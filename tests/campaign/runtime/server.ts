/**
 * Random programs over the functions of the native server (`bindings/native/server.h`), driven by
 * `tests/native/server-driver.c`, and their judge: offsets of live blocks are apart, each answer is the documented one.
 */
import {spawnSync} from 'node:child_process';
import {compile, OPTIMIZED, PLANNER, SANITIZED, SERVER} from '../../native/compile.ts';
import type {Random} from '../../random.ts';
import {randomProgram} from '../../runtime/programs.ts';
import {Failure} from './failure.ts';
import {areSanitized} from './native.ts';

/** As the driver has them; `free ID`, `reclaim ID` and `again ID` are left out where the block is not, or still, held. */
export type ServerCall = readonly [name: string, ...numbers: number[]];

export interface ServerCase {
  readonly kind: 'server';
  readonly unit: number;
  readonly warm: number;
  readonly calls: readonly ServerCall[];
}

const RUN_MS = 60_000;
const OPEN = -1;
const MOST_UNITS = 0xffff0000 / 16;
/** Signatures from here on are refused. */
const MOST_SIGNATURES = 65536;

export function drawServer(random: Random): ServerCase {
  return {kind: 'server', unit: random(2) ? 64 : 512, warm: random(3), calls: new Drawer(random).draw()};
}

export function* smallerServer(task: ServerCase): Iterable<ServerCase> {
  const {calls} = task;
  for (let size = calls.length >> 1; size >= 1; size >>= 1)
    for (let from = 0; from < calls.length; from += size) yield {...task, calls: calls.toSpliced(from, size)};
}

class Drawer {
  readonly #random: Random;
  readonly #calls: ServerCall[] = [];
  readonly #calm: number;
  #ids = 0;
  #held: number[] = [];

  constructor(random: Random) {
    this.#random = random;
    this.#calm = [4, 20, 80, 400][random(4)]!;
  }

  draw(): ServerCall[] {
    const random = this.#random;
    const scripts = Array.from({length: 1 + random(2)}, () =>
      randomProgram(random, 1 + random(20), 1 + random(8)),
    );
    let signature = 0;
    for (let i = 4 + random(24); i > 0; i--) {
      if (random(5) === 0) signature = random(scripts.length);
      this.#iterate(signature, scripts[signature]!);
    }
    return this.#calls;
  }

  #iterate(signature: number, {rows, operations, after}: ReturnType<typeof randomProgram>): void {
    const random = this.#random;
    const own: number[][] = rows.map(() => []);
    this.#calls.push(['begin', signature]);
    for (const {kind, row} of [...operations, ...after]) {
      if (random(this.#calm) === 0) this.#disturb(signature);
      if (random(4 * this.#calm) === 0) continue;
      const id = kind === 'malloc' ? this.#malloc(rows[row]!.key % 3, rows[row]!.size) : own[row]!.shift();
      if (kind === 'malloc') own[row]!.push(id!);
      else if (id !== undefined) this.#calls.push([random(4) ? 'free' : 'reclaim', id]);
    }
    this.#held.push(...own.flat());
    this.#calls.push([random(10) ? 'end' : 'cancel']);
    if (random(4)) this.#calls.push(['plan', 512 * random(40)]);
    else if (random(3) === 0) this.#calls.push(['decline']);
    if (random(3)) for (const id of this.#held.splice(0)) this.#calls.push(['free', id]);
    this.#calls.push(['state'], ['recorded', signature]);
  }

  #malloc(key: number, bytes: number): number {
    this.#calls.push(['malloc', this.#ids, key, bytes]);
    return this.#ids++;
  }

  #disturb(signature: number): void {
    const random = this.#random;
    const id = random(this.#ids + 1);
    const any = () => (random(4) ? signature : [0, 1, 5, 65535, MOST_SIGNATURES, 0xffffffff][random(6)]!);
    const choices: (() => ServerCall)[] = [
      () => ['interrupt'],
      () => ['resume'],
      () => ['resume'],
      () => ['begin', any()],
      () => ['end'],
      () => ['end'],
      () => ['cancel'],
      () => ['free', id],
      () => ['reclaim', id],
      () => ['again', id],
      () => ['free-at', 64 * random(40) + random(2) * random(64)],
      () => ['reclaim-at', [0, 1, 2 ** 34, 2 ** 40, 2 ** 52][random(5)]!],
      () => ['plan', 512 * random(40) + (random(8) ? 0 : 8)],
      () => ['decline'],
      () => ['fix', any()],
      () => ['plan-of', any()],
      () => ['recorded', any()],
      () => ['state'],
      () => this.#installation(any()),
    ];
    const extra = () => this.#held.push(this.#malloc(random(4), [0, 1, 100, 2 ** 40, 2 ** 53][random(5)]!));
    if (random(6) === 0) extra();
    else this.#calls.push(choices[random(choices.length)]!());
  }

  /** A plan made elsewhere: right, or with rows that share bytes. */
  #installation(signature: number): ServerCall {
    const random = this.#random;
    const count = random(5);
    const rows = Array.from({length: count}, (_, i) => [
      random(2),
      random(5) ? i + 1 + random(count - i) : OPEN,
      1 + random(500),
      512 * (random(4) ? i : random(3)) + (random(30) ? 0 : 8),
    ]);
    const peak = 512 * (count + 1) - (random(30) ? 0 : 2048);
    return [
      'install',
      signature,
      512 * random(20),
      random(8) ? 64 : 512,
      Math.max(0, peak),
      0,
      count,
      ...rows.flat(),
    ];
  }
}

interface Range {
  readonly from: number;
  readonly to: number;
}

interface Installed extends Range {
  readonly rows?: string;
}

interface Block extends Range {
  readonly row: number;
  readonly recording: number;
  readonly plan: Installed | undefined;
  readonly isElsewhere: boolean;
}

/** Commands of a case with what they are of: a block that is held, or not. */
function effective(calls: readonly ServerCall[]): ServerCall[] {
  const held = new Set<number>();
  const known = new Set<number>();
  return calls.filter(([name, id = 0]) => {
    if (name === 'malloc') {
      held.add(id);
      known.add(id);
    } else if (name === 'free' || name === 'reclaim') return held.delete(id);
    else if (name === 'again') return known.has(id) && !held.has(id);
    return true;
  });
}

let program: string | undefined;

export function judgeServer(task: ServerCase): Record<string, number> {
  program ??= compile({
    sources: ['server-driver.c', ...SERVER],
    flags: areSanitized() ? SANITIZED : OPTIMIZED,
    plain: {sources: PLANNER, flags: OPTIMIZED},
  });
  const calls: ServerCall[] = [['new', task.unit, task.warm, 2000], ...effective(task.calls)];
  const input = `${calls.map(call => call.join(' ')).join('\n')}\n`;
  const {stdout, stderr, status, signal} = spawnSync(program, {input, encoding: 'utf8', timeout: RUN_MS});
  const answers = stdout.split('\n').slice(0, -1);
  const judge = new Judge(task.unit);
  for (const [i, answer] of answers.entries()) judge.check(i, calls[i]!, answer);
  if (status !== 0)
    throw new Failure('server ends', `${signal ?? status} after ${answers.length}: ${stderr.slice(0, 800)}`);
  if (answers.length !== calls.length)
    throw new Failure('server answers', `${answers.length} of ${calls.length}`);
  return {'server: calls': calls.length, 'server: served': judge.served, 'server: plans': judge.plans};
}

class Judge {
  served = 0;
  plans = 0;
  readonly #unit: number;
  readonly #blocks = new Map<number, Block>();
  /** Offsets of those that were served and freed. */
  readonly #freed = new Map<number, number>();
  readonly #installed = new Map<number, Installed>();
  readonly #recorded = new Map<number, string>();
  #signature = 0;
  #isIterating = false;
  #isInterrupted = false;
  #plan: Installed | undefined;
  #mallocs = 0;
  /** Of the present iteration: key, end, bytes. */
  #rows: [number, number, number][] = [];
  #iterations = 0;
  /** What iterations that ended have allocated, by signature: some of them were recorded. */
  readonly #ended = new Map<number, Set<string>>();
  #at = '';

  constructor(unit: number) {
    this.#unit = unit;
  }

  check(index: number, [name, ...numbers]: ServerCall, answer: string): void {
    this.#at = `call ${index} ${name} ${numbers.slice(0, 8).join(' ')}`;
    const [a = 0, b = 0, c = 0] = numbers;
    if (name === 'begin') this.#begin(a, answer);
    else if (name === 'end' || name === 'cancel') this.#end(name, answer);
    else if (name === 'interrupt') this.#isInterrupted = true;
    else if (name === 'resume') this.#isInterrupted = false;
    else if (name === 'malloc') this.#malloc(a, b, c, answer);
    else if (name === 'free' || name === 'reclaim') this.#free(a, answer);
    else if (name === 'again') this.#again(a, answer);
    else if (name === 'free-at' || name === 'reclaim-at') this.#freeAt(a, answer);
    else if (name === 'plan') this.#planned(a, answer);
    else if (name === 'install') this.#install(numbers, answer);
    else if (name === 'plan-of') this.#expect('plan-of', answer, this.#installed.get(a)?.rows ?? answer);
    else if (name === 'recorded') this.#checkRecorded(a, answer);
    else if (name === 'state') this.#checkState(answer);
  }

  #expect(kind: string, got: string, expected: string): void {
    if (got !== expected)
      throw new Failure(`server ${kind}`, `${this.#at}: expected ${expected}, got ${got}`);
  }

  #begin(signature: number, answer: string): void {
    if (this.#isIterating) this.#isInterrupted = false;
    const plan = this.#installed.get(signature);
    const isDisturbed = [...this.#blocks.values()].some(
      ({plan: other}) => plan && other && other !== plan && other.from < plan.to && plan.from < other.to,
    );
    this.#plan = isDisturbed ? undefined : plan;
    this.#signature = signature;
    this.#isIterating = true;
    this.#rows = [];
    this.#iterations++;
    this.#expect('begin', answer, this.#plan ? '1' : '0');
  }

  #end(how: 'end' | 'cancel', answer: string): void {
    if (!this.#isIterating) {
      this.#expect(how, answer, how === 'end' ? '0' : 'ok');
      return;
    }
    this.#isIterating = false;
    this.#isInterrupted = false;
    this.#plan = undefined;
    if (how === 'cancel' || this.#rows.length === 0) return;
    const ended = this.#ended.get(this.#signature) ?? new Set();
    this.#ended.set(this.#signature, ended.add(rowsText(this.#rows)));
  }

  #malloc(id: number, key: number, bytes: number, answer: string): void {
    const units = Math.ceil(bytes / this.#unit);
    const isTooLarge = units === 0 || units >= MOST_UNITS;
    if (!isTooLarge) this.#mallocs++;
    const isRecorded = this.#isIterating && !this.#isInterrupted && !isTooLarge;
    const row = isRecorded ? this.#rows.push([key, OPEN, bytes]) - 1 : -1;
    const common = {row, recording: this.#iterations};
    if (answer === '-') {
      this.#blocks.set(id, {...common, from: 0, to: 0, plan: undefined, isElsewhere: true});
      return;
    }
    this.served++;
    const from = Number(answer);
    const to = from + units * this.#unit;
    const plan = this.#isInterrupted ? undefined : this.#plan;
    if (!plan) throw new Failure('server place', `${this.#at}: ${from} without a plan`);
    if (from < plan.from || to > plan.to || from % this.#unit !== 0)
      throw new Failure('server place', `${this.#at}: ${from} to ${to}, not in ${plan.from} to ${plan.to}`);
    for (const [other, {from: start, to: end}] of this.#blocks)
      if (start < to && from < end)
        throw new Failure('server overlap', `${this.#at}: ${from} is block ${other}'s`);
    this.#blocks.set(id, {...common, from, to, plan, isElsewhere: false});
  }

  #free(id: number, answer: string): void {
    const block = this.#blocks.get(id)!;
    this.#blocks.delete(id);
    this.#expect('free', answer, block.from < 0 ? '0' : '1');
    if (block.from < 0) return;
    if (block.isElsewhere) this.#freed.delete(id);
    else this.#freed.set(id, block.from);
    this.#endRow(block);
  }

  #endRow({row, recording}: Block): void {
    if (row >= 0 && recording === this.#iterations && this.#isIterating)
      this.#rows[row]![1] = this.#rows.length;
  }

  #again(id: number, answer: string): void {
    const offset = this.#freed.get(id);
    if (offset === undefined) this.#expect('again', answer, '-');
    else this.#freeAt(offset, answer);
  }

  #freeAt(offset: number, answer: string): void {
    const found = [...this.#blocks].find(([, {from, isElsewhere}]) => !isElsewhere && from === offset);
    this.#expect('free-at', answer, found ? '1' : '0');
    if (!found) return;
    // the driver still has the block: it is gone for both
    this.#blocks.set(found[0], {...found[1], from: -1, to: -1});
    this.#endRow(found[1]);
  }

  #planned(origin: number, answer: string): void {
    if (!/^\d/.test(answer)) return;
    this.plans++;
    const [peak = 0, , , ...rows] = answer.split(' ');
    this.#installed.set(this.#signature, {from: origin, to: origin + Number(peak), rows: rows.join(' ')});
  }

  #install(
    [signature = 0, origin = 0, unit = 64, peak = 0, , count = 0, ...rows]: readonly number[],
    answer: string,
  ): void {
    const isRight = unit === this.#unit && signature < MOST_SIGNATURES && isValid(rows, count, unit, peak);
    this.#expect('install', answer.split(' ')[0]!, isRight && origin % unit === 0 ? 'ok' : 'refused');
    if (!isRight) return;
    this.#installed.set(signature, {
      from: origin,
      to: origin + Math.ceil(peak / unit) * unit,
      rows: [count, ...rows].join(' '),
    });
  }

  /** The rows of the last recorded iteration, as they were asked for. */
  #checkRecorded(signature: number, answer: string): void {
    const known = this.#recorded.get(signature) ?? '-';
    if (!this.#ended.get(signature)?.has(answer)) this.#expect('recorded', answer, known);
    this.#recorded.set(signature, answer);
  }

  #checkState(answer: string): void {
    const [live, misses, , ...counters] = answer.split(' ').map(Number);
    const held = [...this.#blocks.values()].filter(({from, isElsewhere}) => !isElsewhere && from >= 0);
    this.#expect('live', `${live}`, `${held.length}`);
    void misses;
    if (this.#isIterating) return; // what it has served is not counted yet
    const all = counters.slice(0, 7).reduce((sum, count) => sum + count, 0);
    this.#expect('counters', `${all}`, `${this.#mallocs}`);
  }
}

function rowsText(rows: readonly (readonly number[])[]): string {
  return [rows.length, ...rows.map(row => `${row.join(' ')} 0`)].join(' ');
}

/** Whether the rows make a plan: lifetimes, places, keys apart, no byte twice. */
function isValid(numbers: readonly number[], count: number, unit: number, peak: number): boolean {
  const up = (bytes: number) => Math.ceil(bytes / unit) * unit;
  const rows = Array.from({length: count}, (_, i) => [i, ...numbers.slice(4 * i, 4 * i + 4)]).filter(
    row => row[2] !== OPEN,
  );
  for (const [i = 0, , end = 0, size = 0, offset = 0] of rows)
    if (end <= i || end > count || size === 0 || offset % unit !== 0 || offset + up(size) > up(peak))
      return false;
  for (const [i = 0, key, end = 0, size = 0, offset = 0] of rows)
    for (const [k = 0, other, , bytes = 0, at = 0] of rows) {
      if (k <= i || at >= offset + up(size) || offset >= at + up(bytes)) continue;
      if (key !== other || k < end) return false;
    }
  return true;
}

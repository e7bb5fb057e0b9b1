/** Commands for `server-driver.c`, and a model of what a server may answer. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {compile, OPTIMIZED, PLANNER, type Program, RUN_MS, SERVER} from './compile.ts';

/** A row as the driver reads and prints it. */
export interface Row {
  readonly key: number;
  /** `OPEN` where the block outlives its iteration. */
  readonly end: number;
  readonly size: number;
  readonly offset: number;
}
export const OPEN = -1;

/** The planner's tests have sanitizers of their own. */
export const serverProgram = (flags: Program['flags']) =>
  compile({sources: ['server-driver.c', ...SERVER], flags, plain: {sources: PLANNER, flags: OPTIMIZED}});

/** What the driver prints, a line per command. */
export function drive(program: string, commands: readonly string[]): string[] {
  const {stdout, stderr, status, signal} = spawnSync(program, {
    input: `${commands.join('\n')}\n`,
    encoding: 'utf8',
    timeout: RUN_MS,
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`the driver ended with ${signal ?? status}: ${stderr.slice(0, 4000)}`);
  const lines = stdout.split('\n').slice(0, -1);
  assert.equal(lines.length, commands.length, 'a line for each command');
  return lines;
}

export const rowsText = (rows: readonly Row[]) =>
  [rows.length, ...rows.flatMap(({key, end, size, offset}) => [key, end, size, offset])].join(' ');

/** The rows of a line, behind `skipped` words and their count. */
export function rowsOf(line: string, skipped = 0): Row[] {
  const words = line.split(' ').slice(skipped).map(Number);
  assert.equal(words.length, 1 + 4 * words[0]!, line);
  return Array.from({length: words[0]!}, (_, i) => {
    const [key, end, size, offset] = words.slice(1 + 4 * i) as [number, number, number, number];
    return {key, end, size, offset};
  });
}

/** What must hold of every answer. */
export class Model {
  /** Served and not freed, by block: offset and its first byte above. */
  readonly live = new Map<string, readonly [from: number, to: number]>();
  served = 0;
  plans = 0;
  #unit = 0;

  /** @throws AssertionError where an answer breaks a rule */
  check(command: string, answer: string): void {
    const [word, ...rest] = command.split(' ') as [string, ...string[]];
    if (word === 'new') {
      this.#unit = Number(rest[0]);
      this.live.clear();
    } else if (word === 'malloc') this.#malloc(rest[0]!, Number(rest[2]), answer);
    else if (word === 'free' || word === 'reclaim') {
      assert.equal(answer, '1', `${command}: a live block is refused`);
      this.live.delete(rest[0]!);
    } else if (word === 'free-at' || word === 'reclaim-at') this.#freeAt(Number(rest[0]), answer);
    else if (word === 'state') assert.equal(Number(answer.split(' ')[0]), this.live.size, 'live blocks');
    else if (word === 'plan' && /^\d/.test(answer)) this.plans++;
  }

  #malloc(block: string, bytes: number, answer: string): void {
    if (answer === '-') return;
    const from = Number(answer);
    const to = from + Math.ceil(bytes / this.#unit) * this.#unit;
    assert.equal(from % this.#unit, 0, 'a misaligned offset');
    for (const [other, [start, end]] of this.live)
      assert.ok(to <= start || end <= from, `block ${block} at ${from} to ${to} overlaps ${other}`);
    this.live.set(block, [from, to]);
    this.served++;
  }

  #freeAt(offset: number, answer: string): void {
    const found = [...this.live].find(([, [from]]) => from === offset);
    assert.equal(answer, found ? '1' : '0', `a block at ${offset}`);
    if (found) this.live.delete(found[0]);
  }
}

/** Runs the commands and checks each answer. */
export function checked(program: string, commands: readonly string[]): {answers: string[]; model: Model} {
  const answers = drive(program, commands);
  const model = new Model();
  commands.forEach((command, i) => {
    model.check(command, answers[i]!);
  });
  return {answers, model};
}

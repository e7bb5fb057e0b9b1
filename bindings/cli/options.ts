/** Arguments that several commands take: how they are parsed, and the options themselves. */
import {type Command, InvalidArgumentError} from 'commander';
import {type AllocatorChoice, parseAllocator} from '../allocators/index.ts';
import type {Pool} from '../index.ts';
import {UsageError} from '../model/errors.ts';
import {parseBytes, parseDuration, parseInteger} from './quantities.ts';

/** Told the exit code of the command that ran. */
export type Done = (exitCode: number) => void;

export function parseIteration(text: string): number | 'auto' | 'all' | 'window' {
  if (text === 'auto' || text === 'all' || text === 'window') return text;
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('expected a number, auto, all or window.');
  return Number(text);
}

export function parseAlignment(text: string): number {
  const bytes = parseBytes(text);
  if (bytes === 0 || !Number.isInteger(Math.log2(bytes)))
    throw new InvalidArgumentError('expected a power of two.');
  return bytes;
}

export function parseAllocatorName(text: string): AllocatorChoice {
  try {
    return parseAllocator(text);
  } catch (error) {
    throw error instanceof UsageError ? new InvalidArgumentError(error.message) : error;
  }
}

/** Collects `NAME=SIZE` after `NAME=SIZE`. */
export function parseDimension(
  text: string,
  before: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const [, name, size] = /^(.+)=(\d{1,15})$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('expected a name and a size, e.g. batch=4.');
  return {...before, [name]: Number(size)};
}

export function withDimensions(command: Command): Command {
  return command.option(
    '--dim <NAME=SIZE>',
    'size of a symbolic dimension of an ONNX model; can be given several times',
    parseDimension,
  );
}

/** Collects `NAME[=CAPACITY]` after `NAME[=CAPACITY]`. */
export function parsePool(text: string, before: readonly Pool[] = []): Pool[] {
  const [, name, capacity] = /^([^=\s",]+)(?:=(.+))?$/.exec(text) ?? [];
  if (name === undefined)
    throw new InvalidArgumentError('expected a name, and maybe a capacity, e.g. sram=64KiB.');
  return [...before, {name, ...(capacity === undefined ? {} : {capacity: parseBytes(capacity)})}];
}

/** Constraints that a file may lack. */
export function withConstraints(command: Command): Command {
  return command
    .option(
      '--pool <NAME[=BYTES]>',
      'a memory to lie in and what it holds, e.g. sram=64KiB; several times, the preferred one first',
      parsePool,
    )
    .option('--in-place', 'outputs of a model may be written over inputs that nothing reads later');
}

export function withChoice(command: Command, iterations: string): Command {
  return withDimensions(command)
    .option(
      '--iteration <N>',
      `which iteration of a trace: ${iterations} (default: auto, the last whole one)`,
      parseIteration,
    )
    .option('--linear', 'cut lifetimes at the border of the iteration, instead of joining what repeats')
    .option('--device <NAME>', 'cpu, cuda:0, … (default: the one with the largest load)')
    .option(
      '--alignment <BYTES>',
      "for buffers without their own (default: the recorded allocator's, else 1)",
      parseAlignment,
    );
}

/** What planning may cost. */
export function withBudget(command: Command): Command {
  return command
    .option('--time-limit <TIME>', 'e.g. 10s, 500ms; one plan is always made', parseDuration)
    .option(
      '--node-limit <N>',
      'buffers placed, over all attempts; the plan is then the same everywhere',
      parseInteger(1),
    )
    .option('--threads <N>', 'threads to plan on at most (default: 1)', parseInteger(1))
    .option('--seed <N>', 'for what is random (default: 1)', parseInteger(0));
}

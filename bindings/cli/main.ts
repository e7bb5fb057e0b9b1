#!/usr/bin/env node
/** The command line: arguments in, a command, an exit code. */
import {readFileSync} from 'node:fs';
import {Command, CommanderError, InvalidArgumentError, Option} from 'commander';
import {type AllocatorChoice, parseAllocator} from '../allocators/index.ts';
import {UsageError} from '../errors.ts';
import {ALGORITHMS} from '../index.ts';
import {type ConvertCommandOptions, convertCommand} from './convert-command.ts';
import {describeError, EXIT} from './exit.ts';
import {type InspectCommandOptions, inspectCommand} from './inspect-command.ts';
import {ignoreClosedPipe, warn} from './output.ts';
import {type PlanCommandOptions, planCommand} from './plan-command.ts';
import {parseBytes, parseDuration, parseInteger} from './quantities.ts';
import {type ReplayCommandOptions, replayCommand} from './replay-command.ts';
import {type VerifyCommandOptions, verifyCommand} from './verify-command.ts';

const {version} = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const EXAMPLES = `
Examples:
  stowage plan examples/resnet50.training.json.gz       plan the last whole iteration
  stowage plan five.csv --capacity 12KiB -o plan.csv    stop at the first plan that fits
  stowage verify five.csv plan.csv                      check a plan, whoever made it
  stowage inspect trace.json.gz                         devices, iterations, oddities
  stowage convert trace.json.gz -o step.csv             an iteration for another solver
  stowage replay snapshot.pickle                        what PyTorch's allocator needed, and settings that help
  gzip -dc trace.json.gz | stowage plan - --json        from a pipe, for a program

Exit codes: 0 done, 1 a check failed, 2 usage, 3 unreadable input, 4 proven infeasible,
5 nothing within the capacity found in the budget, 130 interrupted.`;

function parseIteration(text: string): number | 'auto' | 'all' | 'window' {
  if (text === 'auto' || text === 'all' || text === 'window') return text;
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('expected a number, auto, all or window.');
  return Number(text);
}

function parseAlignment(text: string): number {
  const bytes = parseBytes(text);
  if (bytes === 0 || !Number.isInteger(Math.log2(bytes)))
    throw new InvalidArgumentError('expected a power of two.');
  return bytes;
}

function parseAllocatorName(text: string): AllocatorChoice {
  try {
    return parseAllocator(text);
  } catch (error) {
    throw error instanceof UsageError ? new InvalidArgumentError(error.message) : error;
  }
}

/** Collects `NAME=SIZE` after `NAME=SIZE`. */
function parseDimension(text: string, before: Readonly<Record<string, number>> = {}): Record<string, number> {
  const [, name, size] = /^(.+)=(\d{1,15})$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('expected a name and a size, e.g. batch=4.');
  return {...before, [name]: Number(size)};
}

function withDimensions(command: Command): Command {
  return command.option(
    '--dim <NAME=SIZE>',
    'size of a symbolic dimension of an ONNX model; can be given several times',
    parseDimension,
  );
}

function withChoice(command: Command, iterations: string): Command {
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

/** The program, telling `done` the exit code of the command it ran. */
function program(done: (exitCode: number) => void): Command {
  const root = new Command('stowage')
    .description(
      'Plans memory: packs the buffers of one iteration into the smallest arena, verifies the plan and says how close it is to the lower bound. FILE is a recorded trace (PyTorch profiler JSON, stowage event log, heaptrack, mtrace, ltrace, SINGA), a model (ONNX, TensorFlow Lite, XLA buffer assignment) or a problem (CSV); gzip, zstd or plain, told by its content. - is stdin.',
    )
    .version(version)
    .showSuggestionAfterError()
    .addHelpText('after', EXAMPLES);
  const plan = root
    .command('plan')
    .argument('<FILE>', 'a trace or a problem')
    .description('plan an iteration of a trace, or a problem')
    .addOption(
      new Option('--algorithm <NAME>', 'what to run')
        .choices(ALGORITHMS as readonly string[])
        .default('auto'),
    )
    .option(
      '--capacity <BYTES>',
      'stop at the first verified plan that fits, e.g. 1048576 or 1MiB',
      parseBytes,
    )
    .option('--minimize', 'go on below the capacity, for the smallest peak')
    .option('--time-limit <TIME>', 'e.g. 10s, 500ms; one plan is always made', parseDuration)
    .option(
      '--node-limit <N>',
      'buffers placed, over all attempts; the plan is then the same everywhere',
      parseInteger(1),
    )
    .option('--threads <N>', 'threads to plan on at most (default: 1)', parseInteger(1))
    .option('--seed <N>', 'for what is random (default: 1)', parseInteger(0))
    .option(
      '--explain [N]',
      'tell which buffers make the peak, and what changing the N largest would give (default: 10)',
      parseInteger(1),
    )
    .option('--json', 'print one object of the stowage.plan/1 contract')
    .option('--no-offsets', 'leave the offsets out of --json')
    .option('-o, --output <FILE>', 'write the plan: .csv (rows with offsets) or .json')
    .action(async (file: string, options: PlanCommandOptions) => done(await planCommand(file, options)));
  withChoice(plan, 'N, auto, all or window');
  const verify = root
    .command('verify')
    .argument('<PROBLEM>', 'a problem, or a trace and the options that chose its iteration')
    .argument('<PLAN>', 'a plan: CSV with offsets, or JSON')
    .description('check the offsets of a plan against its problem')
    .option('--capacity <BYTES>', 'bytes the arena may hold', parseBytes)
    .option('--json', 'print one object')
    .action(async (file: string, planFile: string, options: VerifyCommandOptions) =>
      done(await verifyCommand(file, planFile, options)),
    );
  withChoice(verify, 'N, auto or window');
  const inspect = root
    .command('inspect')
    .argument('<FILE>', 'a trace or a problem')
    .description('tell what a file holds: format, devices, iterations, how memory behaves, warnings')
    .option('--device <NAME>', 'only this one')
    .option('--outlier-time <DURATION>', 'least access interval of an outlier', parseDuration)
    .option('--outlier-bytes <BYTES>', 'least block of an outlier (default: 1 MiB)', parseBytes)
    .option('--swap-limit <BYTES>', 'swap blocks so that no more than this is held', parseBytes)
    .option('--json', 'print one object')
    .action(async (file: string, options: InspectCommandOptions) =>
      done(await inspectCommand(file, options)),
    );
  withDimensions(inspect);
  const convert = root
    .command('convert')
    .argument('<FILE>', 'a trace or a problem')
    .description('write a problem as .csv, or a trace as .jsonl event log')
    .requiredOption('-o, --output <FILE>', 'file to write')
    .action(async (file: string, options: ConvertCommandOptions) =>
      done(await convertCommand(file, options)),
    );
  withChoice(convert, 'N, auto or window');
  root
    .command('replay')
    .argument('<FILE>', 'a trace')
    .description('tell what an allocator would have needed for the requests of a trace')
    .option(
      '--allocator <NAME>',
      'pytorch-cuda, cupy, bump or no-reuse, with settings: pytorch-cuda:expandable_segments=true,max_split_size_mb=128 (default: pytorch-cuda, with the settings of the recording)',
      parseAllocatorName,
    )
    .option('--capacity <BYTES>', 'what the device has for the allocator, e.g. 24GiB', parseBytes)
    .option('--device <NAME>', 'cpu, cuda:0, … (default: the one with the largest load)')
    .option('--json', 'print one object')
    .action(async (file: string, options: ReplayCommandOptions) => done(await replayCommand(file, options)));
  for (const command of [root, ...root.commands]) {
    command.exitOverride().configureOutput({
      outputError: (text, write) => write(`stowage: ${text.replace(/^error: /, '')}`),
    });
  }
  return root;
}

async function main(): Promise<number> {
  ignoreClosedPipe();
  let exitCode: number = EXIT.ok;
  try {
    await program(code => {
      exitCode = code;
    }).parseAsync();
    return exitCode;
  } catch (error) {
    // help and version end this way too, and have been printed
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const {message, exitCode: failed} = describeError(error);
    warn(message);
    return failed;
  }
}

// set, not called: what is still on its way to a pipe must get there
process.exitCode = await main();

/** Options that several commands share, and the context in which all commands run. */
import {type Command, Option} from 'commander';
import {ALGORITHMS} from '../../model/plan.ts';
import {ONNX_RUNTIMES} from '../../trace.ts';
import type {PlannerSource} from '../planning/planning.ts';
import {
  parseAlignment,
  parseBytes,
  parseDimension,
  parseDuration,
  parseInteger,
  parseIteration,
  parsePool,
} from './parse.ts';

/** What `main` gives to every command. */
export interface CommandContext {
  readonly planner: PlannerSource;
  /** Takes the exit code of the command that ran. */
  readonly done: (exitCode: number) => void;
}

/** How an input is read. */
export function withReading(command: Command): Command {
  return withStrict(command)
    .option(
      '--dim <NAME=SIZE>',
      'size of a symbolic dimension of an ONNX model, or MIN:MAX[:MULTIPLE] for one plan of all these sizes; may be repeated',
      parseDimension,
    )
    .addOption(
      new Option(
        '--end <KIND>',
        'how a CSV means the end of a lifetime: the last tick, or the tick after (default: a column end is inclusive, upper is exclusive)',
      ).choices(['exclusive', 'inclusive']),
    )
    .addOption(
      new Option(
        '--runtime <NAME>',
        'whose folding of constants an ONNX model gets: onnxruntime keeps DequantizeLinear of weights, folding folds it, too (default: onnxruntime)',
      ).choices(ONNX_RUNTIMES as readonly string[]),
    )
    .option(
      '--drop-own-plan',
      'ignore the plan in a .tflite; the default keeps together the tensors that share memory in it',
    );
}

export function withStrict(command: Command): Command {
  return command.option(
    '--strict',
    'refuse a recording that is cut short or damaged; the default reads what is whole, with a warning',
  );
}

/** The source frames of a CUDA snapshot that are shown. */
export function withFrames(command: Command): Command {
  return command
    .option('--library <NAME>', 'show source frames inside this installed package, as if they were your own')
    .option('--depth <N>', 'show so many source frames below your own one', parseInteger(0));
}

/** Constraints that the input itself need not state. */
export function withConstraints(command: Command): Command {
  return command
    .option(
      '--pool <NAME[=BYTES]>',
      'a memory to plan for and its capacity, e.g. sram=64KiB; may be repeated, the preferred one first',
      parsePool,
    )
    .option('--in-place', 'let outputs of a model overwrite inputs that are not read later')
    .option(
      '--hold <N>',
      'ticks that bytes wait after the end of a buffer before another uses them; in a plan that repeats, around its border, too',
      parseInteger(0),
    );
}

/** When bytes pass on in a recording of several streams. */
function withStreams(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--streams <RULE>',
        'apart: bytes pass on within one stream only (default); together: as the host frees and allocates, so that the streams must wait for each other where the plan is used',
      ).choices(['apart', 'together']),
    )
    .addOption(
      new Option(
        '--idle <WHEN>',
        'iteration: you state that the device is idle between iterations, so that frees that waited for another stream are over there',
      ).choices(['iteration']),
    );
}

/** `iterations`: the values that `--iteration` accepts. */
export function withChoice(command: Command, iterations: string): Command {
  return withLifetimes(
    withStreams(withReading(command)).option(
      '--iteration <N>',
      `iteration of a trace: ${iterations} (default: auto, the last complete one)`,
      parseIteration,
    ),
  );
}

/** All that the analysis of a file in a batch depends on. It has no time limit: results would depend on the machine. */
export function withAnalysis(command: Command): Command {
  return withSeed(withNodeLimit(withLifetimes(withStreams(withReading(command)))));
}

/** The blocks of a recording that are planned, and their alignment. */
function withLifetimes(command: Command): Command {
  return command
    .option(
      '--linear',
      'end lifetimes at the iteration boundary; the default joins them with the next iteration',
    )
    .option('--device <NAME>', 'cpu, cuda:0, … (default: the one with the most live bytes)')
    .option(
      '--alignment <BYTES>',
      "alignment of buffers that have none of their own (default: the recorded allocator's, else 1)",
      parseAlignment,
    );
}

/** Limits of the search. */
export function withBudget(command: Command): Command {
  const limited = withNodeLimit(
    command.option(
      '--time-limit <TIME>',
      'e.g. 10s or 500ms; at least one plan is always made',
      parseDuration,
    ),
  );
  return withSeed(limited.option('--threads <N>', 'most threads to plan with (default: 1)', parseInteger(1)));
}

function withNodeLimit(command: Command): Command {
  return command.option(
    '--node-limit <N>',
    'stop after placing this many buffers over all attempts; the plan is then the same on every machine',
    parseInteger(1),
  );
}

function withSeed(command: Command): Command {
  return command.option('--seed <N>', 'seed of the random numbers (default: 1)', parseInteger(0));
}

/** Options of a command that plans one problem. */
export function withPlanning(command: Command): Command {
  command
    .addOption(
      new Option('--algorithm <NAME>', 'algorithm to run')
        .choices(ALGORITHMS as readonly string[])
        .default('auto'),
    )
    .option(
      '--capacity <BYTES>',
      'stop at the first verified plan that fits, e.g. 1048576 or 1MiB',
      parseBytes,
    )
    .option('--minimize', 'with --capacity: keep searching for the smallest peak');
  return withBudget(command);
}

/** The queue that commands on several machines share. */
export function withQueue(command: Command): Command {
  return command.option(
    '--queue <URL>',
    'postgres://USER@HOST/DATABASE or redis://HOST; env: as STOWAGE_QUEUE says, which keeps passwords out of lists of processes',
  );
}

/** The command line: arguments in, a command, an exit code. */
import {Command, CommanderError} from 'commander';
import type {Planner} from '../index.ts';
import type {CommandContext} from './commands/options.ts';
import {describeError, EXIT} from './io/exit.ts';
import {warn} from './io/output.ts';
import {guardStreams, STDOUT, writeStandard} from './io/streams.ts';
import {version} from './io/version.ts';

type AddCommand = (root: Command, context: CommandContext) => void;

const DESCRIPTION =
  'Plans memory: packs the buffers of one iteration into the smallest arena, verifies the plan and reports how close it is to the lower bound. FILE is a recorded trace (PyTorch profiler JSON, CUDA memory snapshot, stowage event log, heaptrack, mtrace, ltrace, SINGA), a model (ONNX, TensorFlow Lite, XLA buffer assignment) or a problem (CSV, or JSON with constraints); gzip, zstd or plain. The format is detected from the content. - is stdin.';

const EXAMPLES = `
Examples:
  stowage plan examples/resnet50.training.json.gz       plan the last complete iteration
  stowage plan five.csv --capacity 12KiB -o plan.csv    stop at the first plan that fits
  stowage verify five.csv plan.csv                      check a plan from any tool
  stowage plan m.onnx --pool sram=256KiB --pool dram    put the buffers that gain most into the fast memory
  stowage order model.tflite -o model2.tflite           run its operators in the order that needs least
  stowage inspect trace.json.gz                         show devices, iterations and oddities
  stowage convert trace.json.gz -o step.csv             write one iteration for another solver
  stowage export model.tflite --format tflite -o planned.tflite   put the plan into the model
  stowage replay snapshot.pickle                        show the need of PyTorch's allocator, and settings that help
  stowage top trace.json.gz                             show what is live at the peak
  stowage diff before.json.gz after.json.gz             show what differs between two recordings
  stowage check trace.json.gz --max-peak 70GiB          fail if a limit is exceeded (for CI)
  stowage anonymize trace.json.gz -o log.jsonl          remove the names, to share a recording
  stowage view snapshot.pickle                          show everything in the browser, served on this machine only
  stowage report trace.json.gz -o report.html           write one page with answers, pictures and tables
  stowage batch snapshots/ --out run17                  analyse the recordings of all ranks of a run
  stowage merge run17 -o run17.html                     show the run as one: who limits it, groups, outliers
  gzip -dc trace.json.gz | stowage plan - --json        read from a pipe, print JSON

Exit codes:
  0    done
  1    a check failed, a plan is invalid, or diff --exit-code found a difference
  2    wrong usage
  3    an input could not be read, or an output could not be written
  4    proven: no plan fits
  5    no plan within the capacity was found within the budget
  70   a limit of stowage or of this machine was reached, or stowage has a bug
  130  interrupted by Ctrl-C`;

/** In the order in which help lists them. Each is loaded only if it runs, or if help lists all of them. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  plan: async () => (await import('./commands/plan.ts')).addPlanCommand,
  order: async () => (await import('./commands/order.ts')).addOrderCommand,
  verify: async () => (await import('./commands/verify.ts')).addVerifyCommand,
  inspect: async () => (await import('./commands/inspect.ts')).addInspectCommand,
  convert: async () => (await import('./commands/convert.ts')).addConvertCommand,
  export: async () => (await import('./commands/export.ts')).addExportCommand,
  replay: async () => (await import('./commands/replay.ts')).addReplayCommand,
  top: async () => (await import('./commands/top.ts')).addTopCommand,
  diff: async () => (await import('./commands/diff.ts')).addDiffCommand,
  scale: async () => (await import('./commands/scale.ts')).addScaleCommand,
  check: async () => (await import('./commands/check.ts')).addCheckCommand,
  anonymize: async () => (await import('./commands/anonymize.ts')).addAnonymizeCommand,
  view: async () => (await import('./commands/view.ts')).addViewCommand,
  report: async () => (await import('./commands/report.ts')).addReportCommand,
  batch: async () => (await import('./commands/batch.ts')).addBatchCommand,
  worker: async () => (await import('./commands/worker.ts')).addWorkerCommand,
  merge: async () => (await import('./commands/merge.ts')).addMergeCommand,
};

/** The program with the command that the arguments name, or with all commands if they name none. */
async function program(args: readonly string[], context: CommandContext): Promise<Command> {
  const root = new Command('stowage')
    .description(DESCRIPTION)
    .version(version)
    .showSuggestionAfterError()
    .addHelpText('after', EXAMPLES);
  for (const add of await Promise.all(needed(args).map(load => load()))) add(root, context);
  for (const command of [root, ...root.commands]) {
    command.exitOverride().configureOutput({
      writeOut: text => writeStandard(STDOUT, text),
      outputError: text => {
        const [first = '', ...detail] = text
          .trimEnd()
          .replace(/^error: /, '')
          .split('\n');
        warn(first, detail);
      },
    });
  }
  return root;
}

/** The commands to load: the one that the arguments name; none for the version; else all, for help and suggestions. */
function needed(args: readonly string[]): (() => Promise<AddCommand>)[] {
  const [first = ''] = args;
  if (Object.hasOwn(COMMANDS, first)) return [COMMANDS[first]!];
  return first === '--version' || first === '-V' ? [] : Object.values(COMMANDS);
}

let loading: Promise<Planner> | undefined;

/** Loads the planner at the first call: not every command plans. */
function planner(): Promise<Planner> {
  loading ??= import('../index.ts').then(({loadPlannerSync}) => loadPlannerSync());
  return loading;
}

/** Runs the command that the process was started with. @returns the exit code */
export async function main(): Promise<number> {
  guardStreams();
  let exitCode: number = EXIT.ok;
  const done = (code: number) => {
    exitCode = code;
  };
  try {
    const root = await program(process.argv.slice(2), {planner, done});
    await root.parseAsync();
    return exitCode;
  } catch (error) {
    // help and version end this way too, and have been printed
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const {message, detail, exitCode: failed} = describeError(error);
    warn(message, detail);
    return failed;
  }
}

#!/usr/bin/env node
/** The command line: arguments in, a command, an exit code. */
import {readFileSync} from 'node:fs';
import {Command, CommanderError} from 'commander';
import {addAnonymizeCommand} from './commands/anonymize.ts';
import {addCheckCommand} from './commands/check.ts';
import {addConvertCommand} from './commands/convert.ts';
import {addDiffCommand} from './commands/diff.ts';
import {addExportCommand} from './commands/export.ts';
import {addInspectCommand} from './commands/inspect.ts';
import {addPlanCommand} from './commands/plan.ts';
import {addReplayCommand} from './commands/replay.ts';
import {addReportCommand} from './commands/report.ts';
import {addTopCommand} from './commands/top.ts';
import {addVerifyCommand} from './commands/verify.ts';
import {addViewCommand} from './commands/view.ts';
import {describeError, EXIT} from './exit.ts';
import type {Done} from './options.ts';
import {ignoreClosedPipe, warn} from './output.ts';

const {version} = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const EXAMPLES = `
Examples:
  stowage plan examples/resnet50.training.json.gz       plan the last whole iteration
  stowage plan five.csv --capacity 12KiB -o plan.csv    stop at the first plan that fits
  stowage verify five.csv plan.csv                      check a plan, whoever made it
  stowage plan m.onnx --pool sram=256KiB --pool dram    what gains most stays in the fast memory
  stowage inspect trace.json.gz                         devices, iterations, oddities
  stowage convert trace.json.gz -o step.csv             an iteration for another solver
  stowage export model.tflite --format tflite -o planned.tflite   the plan inside the model
  stowage replay snapshot.pickle                        what PyTorch's allocator needed, and settings that help
  stowage top trace.json.gz                             what is live at the peak
  stowage diff before.json.gz after.json.gz             what differs between two recordings
  stowage check trace.json.gz --max-peak 70GiB          a gate: exit 1 where a limit is exceeded
  stowage anonymize trace.json.gz -o log.jsonl          the same without names, to be shown to others
  stowage view snapshot.pickle                          all of it in the browser, from this machine alone
  stowage report trace.json.gz -o report.html           one page: answers, pictures, tables
  gzip -dc trace.json.gz | stowage plan - --json        from a pipe, for a program

Exit codes: 0 done, 1 a check failed, 2 usage, 3 unreadable input, 4 proven infeasible,
5 nothing within the capacity found in the budget, 130 interrupted.`;

/** In the order in which help lists them. */
const COMMANDS = [
  addPlanCommand,
  addVerifyCommand,
  addInspectCommand,
  addConvertCommand,
  addExportCommand,
  addReplayCommand,
  addTopCommand,
  addDiffCommand,
  addCheckCommand,
  addAnonymizeCommand,
  addViewCommand,
  addReportCommand,
];

/** The program, telling `done` the exit code of the command it ran. */
function program(done: Done): Command {
  const root = new Command('stowage')
    .description(
      'Plans memory: packs the buffers of one iteration into the smallest arena, verifies the plan and says how close it is to the lower bound. FILE is a recorded trace (PyTorch profiler JSON, stowage event log, heaptrack, mtrace, ltrace, SINGA), a model (ONNX, TensorFlow Lite, XLA buffer assignment) or a problem (CSV, or JSON with constraints); gzip, zstd or plain, told by its content. - is stdin.',
    )
    .version(version)
    .showSuggestionAfterError()
    .addHelpText('after', EXAMPLES);
  for (const add of COMMANDS) add(root, done);
  for (const command of [root, ...root.commands]) {
    command.exitOverride().configureOutput({
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
    const {message, detail, exitCode: failed} = describeError(error);
    warn(message, detail);
    return failed;
  }
}

// set, not called: what is still on its way to a pipe must get there
process.exitCode = await main();

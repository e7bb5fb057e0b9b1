/** `stowage inspect`: shows the format of a file, its devices and iterations, and its oddities. */
import type {Command} from 'commander';
import type {Bounds, Planner} from '../../index.ts';
import {idOf} from '../../model/problem.ts';
import {formatBytes, formatCount, plural} from '../../model/quantities.ts';
import {sharingJson, sharingSentences} from '../../report/sharing.ts';
import {
  type BehaviourReport,
  type CudaDevice,
  chooseDevice,
  describeEndState,
  describeWaitingFrees,
  type EndState,
  endState,
  hasStateOnly,
  type Iterations,
  type Leaks,
  leaksJson,
  leaksOf,
  type ReadProblem,
  reportBehaviour,
  type Trace,
  timelineOf,
  type Waits,
  waitsJson,
  waitsOf,
} from '../../trace.ts';
import {EXIT, inputError} from '../io/exit.ts';
import {type Input, readInput} from '../io/input.ts';
import {print, printJson, warn} from '../io/output.ts';
import type {PlannerSource} from '../planning/planning.ts';
import {behaviourLines} from '../text/behaviour.ts';
import {allLeakLines, leakLines} from '../text/leaks.ts';
import {describeReference, reportReference} from '../text/reference.ts';
import {type CommandContext, withReading} from './options.ts';
import {parseBytes, parseDuration} from './parse.ts';

export interface InspectCommandOptions {
  readonly device?: string;
  readonly json?: boolean;
  readonly dim?: Readonly<Record<string, number>>;
  /** Milliseconds. */
  readonly outlierTime?: number;
  /** Bytes. */
  readonly outlierBytes?: number;
  /** Bytes. */
  readonly swapLimit?: number;
  /** Whether all that stays behind and waits is shown. */
  readonly leaks?: boolean;
}

/** Sites that stay behind, and that wait, in JSON without `--leaks`. */
const MOST_SITES = 10;
/** Iterations that are listed one by one. */
const MOST_ITERATIONS = 20;

/** One device of a trace. */
interface DeviceReport {
  readonly device: string;
  readonly events: number;
  readonly blocks: number;
  readonly alignment: number;
  /** Over the events; absent where only the state at the end was recorded. */
  readonly course?: Course;
  /** Present for a CUDA memory snapshot. */
  readonly cuda?: CudaDevice;
  /** Present for a CUDA memory snapshot with segments. */
  readonly state?: EndState;
}

interface Course {
  /** Most live bytes at any time. */
  readonly load: number;
  readonly iterations: Iterations;
  readonly behaviour: BehaviourReport;
  readonly leaks: Leaks;
  readonly waits: Waits;
}

export function addInspectCommand(root: Command, {done, planner}: CommandContext): void {
  const inspect = root
    .command('inspect')
    .argument('<FILE>', 'a trace or a problem')
    .description('show the contents of a file: format, devices, iterations, memory behaviour, warnings')
    .option('--device <NAME>', 'show only this device')
    .option('--outlier-time <DURATION>', 'shortest access interval of an outlier, e.g. 800ms', parseDuration)
    .option('--outlier-bytes <BYTES>', 'smallest block of an outlier (default: 1MiB)', parseBytes)
    .option('--swap-limit <BYTES>', 'plan swaps so that no more than this is held in memory', parseBytes)
    .option('--leaks', 'show all that stays behind from iteration to iteration, and all frees that waited')
    .option('--json', 'print one object')
    .action(async (file: string, options: InspectCommandOptions) =>
      done(await inspectCommand(file, options, planner)),
    );
  withReading(inspect);
}

/** @returns the exit code. */
export async function inspectCommand(
  file: string,
  options: InspectCommandOptions,
  planner: PlannerSource,
): Promise<number> {
  const input = await readInput(file, options);
  if (input.imported.kind === 'problem') inspectProblem(input, input.imported, options, await planner());
  else inspectTrace(input, input.imported.trace, options);
  return EXIT.ok;
}

function inspectProblem(
  {file, imported}: Input,
  read: ReadProblem,
  {json}: InspectCommandOptions,
  planner: Planner,
): void {
  const {problem, warnings} = read;
  let bounds: Bounds;
  try {
    bounds = planner.bounds(problem);
  } catch (error) {
    throw inputError(file, error);
  }
  if (json) {
    printJson({
      schema: 'stowage.inspect/1',
      file,
      format: imported.format,
      buffers: problem.count,
      ...bounds,
      ...modelJson(read, planner),
      warnings,
    });
    return;
  }
  for (const warning of warnings) warn(`${file}: ${warning}`);
  print(`${file}: ${imported.format}`);
  const {unordered} = bounds;
  const parts = `${plural(bounds.sections, 'section')}, ${plural(bounds.partitions, 'partition')}`;
  print(
    `${plural(problem.count, 'buffer')}, ${unordered === undefined ? parts : plural(problem.constraints!.clocks!.streams.length, 'stream')}`,
  );
  print(`live bytes   ${formatBytes(bounds.load)}`);
  print(
    `lower bound  ${formatBytes(bounds.lowerBound)}, ${
      unordered === undefined
        ? `at ticks ${formatCount(bounds.start)} to ${formatCount(bounds.end)}`
        : `by ${plural(unordered, 'buffer')} of which any two may be live at once`
    }`,
  );
  for (const line of modelLines(read, planner)) print(line);
}

/** Facts of a model that are not part of its problem. */
function modelJson(
  {problem, weightBytes, inPlace, reference, sharing}: ReadProblem,
  planner: Planner,
): object {
  return {
    ...(weightBytes === undefined ? {} : {weightBytes}),
    ...(inPlace
      ? {
          inPlace: inPlace.map(one => ({
            ...one,
            input: idOf(problem, one.input),
            output: idOf(problem, one.output),
          })),
        }
      : {}),
    ...(sharing ? {sharing: sharingJson(problem, sharing)} : {}),
    ...(reference ? {reference: reportReference(problem, reference, planner)} : {}),
  };
}

function modelLines(
  {problem, weightBytes, inPlace, reference, sharing}: ReadProblem,
  planner: Planner,
): string[] {
  const counts = new Map<string, number>();
  for (const {operation} of inPlace ?? []) counts.set(operation, (counts.get(operation) ?? 0) + 1);
  const operations = [...counts].map(([operation, count]) => `${count} × ${operation}`).join(', ');
  return [
    ...(weightBytes ? [`weights      ${formatBytes(weightBytes)}, not part of the buffers`] : []),
    ...(operations ? [`in place     operations that could overwrite their input: ${operations}`] : []),
    ...(sharing ? sharingSentences(problem, sharing).map(text => `sharing      ${text}`) : []),
    ...(reference
      ? [`own plan     ${describeReference(reportReference(problem, reference, planner), problem)}`]
      : []),
  ];
}

function inspectTrace({file, imported}: Input, trace: Trace, options: InspectCommandOptions): void {
  const devices = devicesOf(file, trace, options);
  const {format} = imported;
  const {warnings} = trace;
  if (options.json) {
    printJson({
      schema: 'stowage.inspect/1',
      file,
      format,
      inferred: trace.inferred,
      devices: devices.map(({course, ...rest}) => ({
        ...rest,
        ...(course ? courseJson(course, options) : {}),
      })),
      warnings,
    });
    return;
  }
  for (const warning of warnings) warn(`${file}: ${warning}`);
  print(
    `${file}: ${format}, ${plural(trace.events.count, 'event')}, ${plural(trace.blocks.count, 'block')}, ${plural(trace.operations.length - 1, 'operation')}`,
  );
  for (const one of devices) for (const line of deviceLines(one, options)) print(line);
}

function courseJson({leaks, waits, ...course}: Course, {leaks: all}: InspectCommandOptions): object {
  const most = all ? Number.POSITIVE_INFINITY : MOST_SITES;
  return {...course, leaks: leaksJson(leaks, most), waits: waitsJson(waits, most)};
}

function deviceLines(one: DeviceReport, options: InspectCommandOptions): string[] {
  const {device, events, blocks, alignment, course, cuda, state} = one;
  const atEnd = (state ? describeEndState(state) : []).map(line => `  at the end: ${line}`);
  if (!course)
    return [
      `${device}: no events, only the state at the end of the recording; alignment ${alignment}`,
      ...atEnd,
      '  over time, the peak, iterations: not recorded',
    ];
  const {load, iterations, behaviour, leaks, waits} = course;
  const shown = iterations.iterations.slice(0, MOST_ITERATIONS);
  return [
    `${device}: ${plural(events, 'event')}, ${plural(blocks, 'block')}, ${formatBytes(load)} live at most, alignment ${alignment}`,
    ...(cuda ? [`  ${describeCuda(cuda)}`] : []),
    ...atEnd,
    `  ${describeIterations(iterations)}`,
    ...shown.map(
      ({number, firstEvent, endEvent, whole}) =>
        `  iteration ${number}: ${plural(endEvent - firstEvent, 'event')}${whole ? '' : ', incomplete'}`,
    ),
    ...(iterations.iterations.length > shown.length
      ? [`  … ${iterations.iterations.length - shown.length} more`]
      : []),
    ...behaviourLines(behaviour).map(line => `  ${line}`),
    ...(options.leaks ? allLeakLines(leaks, waits) : leakLines(leaks, waits)).map(line => `  ${line}`),
  ];
}

function devicesOf(file: string, trace: Trace, options: InspectCommandOptions): DeviceReport[] {
  const {device: only, outlierTime, outlierBytes, swapLimit} = options;
  const thresholds = {
    ...(outlierTime === undefined ? {} : {outlierTime: outlierTime * 1000}),
    ...(outlierBytes === undefined ? {} : {outlierBytes}),
    ...(swapLimit === undefined ? {} : {swapLimit}),
  };
  try {
    const wanted = only === undefined ? trace.devices.map((_, index) => index) : [chooseDevice(trace, only)];
    return wanted.map(index => {
      const {name, alignment} = trace.devices[index]!;
      const {memory, maxLoad, iterations} = timelineOf(trace, index);
      const state = endState(trace, index);
      const course = hasStateOnly(trace, index)
        ? undefined
        : {
            load: maxLoad,
            iterations,
            behaviour: reportBehaviour(trace, index, thresholds, iterations),
            leaks: leaksOf(trace, index),
            waits: waitsOf(trace, index),
          };
      return {
        device: name,
        events: memory.count,
        blocks: trace.blocks.device.reduce((sum, device) => sum + (device === index ? 1 : 0), 0),
        alignment,
        ...(course ? {course} : {}),
        ...(trace.cuda ? {cuda: trace.cuda.devices[index]!} : {}),
        ...(state ? {state} : {}),
      };
    });
  } catch (error) {
    throw inputError(file, error);
  }
}

function describeCuda({reserved, persistent, waitingFrees}: CudaDevice): string {
  const apart = `${plural(persistent.count, 'persistent block')}: ${formatBytes(persistent.bytes)}`;
  const waiting = describeWaitingFrees(waitingFrees);
  return `reserved ${formatBytes(reserved.end)} at the end, ${formatBytes(reserved.most)} at most; ${apart}${waiting === '' ? '' : `; ${waiting}`}`;
}

function describeIterations({
  source,
  annotation,
  period,
  iterations,
  warmUpEvents,
  tailEvents,
}: Iterations): string {
  if (source === 'none')
    return 'iterations: none found: the recording has no marks, no repeated annotation and no exact period';
  const origin = {
    'profiler-step': 'from ProfilerStep annotations',
    mark: 'marked in the log',
    annotation: `from the annotation "${annotation}"`,
    optimizer: `between the ends of "${annotation}"`,
    period: `found by their period of ${plural(period ?? 0, 'event')}`,
  }[source];
  return `iterations: ${iterations.length}, ${origin}; ${plural(warmUpEvents, 'event')} before, ${formatCount(tailEvents)} after`;
}

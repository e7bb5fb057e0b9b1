/** One device's recording as a result of a batch keeps it: figures and structure, without its events. */
import {
  type AllocatorChoice,
  betterTrials,
  describeAllocator,
  deviceLimit,
  makeAllocator,
  namedSettings,
  recordedSettings,
  replay,
  requestsOf,
  trySettings,
} from '../allocators/index.ts';
import {evidenceOfStep, recordingPeak} from '../evidence/index.ts';
import {type CudaReport, cudaReportJson} from '../report/cuda-report.ts';
import type {StepProblem} from '../trace/step/step.ts';
import {timelineOf} from '../trace/timeline/device-timeline.ts';
import type {Trace} from '../trace/trace.ts';
import type {HelpfulSetting, RankIterations, RankRecording} from './result.ts';
import {windowContent} from './structure.ts';

/** Of so many iterations the growth is kept. */
const MOST_ITERATIONS = 64;
const MOST_SETTINGS = 3;

/**
 * What shows without a plan and without a model of the allocator: recoverable bytes, verdict and settings are not known yet.
 * @param step the window that shows what the program does: an iteration, or the whole recording where it has none.
 */
export async function readRecording(trace: Trace, step: StepProblem): Promise<RankRecording> {
  const {name} = step.device;
  const device = deviceOf(trace, name);
  const iteration = step.iteration === 'window' ? undefined : step.iteration;
  const {structure, operations} = await windowContent(trace, device, iteration);
  return {
    device: name,
    microseconds: microsecondsOf(trace, device),
    peak: recordingPeak(trace, device),
    reserved: trace.cuda?.devices[device]?.reserved.most || null,
    recoverable: null,
    outOfMemory: null,
    iterations: iterationsOf(trace, device),
    structure: {scope: evidenceOfStep(trace, step).scope, ...structure},
    operations,
    settings: [],
  };
}

/**
 * The same with what a plan and a model of the allocator show.
 * @param cuda the result of `cudaReport`, where the recording is a CUDA snapshot.
 */
export function withPlan(
  recording: RankRecording,
  trace: Trace,
  cuda: CudaReport | undefined,
): RankRecording {
  const {recoverable = null, outOfMemory = null} = cuda ? cudaReportJson(cuda) : {};
  const settings = helpfulSettings(trace, deviceOf(trace, recording.device));
  return {...recording, recoverable, outOfMemory, settings};
}

function deviceOf(trace: Trace, name: string): number {
  return trace.devices.findIndex(one => one.name === name);
}

function microsecondsOf(trace: Trace, device: number): number | null {
  const {memory} = timelineOf(trace, device);
  if (memory.count === 0) return null;
  const timeOf = (position: number): number => trace.events.time[memory.event[position]!]!;
  // 0 throughout where the recording has no times
  return Math.round(timeOf(memory.count - 1) - timeOf(0)) || null;
}

function iterationsOf(trace: Trace, device: number): RankIterations {
  const {iterations, live} = timelineOf(trace, device);
  const whole = iterations.iterations.filter(one => one.whole);
  const liveAfter = whole.slice(-MOST_ITERATIONS).map(({endEvent}) => live[endEvent]!);
  return {source: iterations.source, whole: whole.length, liveAfter};
}

/** As `stowage replay` ranks them; of a CUDA snapshot, since other recordings have no such allocator. */
function helpfulSettings(trace: Trace, device: number): HelpfulSetting[] {
  if (!trace.cuda) return [];
  const choice: AllocatorChoice = {
    name: 'pytorch-cuda',
    settings: namedSettings(recordedSettings(trace.cuda.settings)),
  };
  const capacity = deviceLimit(trace, device)?.bytes;
  const requests = requestsOf(trace, device);
  const base = replay(requests, makeAllocator(choice, capacity));
  const recorded = trace.cuda.devices[device]?.reserved.most || undefined;
  return betterTrials(trySettings(requests, choice, capacity), base, recorded)
    .slice(0, MOST_SETTINGS)
    .map(({choice: tried, most, failed, failures}) => ({
      allocator: describeAllocator(tried),
      reserved: most.reserved,
      failed,
      served: failures.served,
    }));
}

/** The usual first questions about a file, each answered in a sentence. */

import {describeFailures, describeLimit} from '../allocators/index.ts';
import type {BehaviourReport} from '../behaviour/report.ts';
import {
  ASSUMPTIONS,
  describePlace,
  describeRecordingFit,
  describeRecordingPeak,
  describeRecoverable,
  describeScope,
  describeWaitingFrees,
  evidenceOf,
  noPlan,
  peakClaim,
  recordingPeakOf,
  waitingFrees,
} from '../evidence/index.ts';
import {withoutReuse} from '../model/problem.ts';
import {formatBytes, formatCount, formatShortBytes, plural} from '../model/quantities.ts';
import type {Answer} from './answer.ts';
import type {CudaReport} from './cuda-report.ts';
import type {ReportInput} from './input.ts';
import type {Needs} from './needs.ts';
import type {PeakBuffers} from './peak.ts';
import {sharingSentences} from './sharing.ts';
import {type Staying, stayingAnswers} from './staying.ts';

/** What is known of a trace. */
export interface TraceFacts {
  readonly behaviour: BehaviourReport | undefined;
  readonly needs: Needs | undefined;
  readonly staying: Staying | undefined;
}

export function answersOf(
  input: ReportInput,
  peak: PeakBuffers,
  {behaviour, needs, staying}: TraceFacts,
): Answer[] {
  return [
    ...wholeRecording(input),
    howLarge(input),
    howSmall(input),
    ...fits(input),
    ...(input.cuda ? recoverable(input.cuda) : againstModel(needs, input)),
    ...outOfMemory(input.cuda),
    whichBuffers(peak),
    ...(behaviour ? stable(behaviour) : []),
    ...(staying ? stayingAnswers(staying) : []),
  ];
}

/** The run comes first: a part of it needs less, and says nothing about the rest. */
function wholeRecording({trace, step}: ReportInput): Answer[] {
  if (!trace || !step) return [];
  const peak = recordingPeakOf(trace, step);
  const place = describePlace(peak.place);
  const device = trace.devices.findIndex(({name}) => name === step.device.name);
  const waiting = describeWaitingFrees(waitingFrees(trace, device));
  return [
    {
      question: 'How much did the whole recording need?',
      answer: `${formatShortBytes(peak.bytes)}${place === '' ? '' : `, ${place}`}`,
      detail: `On ${step.device.name}: ${describeRecordingPeak(peak)}.${peak.older > 0 ? ` ${formatBytes(peak.older)} of it were there before the recording.` : ''}${waiting === '' ? '' : ` ${waiting}.`}`,
    },
  ];
}

function howLarge(input: ReportInput): Answer {
  const {plan, problem, step} = input;
  const question = step
    ? `How large is the plan of ${describeScope(evidenceOf(input).scope)}?`
    : 'How large is it?';
  if (plan.clash) {
    const {a, b} = plan.clash;
    return {
      question,
      answer: 'There is no plan',
      detail: `The fixed offsets of buffers ${a} and ${b} collide.`,
    };
  }
  const naive = withoutReuse(problem);
  const times = plan.peak > 0 ? `, ${(naive / plan.peak).toFixed(2)} times as much` : '';
  const buffers = plural(problem.count, 'buffer');
  const part = step
    ? `${describeScope(evidenceOf(input).scope)} on ${step.device.name}, ${buffers},`
    : buffers;
  const persistent = step?.persistent.bytes ?? 0;
  const apart = persistent > 0 ? ` ${formatBytes(persistent)} live through all of it and come on top.` : '';
  return {
    question,
    answer: formatShortBytes(plan.peak),
    detail: `Planned, ${part} take one arena of ${formatBytes(plan.peak)}. Without any reuse they would take ${formatBytes(naive)}${times}.${apart}`,
  };
}

function howSmall(input: ReportInput): Answer {
  const {plan, problem, read} = input;
  const evidence = evidenceOf(input);
  const claim = peakClaim(plan, evidence);
  const gap = 100 * (1 - plan.lowerBound / plan.peak);
  const words = noPlan(evidence);
  const stated = read?.sharing ? sharingSentences(problem, read.sharing).map(text => ` ${text}.`) : [];
  const assumed = [...evidence.assumptions.map(name => ` Assumed: ${ASSUMPTIONS[name]}.`), ...stated].join(
    '',
  );
  return {
    question: 'How small could it be, and is that proven?',
    answer: claim.isProven
      ? 'Not smaller: proven'
      : Number.isNaN(plan.peak)
        ? `At least ${formatShortBytes(plan.lowerBound)}`
        : evidence.assumptions.includes('overlaps-unexplained')
          ? 'Not known: the file has unexplained overlaps'
          : `At most ${gap < 0.001 ? 'less than 0.001' : gap.toFixed(3)} % smaller`,
    detail: claim.isProven
      ? `The lower bound is ${formatBytes(plan.lowerBound)} as well: ${words} has a smaller peak. The plan was verified.${assumed}`
      : `N${words.slice(1)} can undercut ${formatBytes(plan.lowerBound)}. Whether one comes nearer than this one is not proven.${assumed}`,
  };
}

function fits(input: ReportInput): Answer[] {
  const {plan, capacity, trace, step} = input;
  if (capacity === undefined || Number.isNaN(plan.peak)) return [];
  const answers = [fitsPlanned(input, capacity)];
  if (!trace || !step || step.iteration === 'window') return answers;
  const peak = recordingPeakOf(trace, step);
  const whole = {
    question: `Does the whole recording fit ${formatShortBytes(capacity)}?`,
    answer: peak.bytes > capacity ? 'No, and no plan can' : 'Not known',
    detail: `With this capacity in mind: ${describeRecordingFit(peak, capacity)}.`,
  };
  return [whole, ...answers];
}

function fitsPlanned(input: ReportInput, capacity: number): Answer {
  const {plan, step} = input;
  const persistent = step?.persistent.bytes ?? 0;
  const scope = step ? describeScope(evidenceOf(input).scope) : 'it';
  const question = `Does ${scope} fit ${formatShortBytes(capacity)}?`;
  const needed = plan.peak + persistent;
  const blocks = persistent > 0 ? `, ${formatBytes(persistent)} of persistent blocks among them` : '';
  if (needed <= capacity)
    return {
      question,
      answer: 'Yes',
      detail: `It takes ${formatBytes(needed)}${blocks}; ${formatBytes(capacity - needed)} are left of ${formatBytes(capacity)}.`,
    };
  const missing = `The plan takes ${formatBytes(needed)}${blocks}: ${formatBytes(needed - capacity)} too much.`;
  return plan.lowerBound + persistent > capacity
    ? {
        question,
        answer: 'No, and no plan can',
        detail: `${missing} N${noPlan(evidenceOf(input)).slice(1)} fits: proven.`,
      }
    : {question, answer: 'Not this plan', detail: `${missing} Another plan may fit: that is not proven.`};
}

function recoverable({recoverable: one}: CudaReport): Answer[] {
  const {reserved, isReservedAtEnd, needed, parts, evidence} = one;
  const scope = describeScope(evidence.scope);
  const apart = parts > 1 ? `, with ${parts} streams and pools apart` : '';
  const known = isReservedAtEnd ? ', known only at the end of the recording' : '';
  const answer =
    one.recoverable === null
      ? 'Not known'
      : one.recoverable > 0
        ? formatShortBytes(one.recoverable)
        : 'Nothing';
  return [
    {
      question: `How much is recoverable in ${scope}?`,
      answer,
      detail: `Reserved ${formatBytes(reserved)}${known}; a plan of ${scope} needs ${formatBytes(needed)}${apart}. Recoverable: ${describeRecoverable(one)}.`,
    },
  ];
}

/** Without a snapshot the reserved bytes are unknown: a model computes them, for the whole recording. */
function againstModel(needs: Needs | undefined, {trace, step}: ReportInput): Answer[] {
  const [model] = needs?.models ?? [];
  if (!model || !trace || !step) return [];
  const {bytes} = recordingPeakOf(trace, step);
  const failures = describeFailures(model.failures);
  const question = 'How much would an allocator reserve for the whole recording?';
  if (failures.includes('fails')) {
    const there = needs?.limit ? `, given ${describeLimit(needs.limit)}` : '';
    return [
      {
        question,
        answer: 'More than it was given',
        detail: `A model of ${model.name}${there}, ${failures}; at most ${formatBytes(bytes)} are live at once.`,
      },
    ];
  }
  const more = model.most.reserved - bytes;
  return [
    {
      question,
      answer:
        more > 0 ? `${formatShortBytes(more)} more than is live at once` : 'Not more than is live at once',
      detail: `${model.name} would reserve ${formatBytes(model.most.reserved)}, according to a model of it; at most ${formatBytes(bytes)} are live at once. No plan of the whole recording was made.`,
    },
  ];
}

function outOfMemory(cuda: CudaReport | undefined): Answer[] {
  const verdict = cuda?.outOfMemory;
  if (!verdict) return [];
  const {request, live, persistent, kept, plannedPeak, capacity, capacitySource, needed} = verdict;
  const pools = kept > 0 ? ` + pools of CUDA graphs from before ${formatBytes(kept)}` : '';
  const origin = {
    given: '',
    failure: ' (reserved and free when it failed)',
    reserved: ' (the most that was reserved: the program has a limit of its own)',
  }[capacitySource];
  const there = `${formatBytes(capacity)}${origin}`;
  const planned = `persistent ${formatBytes(persistent)}${pools} + planned peak ${formatBytes(plannedPeak)} + request ${formatBytes(request)} = ${formatBytes(needed)}`;
  const alive = `live ${formatBytes(live)} + request ${formatBytes(request)} = ${formatBytes(live + request)}`;
  const [answer, detail] = {
    capacity: [
      'Capacity',
      `${alive}, more than ${there}. No allocator can serve it: ${formatBytes(live + request - capacity)} less must be live at that moment.`,
    ],
    fragmentation: [
      'Fragmentation: a plan of the whole recording would have fitted',
      `${planned}, within ${there}. First try the settings that stowage replay ranks highest.`,
    ],
    unknown: [
      'Not known',
      `${planned}, more than ${there}, though ${alive} is not. A smaller plan may fit, or none.`,
    ],
  }[verdict.verdict] as [string, string];
  return [{question: 'Why did it run out of memory?', answer, detail}];
}

function whichBuffers({bytes, count, largest, start, end}: PeakBuffers): Answer {
  const question = 'Which buffers make the peak?';
  const [first] = largest;
  if (!first) return {question, answer: 'None', detail: 'Nothing is ever live.'};
  const shown = largest.slice(0, 3).reduce((sum, one) => sum + one.bytes, 0);
  const share = ((100 * shown) / bytes).toFixed(1);
  return {
    question,
    answer: `${plural(count, 'buffer')}, ${formatShortBytes(bytes)}`,
    detail: `They are live together from tick ${formatCount(start)} to ${formatCount(end)}. The largest ${Math.min(3, largest.length) === 1 ? 'one is' : `${Math.min(3, largest.length)} are`} ${share} % of it${first.operation ? `; the first is allocated by ${first.operation}` : `; the first is ${first.id}`}.`,
  };
}

function stable({stability, blocksPerIteration}: BehaviourReport): Answer[] {
  const {compared, majority, events, growth, deviations} = stability;
  if (compared === 0) return [];
  const [first] = deviations;
  const grows =
    growth === 0
      ? ''
      : ` Over all of them ${formatBytes(Math.abs(growth))} ${growth > 0 ? 'stay behind' : 'are given back'}.`;
  const odd = first
    ? ` Iteration ${first.number} is the first that differs, from its event ${formatCount(first.position)} on.`
    : '';
  return [
    {
      question: 'Do the iterations repeat?',
      answer: majority === compared ? 'Yes, exactly' : `${majority} of ${compared} do`,
      detail: `${majority} of ${plural(compared, 'whole iteration')} do the same ${plural(events, 'event')}, with ${formatCount(blocksPerIteration[0] ?? 0)} blocks in the first.${odd}${grows}`,
    },
  ];
}

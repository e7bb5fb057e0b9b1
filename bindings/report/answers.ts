/** The usual first questions about a file, each answered in a sentence. */

import {describeFailures, describeLimit} from '../allocators/index.ts';
import type {BehaviourReport} from '../behaviour/report.ts';
import {withoutReuse} from '../model/problem.ts';
import {formatBytes, formatCount, formatShortBytes, plural} from '../model/quantities.ts';
import type {CudaReport} from './cuda-report.ts';
import type {ReportInput} from './input.ts';
import type {Needs} from './needs.ts';
import type {PeakBuffers} from './peak.ts';

export interface Answer {
  readonly question: string;
  /** A few words; `detail` has the sentences. */
  readonly answer: string;
  readonly detail: string;
}

export function answersOf(
  input: ReportInput,
  peak: PeakBuffers,
  behaviour: BehaviourReport | undefined,
  needs: Needs | undefined,
): Answer[] {
  return [
    howLarge(input),
    howSmall(input),
    ...fits(input),
    ...(input.cuda ? recoverable(input.cuda) : againstModel(input, needs)),
    ...outOfMemory(input.cuda),
    whichBuffers(peak),
    ...(behaviour ? stable(behaviour) : []),
  ];
}

function howLarge({plan, problem, step}: ReportInput): Answer {
  const question = 'How large is it?';
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
  const what =
    step === undefined
      ? plural(problem.count, 'buffer')
      : `${step.iteration === 'window' ? 'the whole recording' : `iteration ${step.iteration}`} on ${step.device.name}, ${plural(problem.count, 'buffer')}`;
  const persistent = step?.persistent.bytes ?? 0;
  const apart = persistent > 0 ? ` ${formatBytes(persistent)} live through all of it and come on top.` : '';
  return {
    question,
    answer: formatShortBytes(plan.peak),
    detail: `Planned, ${what} take one arena of ${formatBytes(plan.peak)}. Without any reuse they would take ${formatBytes(naive)}${times}.${apart}`,
  };
}

function howSmall({plan}: ReportInput): Answer {
  const isProven = plan.peak === plan.lowerBound;
  const gap = 100 * (1 - plan.lowerBound / plan.peak);
  return {
    question: 'How small could it be, and is that proven?',
    answer: isProven
      ? 'Not smaller: proven'
      : Number.isNaN(plan.peak)
        ? `At least ${formatShortBytes(plan.lowerBound)}`
        : `At most ${gap < 0.001 ? 'less than 0.001' : gap.toFixed(3)} % smaller`,
    detail: isProven
      ? `The lower bound is ${formatBytes(plan.lowerBound)} as well: no plan of these buffers has a smaller peak. The plan was verified.`
      : `No plan can undercut ${formatBytes(plan.lowerBound)}. Whether one comes nearer than this one is not proven.`,
  };
}

function fits({plan, capacity}: ReportInput): Answer[] {
  if (capacity === undefined || Number.isNaN(plan.peak)) return [];
  const question = `Does it fit ${formatShortBytes(capacity)}?`;
  if (plan.peak <= capacity)
    return [
      {
        question,
        answer: 'Yes',
        detail: `${formatBytes(capacity - plan.peak)} are left of ${formatBytes(capacity)}.`,
      },
    ];
  const missing = `The plan needs ${formatBytes(plan.peak - capacity)} more.`;
  return plan.status === 'infeasible'
    ? [{question, answer: 'No, and no plan can', detail: `${missing} That none fits is proven.`}]
    : [{question, answer: 'Not this plan', detail: `${missing} Another plan may fit: that is not proven.`}];
}

function recoverable({recoverable: one}: CudaReport): Answer[] {
  const {reserved, isReservedAtEnd, persistent, plannedPeak, lowerBound, isProven, parts} = one;
  const most = reserved - persistent - lowerBound;
  const proof = isProven
    ? 'Proven: no plan of these buffers recovers more.'
    : `Not proven: it can be ${formatBytes(most)} at most.`;
  const apart = parts > 1 ? `, of ${parts} streams and pools planned each on its own` : '';
  return [
    {
      question: 'How much is recoverable?',
      answer: one.recoverable > 0 ? formatShortBytes(one.recoverable) : 'Nothing',
      detail: `Reserved ${formatBytes(reserved)}${isReservedAtEnd ? ', known only at the end of the recording,' : ''} less persistent ${formatBytes(persistent)} and planned peak ${formatBytes(plannedPeak)}${apart}. ${proof}`,
    },
  ];
}

/** Without a snapshot the reserved bytes are unknown: a model computes them. */
function againstModel({plan, step}: ReportInput, needs: Needs | undefined): Answer[] {
  const [model] = needs?.models ?? [];
  if (!model || Number.isNaN(plan.peak)) return [];
  const planned = plan.peak + (step?.persistent.bytes ?? 0);
  const failures = describeFailures(model.failures);
  if (failures.includes('fails')) {
    const there = needs?.limit ? `, given ${describeLimit(needs.limit)}` : '';
    return [
      {
        question: 'How much does an allocator need for it?',
        answer: 'More than it was given',
        detail: `A model of ${model.name}${there}, ${failures}; the plan and the persistent blocks take ${formatBytes(planned)}.`,
      },
    ];
  }
  const saved = model.most.reserved - planned;
  return [
    {
      question: 'How much does an allocator need for it?',
      answer: saved > 0 ? `${formatShortBytes(saved)} more` : 'Not more than the plan',
      detail: `For this recording ${model.name} would reserve ${formatBytes(model.most.reserved)}, according to a model of it; the plan and the persistent blocks take ${formatBytes(planned)}.`,
    },
  ];
}

function outOfMemory(cuda: CudaReport | undefined): Answer[] {
  const verdict = cuda?.outOfMemory;
  if (!verdict) return [];
  const {request, live, persistent, plannedPeak, capacity, isCapacityGiven, needed} = verdict;
  const there = `${formatBytes(capacity)}${isCapacityGiven ? '' : ' (reserved and free when it failed)'}`;
  const planned = `persistent ${formatBytes(persistent)} + planned peak ${formatBytes(plannedPeak)} + request ${formatBytes(request)} = ${formatBytes(needed)}`;
  const alive = `live ${formatBytes(live)} + request ${formatBytes(request)} = ${formatBytes(live + request)}`;
  const [answer, detail] = {
    capacity: [
      'Capacity',
      `${alive}, more than ${there}. No allocator can serve it: ${formatBytes(live + request - capacity)} less must be live at that moment.`,
    ],
    fragmentation: [
      'Fragmentation: it would have fitted',
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

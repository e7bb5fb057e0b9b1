/** Questions about a plan that take a while: a better order of operators, what to compute again, how few bytes must move. */
import type {FitSchedule, OperatorOrder, OperatorProblem} from '../../../bindings/index.ts';
import {formatBytes, formatCount, plural} from '../../../bindings/model/quantities.ts';
import type {OpenFile} from '../../document/open-file.ts';
import type {PlanningLink} from '../planning-link.ts';

/** Lines of a schedule that are shown. */
const MOST_STEPS = 20;

export class QuestionsHandler {
  readonly #file: OpenFile;
  readonly #planning: PlanningLink;

  constructor(file: OpenFile, planning: PlanningLink) {
    this.#file = file;
    this.#planning = planning;
  }

  /** Lines about the order of operators whose plan is smallest. @throws ImportError where the model's operators keep their order */
  async order(): Promise<string[]> {
    const problem = this.#operators();
    const found = await this.#planning.worker.ask(worker => worker.order(problem));
    return linesOfOrder(problem, found, this.#file.read.name);
  }

  /** Lines about the operators that run again so that the model fits `capacity` bytes. */
  async fit(capacity: number): Promise<string[]> {
    const problem = this.#operators();
    const found = await this.#planning.worker.ask(worker => worker.fit(problem, capacity));
    return linesOfFit(problem, found);
  }

  /** Lines about the fewest bytes that move from the plan without changes, with a peak as low as planning finds. */
  async moves(): Promise<string[]> {
    const {planned} = this.#file;
    const {problem, itemOf} = planned.ready();
    if (!planned.base) throw new Error('the problem without changes is not planned yet');
    const {task, plan} = planned.base;
    const before = new Map(Array.from(plan.offsets, (offset, buffer) => [task.itemOf(buffer), offset]));
    const previous = Float64Array.from({length: problem.count}, (_, i) => before.get(itemOf(i)) ?? -1);
    const {moved, movedAtLeast, allowedPeak} = await this.#planning.worker.ask(worker =>
      worker.replan(problem, previous),
    );
    const proof =
      moved.bytes === movedAtLeast
        ? 'no plan moves fewer'
        : `no plan moves fewer than ${formatBytes(movedAtLeast)}`;
    return [
      `Within ${formatBytes(allowedPeak)}, ${plural(moved.buffers, 'buffer')} of ${formatBytes(moved.bytes)} must leave their places in the plan without changes: ${proof}.`,
    ];
  }

  #operators(): OperatorProblem {
    const {imported} = this.#file;
    const problem = imported.kind === 'problem' ? imported.operators?.() : undefined;
    if (!problem) throw new Error('only models and problems of operators have operators');
    return problem;
  }
}

function linesOfOrder({operators}: OperatorProblem, found: OperatorOrder, file: string): string[] {
  const {isListed, moved, plan, filePeak, soonPeak, status, lowerBound, neck} = found;
  const atLeast = `none can do with less than ${formatBytes(lowerBound)}`;
  if (isListed) {
    const why =
      neck === undefined
        ? ''
        : `: in any order ${formatBytes(lowerBound)} are live while ${operators[neck]!.id ?? neck} runs`;
    return [
      status === 'optimal'
        ? `The file's order is optimal${why}.`
        : `No order with a smaller plan was found; ${atLeast}.`,
    ];
  }
  const proof = status === 'optimal' ? 'no order can do with less' : atLeast;
  const soon =
    soonPeak === filePeak ? '' : ` The file's order with each update at once takes ${formatBytes(soonPeak)}.`;
  return [
    `With ${formatCount(moved)} of ${plural(operators.length, 'operator')} moved the peak is ${formatBytes(plan.peak)}, ${(filePeak / plan.peak).toFixed(2)} times less than in the file's order; ${proof}.${soon}`,
    `Write the model in that order: npx stowage order ${file} -o reordered-${file}`,
  ];
}

function linesOfFit({operators, tensors}: OperatorProblem, found: FitSchedule): string[] {
  const {status, capacity, cost, costBound, steps, again, obstacle} = found;
  if (obstacle) {
    const where =
      obstacle.operator === undefined
        ? `at the ${obstacle.at}`
        : `while ${operators[obstacle.operator]!.id ?? obstacle.operator} runs`;
    return [`Nothing fits ${formatBytes(capacity)}: ${formatBytes(obstacle.needed)} must be there ${where}.`];
  }
  if (status === 'infeasible')
    return [
      `With the operators first run in the file's order nothing fits ${formatBytes(capacity)}: proven.`,
    ];
  if (status === 'unknown')
    return [`Nothing that fits ${formatBytes(capacity)} was found, which proves nothing.`];
  if (again.runs === 0) return [`It fits ${formatBytes(capacity)} without running anything again.`];
  const proof =
    status === 'optimal'
      ? 'in this order no less will do'
      : `at least ${formatCount(costBound)} in this order`;
  const repeated = steps.flatMap(({kind, operator}, step) =>
    kind === 'again' ? [`Step ${step}: ${operators[operator!]!.id ?? operator} again`] : [],
  );
  const more = repeated.length - MOST_STEPS;
  return [
    `It fits ${formatBytes(capacity)} where ${plural(again.runs, 'operator')} run again, for a cost of ${formatCount(cost)}; ${proof}. ${formatCount(tensors.length)} tensors, planned and verified.`,
    ...repeated.slice(0, MOST_STEPS),
    ...(more > 0 ? [`and ${formatCount(more)} more`] : []),
  ];
}

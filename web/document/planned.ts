/** The planned problem of a file, its bounds, its plan, and the placements to compare it with. */
import type {Bounds, Plan} from '../../bindings/index.ts';
import type {PackingInput} from '../../bindings/pictures/index.ts';
import type {CudaReport} from '../../bindings/report.ts';
import type {Imported} from '../../bindings/trace.ts';
import {type Before, recordedOffsets} from './before.ts';
import {type OwnRequests, ownRequests} from './own-requests.ts';
import {type PlanTask, packingOf} from './plan-task.ts';

/** A placement to show beside the plan: a recorded or modelled one, or the plan without changes. */
export type BesideKind = Before['kind'] | 'base';

export class Planned {
  readonly #imported: Imported;
  readonly #device: number;
  #requests: OwnRequests | undefined;
  #offsets: {readonly plan: Plan | undefined; readonly byItem: Float64Array} | undefined;
  task: PlanTask | undefined;
  bounds: Bounds | undefined;
  plan: Plan | undefined;
  /** The problem without changes, and its plan. */
  base: {readonly task: PlanTask; readonly plan: Plan} | undefined;
  model: Before | undefined;
  cuda: CudaReport | undefined;

  constructor(imported: Imported, device: number) {
    this.#imported = imported;
    this.#device = device;
  }

  /** Another problem: its plan is not known yet. */
  begin(task: PlanTask, bounds: Bounds): void {
    this.task = task;
    this.bounds = bounds;
    this.plan = undefined;
    this.cuda = undefined;
  }

  /** @throws before a problem is prepared. */
  ready(): PlanTask {
    if (!this.task) throw new Error('no problem is prepared yet');
    return this.task;
  }

  /** @throws where the file is no recording. */
  requests(): OwnRequests {
    this.#requests ??= ownRequests(this.#imported, this.#device);
    if (!this.#requests) throw new Error('only a recording has requests to replay');
    return this.#requests;
  }

  /** Undefined where there is nothing to compare with. */
  before(kind: BesideKind): Before | undefined {
    const task = this.ready();
    if (kind === 'model') return this.model;
    if (kind !== 'base') return recordedOffsets(this.#imported, task);
    if (!this.base) return undefined;
    const {offsets, peak} = this.base.plan;
    return {kind: 'reference', name: 'the plan without changes', offsets, extent: peak};
  }

  /** The input of a picture of the plan; undefined while there is no plan with offsets. */
  packing(capacity?: number): PackingInput | undefined {
    const {task, plan, bounds} = this;
    return task && plan && plan.offsets.length > 0 ? packingOf(task, plan, bounds, capacity) : undefined;
  }

  /** Per item: its offset in the plan, bytes; NaN where the plan does not have it. */
  offsetsByItem(count: number): Float64Array {
    const {task, plan} = this;
    if (this.#offsets?.plan === plan && this.#offsets?.byItem.length === count) return this.#offsets.byItem;
    const byItem = new Float64Array(count).fill(Number.NaN);
    if (task && plan)
      for (const [buffer, offset] of plan.offsets.entries()) byItem[task.itemOf(buffer)] = offset;
    this.#offsets = {plan, byItem};
    return byItem;
  }
}

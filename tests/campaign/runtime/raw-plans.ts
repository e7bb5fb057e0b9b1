/** Plans: which may be sealed, serve, and are held. */
import {FOREIGN, NONE, type RawPlan} from './case.ts';
import {type Installed, rangeOf, type WorkerState} from './raw-state.ts';
import {Recordings} from './recordings.ts';

export class RawPlans extends Recordings {
  protected newPlan(index: number, handle: number, columns: RawPlan | undefined): void {
    if (!columns) return;
    const {keys, sizes, offsets, phases, signature, arena, arenaBytes} = columns;
    const isForeign = (this.task.mode & FOREIGN) !== 0;
    const place = isForeign ? arena : 0;
    const at = this.engine.of(index, 'newPlan', signature, keys.length / phases, phases, place, arenaBytes);
    if (at === 0) {
      this.counts.refused!++;
      this.workers[index]!.plans.delete(handle);
      this.checkShortage(index, 400 * (keys.length + phases) + (isForeign ? 0 : arenaBytes));
      return;
    }
    const plan: Installed = {at, columns, state: 'open'};
    this.workers[index]!.plans.set(handle, plan);
    this.workers[index]!.order.unshift(plan);
    this.engine.setWords(this.engine.call(index, 'columns', at), [...keys, ...sizes, ...offsets]);
  }

  protected seal(index: number, handle: number): void {
    const worker = this.workers[index]!;
    const plan = worker.plans.get(handle);
    if (!plan || (plan.state !== 'open' && this.isReused(worker, plan))) return;
    const isRight = plan.state === 'open' && this.isValid(plan.columns);
    this.expect('seal', this.engine.of(index, 'seal', plan.at), isRight ? 1 : 0);
    if (plan.state !== 'open') return;
    plan.state = isRight ? 'sealed' : 'gone';
    if (!isRight) return;
    for (const other of worker.order)
      if (other !== plan && other.state === 'sealed' && other.columns.signature === plan.columns.signature)
        other.state = 'retired';
  }

  protected isValid({keys, sizes, offsets, arenaBytes, arena}: RawPlan): boolean {
    const isForeign = (this.task.mode & FOREIGN) !== 0;
    const unit = isForeign ? 16 : 2 ** this.task.alignmentBits;
    if (isForeign && arena + arenaBytes > 2 ** 32) return false;
    return keys.every(
      (key, i) =>
        key !== NONE &&
        offsets[i]! + sizes[i]! <= arenaBytes &&
        (sizes[i] === 0 || (isForeign ? isPlace(arena + offsets[i]!, unit) : offsets[i]! % unit === 0)),
    );
  }

  protected retire(index: number, signature: number): void {
    this.engine.of(index, 'retire', signature);
    for (const plan of this.workers[index]!.order) {
      if (plan.columns.signature !== signature) continue;
      if (plan.state === 'open') plan.state = 'gone';
      else if (plan.state === 'sealed') plan.state = 'retired';
    }
  }

  /** Retired plans are given back where nothing is live. */
  protected noPlanHeld(index: number): void {
    const worker = this.workers[index]!;
    for (const plan of worker.order) {
      if (plan === worker.plan || plan.state === 'gone') continue;
      const isHeld = this.engine.of(index, 'isHeld', plan.at);
      if (plan.state !== 'retired') this.expect('isHeld', isHeld, 1);
      else if (this.isReused(worker, plan)) plan.state = 'gone';
      else if (isHeld) this.fail('isHeld', 'a retired plan without live blocks is held');
      else plan.state = 'gone';
    }
  }

  /** Whether a later plan has its address, which then was given back, also where the later one is retired and serves on. */
  protected isReused({order}: WorkerState, plan: Installed): boolean {
    return order.slice(0, order.indexOf(plan)).some(later => later.at === plan.at);
  }

  /** Whether blocks of another plan are live in its arena. */
  protected isDisturbed(index: number, plan: Installed): boolean {
    if (!(this.task.mode & FOREIGN)) return false;
    const [from, to] = rangeOf(plan);
    return this.of(index).some(({plan: other, address, owners}) => {
      if (!other || other === plan || address === 0 || owners === 0) return false;
      const [start, end] = rangeOf(other);
      return start < to && from < end;
    });
  }
}

/** 0 is no address. */
function isPlace(address: number, unit: number): boolean {
  return address > 0 && address % unit === 0;
}

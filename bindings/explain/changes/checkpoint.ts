/**
 * Activations of calls that are computed again for the backward. Of each call
 *
 *     forward                                  backward
 *     ├─ call ──┤ end of the call              ├ others ┤ again     free
 *     ├─────────╴gap ─────────────────────────────────── ├──────────┤   an inner activation
 *     ├─────────────────────────────────────────────────────────────┤   its output
 *        ├──┤                                            ├┤             a temporary at its fullest moment
 *
 * Computing again takes no tick: all inner activations come again at once, and for one tick the temporaries that are live
 * at the fullest moment of the call, where that needs more than the activations alone.
 */
import type {BufferFacts, PhaseSpan} from '../../model/buffer-facts.ts';
import type {ProblemColumns, Tick} from '../../model/problem.ts';
import {plural} from '../../model/quantities.ts';
import {allocatedAt, type Call, callsOf} from './calls.ts';
import type {Selection} from './contract.ts';
import {type LifetimeEdit, withLifetimes} from './gaps.ts';
import {selected} from './select.ts';

/** A changed problem, or the reason why a change cannot be made. */
export interface Made {
  readonly columns: ProblemColumns;
  readonly buffers: readonly number[];
  readonly refused?: string;
  /** What was taken for granted, in sentences. */
  readonly assumptions: readonly string[];
}

/**
 * @param columns with the changes before this one.
 * @param recorded without changes.
 */
export function checkpointed(
  columns: ProblemColumns,
  recorded: ProblemColumns,
  facts: BufferFacts,
  of: Selection,
): Made {
  const refuse = (refused: string): Made => ({columns, buffers: [], refused, assumptions: []});
  const {clocks, sizes} = columns.constraints ?? {};
  if (!facts.phases.some(({phase}) => phase === 'backward'))
    return refuse(
      'no backward is known here: only a recording of a training step, with names of its operations, shows where activations come again',
    );
  if (clocks)
    return refuse(
      'the recording orders its streams by waits, and a gap has no place in that order: plan with streams together',
    );
  if (sizes) return refuse('buffers whose sizes change cannot have more gaps');
  const own = new Set(selected(columns, facts, of));
  const calls = callsOf(recorded, facts, own, of);
  if (calls.length === 0 && own.size > 0)
    return refuse('none of the selected buffers is allocated in the forward');
  const found = calls.map(call => new CheckpointedCall(columns, recorded, facts, call));
  const edits = found.flatMap(call => call.edits());
  const inner = found.flatMap(call => call.ended);
  const again = edits.length - inner.length;
  if (inner.length === 0 && own.size > 0)
    return refuse(
      `${plural(calls.length, 'call')} of it in the forward: each keeps only its output for the backward, so nothing would end earlier`,
    );
  return {
    columns: withLifetimes(columns, edits),
    buffers: inner,
    assumptions: sentences(calls.length, again, facts.uses !== undefined),
  };
}

function sentences(calls: number, again: number, hasUses: boolean): string[] {
  return [
    hasUses
      ? `${plural(calls, 'call')}: inner activations end after their last recorded use in the forward and come again at the first recorded use in the backward; what the forward reads after the call stays, or else the largest activation of its last operation`
      : `${plural(calls, 'call')}: no uses are recorded, so inner activations end when something else allocates after their call, and come again when the backward of what ran after it has freed its last activation; the largest activation of the last operation of each call is taken as its output and stays`,
    `computing again takes no time here, and each buffer comes again at its own offset${again > 0 ? `; ${plural(again, 'temporary buffer')} of the forward come again with it` : ''}`,
  ];
}

/** One call: which of its buffers end, when, and when they come again. */
class CheckpointedCall {
  /** Buffers that get a gap. */
  readonly ended: readonly number[];
  readonly #columns: ProblemColumns;
  readonly #recorded: ProblemColumns;
  readonly #facts: BufferFacts;
  readonly #call: Call;
  readonly #again: Tick = 0;
  readonly #ends: ReadonlyMap<number, Tick> = new Map();

  constructor(columns: ProblemColumns, recorded: ProblemColumns, facts: BufferFacts, call: Call) {
    this.#columns = columns;
    this.#recorded = recorded;
    this.#facts = facts;
    this.#call = call;
    const {backward} = call;
    const inner = backward ? this.#inner(backward) : [];
    if (backward && inner.length > 0) {
      const firstFree = inner.reduce(
        (least, i) => Math.min(least, recorded.end[i]!),
        Number.POSITIVE_INFINITY,
      );
      this.#again = Math.min(
        firstFree - 1,
        this.#firstUse(inner, backward) ?? this.#othersOver(backward, firstFree),
      );
      this.#ends = new Map(inner.map(i => [i, this.#lastUse(i, backward)]));
    }
    this.ended = inner.filter(i => this.#ends.get(i)! < this.#again);
  }

  edits(): LifetimeEdit[] {
    const edits: LifetimeEdit[] = this.ended.map(buffer => ({
      buffer,
      from: this.#ends.get(buffer)!,
      to: this.#again,
    }));
    if (edits.length === 0) return edits;
    for (const buffer of this.#temporaries())
      edits.push({buffer, from: this.#recorded.end[buffer]!, to: this.#again, end: this.#again + 1});
    return edits;
  }

  /** The activations of the call without its output. */
  #inner(backward: PhaseSpan): number[] {
    const {buffers, end} = this.#call;
    const kept = buffers.filter(i => this.#facts.category(i) === 'activations');
    const {uses} = this.#facts;
    const inner = kept.filter(i => !uses?.(i).some(tick => tick >= end && tick < backward.start));
    if (inner.length < kept.length) return inner;
    const output = this.#output(kept);
    return kept.filter(i => i !== output);
  }

  /** Without uses: the largest activation of the last operation, whose allocations follow each other. */
  #output(kept: readonly number[]): number | undefined {
    let found = kept.at(-1);
    if (found === undefined) return undefined;
    const {buffers} = this.#call;
    const {size} = this.#recorded;
    const operation = this.#facts.operation(found);
    for (let k = buffers.indexOf(found); k >= 0 && this.#facts.operation(buffers[k]!) === operation; k--) {
      const one = buffers[k]!;
      if (this.#facts.category(one) === 'activations' && size[one]! > size[found]!) found = one;
    }
    return found;
  }

  #firstUse(inner: readonly number[], {start}: PhaseSpan): Tick | undefined {
    const {uses} = this.#facts;
    if (!uses) return undefined;
    const first = inner.flatMap(i => uses(i).find(tick => tick >= start) ?? []);
    return first.length === 0 ? undefined : Math.min(...first);
  }

  /** The last free before the call's own first one of an activation that was allocated after the call; the backward's begin where there is none. */
  #othersOver({start}: PhaseSpan, firstFree: Tick): Tick {
    const {count, end} = this.#recorded;
    let over = start;
    for (let i = 0; i < count; i++) {
      if (end[i]! <= over || end[i]! >= firstFree || this.#facts.category(i) !== 'activations') continue;
      const at = allocatedAt(this.#recorded, i);
      if (at >= this.#call.end && at < start) over = end[i]!;
    }
    return over;
  }

  #lastUse(buffer: number, {start}: PhaseSpan): Tick {
    const {uses} = this.#facts;
    if (!uses) return this.#call.end;
    const last = uses(buffer).findLast(tick => tick < start) ?? allocatedAt(this.#recorded, buffer);
    return last + 1;
  }

  /** Live at the fullest moment of the call, if that is more than what comes again: then they are needed again, too. */
  #temporaries(): number[] {
    const {size} = this.#columns;
    const {buffers, end} = this.#call;
    const again = this.ended.reduce((sum, i) => sum + size[i]!, 0);
    const ended = new Set(this.ended);
    const brief = buffers.filter(
      i => this.#facts.category(i) === 'temporaries' && this.#recorded.end[i]! <= end,
    );
    const all = [...buffers.filter(i => ended.has(i)), ...brief];
    const live = (i: number, tick: Tick) =>
      allocatedAt(this.#recorded, i) <= tick && tick < this.#recorded.end[i]!;
    let [most, fullest] = [again, -1];
    for (const one of all) {
      const tick = allocatedAt(this.#recorded, one);
      const bytes = all.reduce((sum, i) => sum + (live(i, tick) ? size[i]! : 0), 0);
      if (bytes > most) [most, fullest] = [bytes, tick];
    }
    return fullest < 0 ? [] : brief.filter(i => live(i, fullest));
  }
}

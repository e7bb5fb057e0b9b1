/**
 * Finds the operation that caused an allocation: the innermost one whose `[ts, ts + dur]` on the same thread includes
 * the time of the allocation; without one (optimizers written in Python), the innermost annotation that does.
 */
import {
  type Float64Column,
  float64Column,
  type Uint8Column,
  type Uint32Column,
  uint8Column,
  uint32Column,
} from '../../columns/columns.ts';
import type {Annotation} from '../../trace.ts';
import type {ScannedElement} from '../json/element.ts';
import {type KinetoEvent, requiredNumber, threadOf} from './fields.ts';

/** Spans of one thread, in the order of the file. */
interface Spans {
  readonly start: Float64Column;
  readonly end: Float64Column;
  readonly name: Uint32Column;
  readonly isAnnotation: Uint8Column;
}

export class KinetoOperations {
  readonly #threads = new Map<string, Spans>();
  readonly #names: string[] = [];
  readonly #nameIndex = new Map<string, number>();
  readonly #annotations: Annotation[] = [];

  /** @throws {ImportError} where the event has no time. */
  add(event: KinetoEvent, element: ScannedElement): void {
    const name = typeof event.name === 'string' ? event.name : '';
    const thread = threadOf(event);
    const start = requiredNumber(event, 'ts', element);
    const end = start + Math.max(0, event.dur === undefined ? 0 : requiredNumber(event, 'dur', element));
    // in 2021 the profiler's steps were operators like any other
    const isAnnotation = event.cat === 'user_annotation' || name.startsWith('ProfilerStep#');
    if (isAnnotation) this.#annotations.push({name, start, end, thread});
    const spans = this.#spans(thread);
    spans.start.push(start);
    spans.end.push(end);
    spans.name.push(this.#index(name));
    spans.isAnnotation.push(isAnnotation ? 1 : 0);
  }

  annotations(): readonly Annotation[] {
    return this.#annotations;
  }

  /** The operation behind each of a thread's moments, which ascend; `''` where none is known. */
  at(thread: string, moments: readonly number[]): string[] {
    const spans = this.#threads.get(thread);
    if (!spans) return moments.map(() => '');
    const {start, end} = {start: spans.start.array, end: spans.end.array};
    const order = new Uint32Array(spans.start.length).map((_, index) => index);
    order.sort((a, b) => start[a]! - start[b]! || end[b]! - end[a]! || a - b);
    const operations: number[] = [];
    const annotations: number[] = [];
    let next = 0;
    return moments.map(moment => {
      for (; next < order.length && start[order[next]!]! <= moment; next++) {
        const span = order[next]!;
        const open = spans.isAnnotation.array[span] === 1 ? annotations : operations;
        dropEnded(open, end, start[span]!);
        open.push(span);
      }
      const innermost = dropEnded(operations, end, moment) ?? dropEnded(annotations, end, moment);
      return innermost === undefined ? '' : this.#names[spans.name.array[innermost]!]!;
    });
  }

  #spans(thread: string): Spans {
    const known = this.#threads.get(thread);
    if (known) return known;
    const spans = {
      start: float64Column(),
      end: float64Column(),
      name: uint32Column(),
      isAnnotation: uint8Column(),
    };
    this.#threads.set(thread, spans);
    return spans;
  }

  #index(name: string): number {
    const known = this.#nameIndex.get(name);
    if (known !== undefined) return known;
    this.#nameIndex.set(name, this.#names.length);
    return this.#names.push(name) - 1;
  }
}

/** Takes off the spans that ended before the moment; gives the innermost that did not. */
function dropEnded(open: number[], end: Float64Array, moment: number): number | undefined {
  while (open.length > 0 && end[open.at(-1)!]! < moment) open.pop();
  return open.at(-1);
}

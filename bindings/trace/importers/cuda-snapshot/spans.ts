/** The annotations of a snapshot: beginnings paired with ends. */
import type {Annotation} from '../../trace.ts';
import type {PickleTexts} from '../pickle/texts.ts';
import {ABSENT, type SpanRows} from './columns.ts';

/** In order of their ends; an end belongs to the latest beginning of its name on its device. */
export function readSpans(
  spans: SpanRows,
  texts: PickleTexts,
  rows: {readonly first: number; readonly count: number},
): {readonly annotations: readonly Annotation[]; readonly unpaired: number} {
  const open = new Map<string, number[]>();
  const annotations: Annotation[] = [];
  let unpaired = 0;
  for (let row = rows.first; row < rows.first + rows.count; row++) {
    const [stage, name, time] = [spans.stage.array[row]!, spans.name.array[row]!, spans.time.array[row]!];
    const device = spans.device.array[row]!;
    const key = `${device} ${name}`;
    const starts = open.get(key) ?? [];
    open.set(key, starts);
    const what = stage === ABSENT || name === ABSENT || Number.isNaN(time) ? '' : texts.text(stage);
    const start = what === 'END' ? starts.pop() : undefined;
    if (what === 'START') starts.push(time);
    else if (start === undefined || start > time) unpaired++;
    else annotations.push({name: texts.text(name), start, end: time, thread: `cuda:${device}`});
  }
  for (const starts of open.values()) unpaired += starts.length;
  return {annotations, unpaired};
}

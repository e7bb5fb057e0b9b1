/** Changes and what they take for granted, in words. */
import type {BufferFacts} from '../../model/buffer-facts.ts';
import {formatCount, formatShortBytes} from '../../model/quantities.ts';
import {cut} from '../../model/shown.ts';
import type {Made} from './checkpoint.ts';
import type {ListedChange, Selection} from './contract.ts';

/** `batch × 1/2`, `checkpoint model.py attention`, `b12 half as large`. */
export function describeChange(change: ListedChange): string {
  const what = describeSelection(change.of);
  switch (change.kind) {
    case 'scale':
      return `${what} × ${change.factor}`;
    case 'dtype':
      return change.factor === undefined
        ? `elements of ${what} halved`
        : `elements of ${what} × ${change.factor}`;
    case 'checkpoint':
      return `checkpoint ${what}`;
    case 'offload':
      return `${what} off${change.stays ? `, ${formatShortBytes(change.stays)} stay` : ''}`;
    case 'half':
      return `${what} half as large`;
    case 'gone':
      return `${what} gone`;
    case 'ends-earlier':
      return `${what} freed at ${formatCount(change.at ?? 0)}`;
  }
}

export function describeSelection(of: Selection): string {
  if (of === 'batch') return of;
  const {category, words, operation, module, frame, type, buffer, atLeast, atMost} = of;
  const texts = [
    buffer,
    type,
    category?.join(' and '),
    operation,
    module,
    frame,
    words === undefined ? undefined : `“${words}”`,
    atLeast === undefined ? undefined : `from ${formatShortBytes(atLeast)}`,
    atMost === undefined ? undefined : `up to ${formatShortBytes(atMost)}`,
  ];
  return texts
    .filter(text => text !== undefined)
    .map(text => cut(text))
    .join(', ');
}

/** What the terms of the change mean for this problem. */
export function assumptionsOf({kind, of}: ListedChange, facts: BufferFacts, {buffers}: Made): string[] {
  const texts: string[] = [];
  if (of === 'batch' && kind === 'scale') {
    texts.push(
      'activations, inputs, and temporaries of forward and backward are taken as proportional to the batch; weights, gradients, optimizer state and what is unknown stay',
    );
    if (facts.dimensions.length > 0)
      texts.push(
        `the model has dimensions (${facts.dimensions.map(name => cut(name)).join(', ')}): --dim gives exact sizes, this is only a proportion`,
      );
  }
  if (kind === 'dtype' && !(of !== 'batch' && of.type !== undefined))
    texts.push('element types are not asked for: all that is selected is taken as of the halved type');
  if (of !== 'batch' && of.category && buffers.length > 0)
    texts.push(
      'categories come from names of calls and from lifetimes; what they do not show is unknown and stays',
    );
  return texts;
}

/** What the view of calls shows, and how it is written into the address. */
import {MEASURES, type Measure} from '../../bindings/calls/call-sums.ts';
import type {CallChoice, TreeChoice} from '../document/calls.ts';

export interface FlamesChoice extends TreeChoice {
  readonly measure: Measure;
  /** The call on top; 0 for all of them. */
  readonly root: number;
}

export const FIRST_FLAMES: FlamesChoice = {measure: 'live', by: 'stack', isReversed: false, root: 0};

/** A change; another tree has other calls, so then nothing is on top. */
export function withChange(flames: FlamesChoice, change: Partial<FlamesChoice>): FlamesChoice {
  const next = {...flames, ...change};
  const isSame = next.by === flames.by && next.isReversed === flames.isReversed;
  return isSame ? next : {...next, root: 0};
}

export interface FlamesState {
  readonly flames: FlamesChoice;
  readonly call: CallChoice | undefined;
}

/** `measure.grouping.direction.root.call`, numbers of calls from 0 on; undefined at first. */
export function writeFlames({flames, call}: FlamesState): string | undefined {
  const {measure, by, isReversed, root} = flames;
  const own = call?.by === by && call.isReversed === isReversed ? `.${call.node}` : '';
  const text = `${measure}.${by}.${isReversed ? 'reversed' : 'forward'}.${root}${own}`;
  return text === 'live.stack.forward.0' ? undefined : text;
}

/** @returns undefined for any other text. */
export function readFlames(text: string | null): FlamesState | undefined {
  const found = /^([a-z-]+)\.(stack|module)\.(forward|reversed)\.(\d{1,9})(?:\.(\d{1,9}))?$/.exec(text ?? '');
  const [, name, by, direction, root, node] = found ?? [];
  const measure = MEASURES.find(one => one === name);
  if (!measure) return undefined;
  const tree = {by: by as TreeChoice['by'], isReversed: direction === 'reversed'};
  return {
    flames: {measure, ...tree, root: Number(root)},
    call: node === undefined || Number(node) === 0 ? undefined : {...tree, node: Number(node)},
  };
}

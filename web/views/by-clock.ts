/** A picture over moments as the same picture over the recorded clock. */
import {formatCount} from '../../bindings/model/quantities.ts';
import type {BoxLayer, Layer, Picture} from '../../bindings/pictures/picture.ts';
import {formatDuration} from '../../bindings/pictures/ticks.ts';
import type {Clock} from '../document/clock.ts';

/** @param first the moment at which the picture's x axis is 0. */
export function byClock(picture: Picture, clock: Clock, first = 0): Picture {
  const timeOf = (x: number) => clock.timeOf(x + first);
  const [from, to] = picture.x.domain.map(timeOf) as [number, number];
  const layers = picture.layers.map(layer => withTimes(layer, timeOf));
  return {
    ...picture,
    x: {
      ...picture.x,
      label: 'time from the first event',
      unit: 'microseconds',
      // the axis of an instant has room for it, too
      domain: [from, Math.max(to, from + 1)],
    },
    layers,
    notes: [...picture.notes, ...instants(layers)],
  };
}

function withTimes(layer: Layer, timeOf: (x: number) => number): Layer {
  switch (layer.kind) {
    case 'boxes': {
      const [x0, x1] = [layer.x0.map(timeOf), layer.x1.map(timeOf)];
      const {detail} = layer;
      const span = (box: number) => `${formatDuration(x0[box]!)} to ${formatDuration(x1[box]!)}`;
      return {...layer, x0, x1, ...(detail ? {detail: box => `${detail(box)}: ${span(box)}`} : {})};
    }
    case 'stack':
    case 'line':
    case 'points':
      return {...layer, x: layer.x.map(timeOf)};
    case 'rules':
      return {
        ...layer,
        rules: layer.rules.map(rule => (rule.axis === 'x' ? {...rule, at: timeOf(rule.at)} : rule)),
      };
    case 'marks':
      return {...layer, marks: layer.marks.map(mark => ({...mark, x: timeOf(mark.x)}))};
    case 'texts':
      return {...layer, texts: layer.texts.map(text => ({...text, x: timeOf(text.x)}))};
  }
}

/** Boxes of no width are not seen. */
function instants(layers: readonly Layer[]): string[] {
  let count = 0;
  for (const layer of layers) if (layer.kind === 'boxes') count += instantsOf(layer);
  return count === 0
    ? []
    : [
        `${formatCount(count)} ${count === 1 ? 'box begins and ends' : 'boxes begin and end'} at the same recorded time: only the axis by event shows them.`,
      ];
}

function instantsOf({count, x0, x1}: BoxLayer): number {
  let found = 0;
  for (let i = 0; i < count; i++) if (x0[i] === x1[i]) found++;
  return found;
}

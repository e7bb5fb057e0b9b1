/** From values to pixels and to round numbers, by d3-scale. The build bundles this file with the package. */
import {scaleLinear, scaleLog, scaleSymlog} from 'd3-scale';

/** `symlog` is a log scale that has a 0. */
export type ScaleKind = 'linear' | 'log' | 'symlog';

export interface Scale {
  /** The position of a value, pixels. */
  position(value: number): number;
  /** The value at a pixel. */
  value(position: number): number;
  /** About so many round values within the domain, ascending. */
  ticks(count: number): number[];
}

type Range = readonly [from: number, to: number];

/**
 * @param from of a log scale, above 0.
 * @param range the pixels of the two ends; the first may be the larger one.
 */
export function scaleOf(kind: ScaleKind, [from, to]: Range, range: Range): Scale {
  // an axis of one value has room for it, too
  const domain = from < to ? [from, to] : kind === 'log' ? [from / 2, from * 2] : [from, from + 1];
  const scale = kind === 'log' ? scaleLog() : kind === 'symlog' ? scaleSymlog() : scaleLinear();
  scale.domain(domain).range([...range]);
  return {
    position: value => scale(value),
    value: position => scale.invert(position),
    ticks: count => scale.ticks(count),
  };
}

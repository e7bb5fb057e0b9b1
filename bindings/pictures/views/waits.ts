/** Bytes whose free waited for other streams, beside all live bytes, over the events of the device. */
import {describeWaits, describeWaitsAtPeak} from '../../behaviour/wait-text.ts';
import type {Waits} from '../../behaviour/waits.ts';
import {formatBytes} from '../../model/quantities.ts';
import type {Picture} from '../picture.ts';
import {eventAxis} from './footprint.ts';

export interface WaitsInput {
  readonly waits: Waits;
  /** Bytes live at each moment, and from before the recording. */
  readonly live: Float64Array;
  readonly persistent: number;
}

/** Without marks where no free waited. */
export function waitsPicture({waits, live, persistent}: WaitsInput): Picture {
  const {overTime, peak, peakMoment, most, mostMoment} = waits;
  const isEmpty = waits.waits.length === 0;
  const moments = isEmpty ? 0 : live.length;
  const x = Float64Array.from({length: moments === 0 ? 0 : moments + 1}, (_, i) => i);
  const all = live.subarray(0, moments).map(bytes => bytes + persistent);
  const atPeak = describeWaitsAtPeak(waits);
  return {
    name: 'waits',
    title: 'Bytes whose free waits for other streams',
    description: `${describeWaits(waits)}${atPeak === '' ? '' : `; ${atPeak}`}.`,
    x: eventAxis(live.length - 1),
    y: {label: 'memory', unit: 'bytes', scale: 'linear', domain: [0, Math.max(1, peak) * 1.08]},
    series: [
      {name: 'waits', colour: 1},
      {name: 'live in all', colour: 0},
    ],
    layers: isEmpty
      ? []
      : [
          {kind: 'stack', x, bands: [overTime], series: [0]},
          {kind: 'line', isStepped: true, x: x.subarray(0, moments), y: all, series: 1},
          {kind: 'rules', rules: [{axis: 'x', at: peakMoment, text: 'peak', isFaint: true}]},
          {kind: 'marks', marks: [{x: mostMoment, y: most, text: `${formatBytes(most)} wait`}]},
        ],
    notes: ['Until its free completes, a block counts as live.'],
    table: {
      columns: [
        {name: 'events before', unit: 'events'},
        {name: 'waits', unit: 'bytes'},
        {name: 'live in all', unit: 'bytes'},
      ],
      count: moments,
      row: i => [i, overTime[i]!, all[i]!],
    },
  };
}

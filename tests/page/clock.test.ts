/** Time on the page: moments and the recorded clock, pictures by clock, windows, and what the address keeps of them. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import type {Axis, Picture} from '../../bindings/pictures/picture.ts';
import {ticksOf} from '../../bindings/pictures/ticks.ts';
import {FREE, type Imported, MALLOC, TraceBuilder} from '../../bindings/trace.ts';
import {WindowHistory} from '../../web/canvas/history.ts';
import {between, clipped} from '../../web/canvas/window.ts';
import {Clock} from '../../web/document/clock.ts';
import {Items} from '../../web/document/items.ts';
import {recordedClock} from '../../web/document/recorded-clock.ts';
import {subjectOf} from '../../web/document/subject.ts';
import {readHash, writeHash} from '../../web/state/hash.ts';
import {byClock} from '../../web/views/by-clock.ts';

type Row = readonly [time: number, kind: number, address: number, bytes: number, device?: string];

function recordingOf(rows: readonly Row[]): Imported {
  const builder = new TraceBuilder('test');
  for (const [time, kind, address, bytes, device = 'cpu'] of rows)
    builder.add({kind, device: builder.device(device), address, bytes, time});
  return {kind: 'trace', format: 'test', trace: builder.build()} as unknown as Imported;
}

/** a from 100 to 160 µs, b from 100 to the end, c from 130 to 130. */
const ROWS: readonly Row[] = [
  [100, MALLOC, 1, 8],
  [100, MALLOC, 2, 16],
  [130, MALLOC, 3, 32],
  [130, FREE, 3, 32],
  [160, FREE, 1, 8],
];

function clockOf(imported: Imported, device = 0): Clock {
  const found = recordedClock(imported, device);
  if (typeof found === 'string') assert.fail(found);
  return new Clock(found.times);
}

test('a moment has the time of the event before it, from the first event on', () => {
  const found = recordedClock(recordingOf(ROWS), 0);
  if (typeof found === 'string') assert.fail(found);
  assert.deepEqual([...found.times], [0, 0, 0, 30, 30, 60, 60]);
  assert.deepEqual(found.notes, [
    '2 events had the time of the event before: they keep their order, at one place.',
  ]);
});

test('a time is the last moment that is not after it, with the way to the next; beyond the ends are the ends', () => {
  const clock = new Clock(Float64Array.of(0, 0, 0, 30, 30, 60, 60));
  const cases: [time: number, moment: number][] = [
    [-5, 0],
    [0, 0],
    [15, 2.5],
    [30, 4],
    [45, 4.5],
    [60, 6],
    [99, 6],
  ];
  for (const [time, moment] of cases) assert.equal(clock.momentOf(time), moment, `${time} µs`);
  assert.deepEqual(
    [-1, 0, 2, 2.5, 3, 4.5, 5.5, 6, 7].map(moment => clock.timeOf(moment)),
    [0, 0, 0, 15, 30, 45, 60, 60, 60],
  );
});

test('a time that became a moment becomes the same time again, and order is kept', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(50), {minLength: 2, maxLength: 30}),
      fc.array(fc.double({min: 0, max: 1, noNaN: true}), {minLength: 2, maxLength: 8}),
      (gaps, parts) => {
        let now = 0;
        const times = Float64Array.from([0, ...gaps], gap => (now += gap));
        fc.pre(now > 0);
        const clock = new Clock(times);
        const asked = parts.map(part => part * now).sort((a, b) => a - b);
        const moments = asked.map(time => clock.momentOf(time));
        for (const [k, time] of asked.entries()) {
          assert.ok(Math.abs(clock.timeOf(moments[k]!) - time) <= 1e-9 * now, `${time} of ${times}`);
          assert.ok(k === 0 || moments[k]! >= moments[k - 1]!);
        }
      },
    ),
    {seed: 20, numRuns: 300},
  );
});

test('each device has a clock of its own, from its own first event', () => {
  const imported = recordingOf([
    [10, MALLOC, 1, 8, 'cuda:0'],
    [1000, MALLOC, 2, 8, 'cuda:1'],
    [1200, MALLOC, 3, 8, 'cuda:0'],
    [1500, FREE, 2, 8, 'cuda:1'],
  ]);
  assert.deepEqual([...clockOf(imported, 0).times], [0, 0, 1190, 1190]);
  assert.deepEqual([...clockOf(imported, 1).times], [0, 0, 500, 500]);
});

test('events without a time at the beginning get the first one, and it is said', () => {
  const found = recordedClock(
    recordingOf([
      [0, MALLOC, 1, 8],
      [0, MALLOC, 2, 8],
      [1.76e15, MALLOC, 3, 8],
      [1.76e15 + 40, FREE, 3, 8],
    ]),
    0,
  );
  if (typeof found === 'string') assert.fail(found);
  assert.deepEqual([...found.times], [0, 0, 0, 0, 40, 40]);
  assert.deepEqual(found.notes, ['2 events at the beginning had no time, and got the first one.']);
});

test('a recording without usable times has no clock, with the reason', () => {
  assert.equal(
    recordedClock(recordingOf(ROWS.map(([, ...row]) => [0, ...row] as Row)), 0),
    'no times were recorded',
  );
  assert.equal(recordedClock(recordingOf(ROWS.slice(0, 1)), 0), 'fewer than two events were recorded');
  assert.equal(
    recordedClock({kind: 'problem'} as unknown as Imported, 0),
    'the file has ticks, and no times',
  );
});

const PICTURE: Picture = {
  name: 'p',
  title: '',
  description: '',
  x: {label: 'events', unit: 'events', scale: 'linear', domain: [0, 6]},
  y: {label: 'memory', unit: 'bytes', scale: 'linear', domain: [0, 64]},
  series: [{name: 'a', colour: 0}],
  layers: [
    {
      kind: 'boxes',
      count: 2,
      x0: Float64Array.of(1, 3),
      x1: Float64Array.of(5, 4),
      y0: Float64Array.of(0, 8),
      y1: Float64Array.of(8, 40),
      series: Uint8Array.of(0, 0),
      detail: box => `box ${box}`,
    },
    {kind: 'line', isStepped: true, x: Float64Array.of(0, 3, 5), y: Float64Array.of(0, 1, 2), series: 0},
    {kind: 'stack', x: Float64Array.of(0, 2, 6), bands: [Float64Array.of(1, 2)], series: [0]},
    {
      kind: 'rules',
      rules: [
        {axis: 'x', at: 3, text: 'iteration 1'},
        {axis: 'y', at: 3, text: 'capacity'},
      ],
    },
    {kind: 'marks', marks: [{x: 4, y: 9, text: 'peak'}]},
  ],
  notes: [],
  table: {columns: [], count: 0, row: () => []},
};

test('a picture by clock has every mark at the time of its moment; heights stay', () => {
  const shown = byClock(PICTURE, clockOf(recordingOf(ROWS)));
  const [boxes, line, stack, rules, marks] = shown.layers;
  assert.deepEqual(shown.x, {
    label: 'time from the first event',
    unit: 'microseconds',
    scale: 'linear',
    domain: [0, 60],
  });
  assert.equal(shown.y, PICTURE.y);
  if (boxes?.kind !== 'boxes') assert.fail();
  assert.deepEqual(
    [[...boxes.x0], [...boxes.x1], [...boxes.y1]],
    [
      [0, 30],
      [60, 30],
      [8, 40],
    ],
  );
  assert.equal(boxes.detail?.(0), 'box 0: 0 µs to 60 µs');
  assert.deepEqual(line?.kind === 'line' && [...line.x], [0, 30, 60]);
  assert.deepEqual(stack?.kind === 'stack' && [...stack.x], [0, 0, 60]);
  assert.deepEqual(rules?.kind === 'rules' && rules.rules.map(({at}) => at), [30, 3]);
  assert.deepEqual(marks?.kind === 'marks' && marks.marks.map(({x}) => x), [30]);
  assert.deepEqual(shown.notes, [
    '1 box begins and ends at the same recorded time: only the axis by event shows them.',
  ]);
});

test('a plan counts ticks from a moment of the recording', () => {
  const {layers, x} = byClock({...PICTURE, x: {...PICTURE.x, domain: [0, 2]}}, clockOf(recordingOf(ROWS)), 2);
  assert.deepEqual(layers[1]?.kind === 'line' && [...layers[1].x], [0, 60, 60]);
  assert.deepEqual(x.domain, [0, 30]);
});

test('an axis of durations has one unit, as large as its numbers stay short', () => {
  const texts = (from: number, to: number) => {
    const axis: Axis = {label: '', unit: 'microseconds', scale: 'linear', domain: [from, to]};
    return ticksOf(axis, 4).map(({text}) => text);
  };
  assert.deepEqual(texts(0, 60), ['0', '20 µs', '40 µs', '60 µs']);
  assert.deepEqual(texts(0, 51_370), ['0', '10 ms', '20 ms', '30 ms', '40 ms', '50 ms']);
  assert.deepEqual(texts(0, 2_000_000), ['0', '0.5 s', '1.0 s', '1.5 s', '2.0 s']);
  assert.deepEqual(texts(1_234_500, 1_236_500), [
    '1,234.5 ms',
    '1,235.0 ms',
    '1,235.5 ms',
    '1,236.0 ms',
    '1,236.5 ms',
  ]);
  assert.deepEqual(texts(1_234_567, 1_234_569), [
    '1,234,567.0 µs',
    '1,234,567.5 µs',
    '1,234,568.0 µs',
    '1,234,568.5 µs',
    '1,234,569.0 µs',
  ]);
});

test('between two moments: what is live at both, what begins, what ends', () => {
  const items = new Items(subjectOf(recordingOf(ROWS), 0), clockOf(recordingOf(ROWS)));
  assert.deepEqual(items.between(2, 5), {
    both: {count: 1, bytes: 16},
    begun: {count: 1, bytes: 32},
    ended: {count: 2, bytes: 40},
  });
  assert.deepEqual(items.between(0, 6).ended, {count: 2, bytes: 40}, 'what stays does not end');
  const {startTime, endTime} = items.rowOf(0, Number.NaN);
  assert.deepEqual([startTime, endTime], [0, 60]);
  assert.ok(Number.isNaN(new Items(subjectOf(recordingOf(ROWS), 0)).rowOf(0, 0).startTime));
});

test('the list of blocks has their times, in microseconds', () => {
  const items = new Items(subjectOf(recordingOf(ROWS), 0), clockOf(recordingOf(ROWS)));
  items.find(
    {text: '', sort: 'start', moment: undefined, window: undefined, isPlanned: false},
    new Float64Array(3),
  );
  const [head, first] = [...items.csv(() => Number.NaN)];
  assert.match(head!, /,start_us,end_us\n$/);
  assert.equal(first, 'b0,8,8 B,1,5,,,,0,60\n');
});

test('a box is zoomed into from any corner, no deeper than the axis goes', () => {
  const axis = {scale: 'linear', domain: [0, 100]} as const;
  assert.deepEqual(between(axis, 75, 25), [25, 75]);
  assert.deepEqual(between(axis, 0, 100), [0, 100]);
  const [from, to] = between(axis, 50, 50);
  assert.ok(from < to && to - from < 1e-4);
});

test('a range is cut to its axis; all of it, and nothing of it, is undefined', () => {
  assert.deepEqual(clipped([20, 300], [0, 100]), [20, 100]);
  assert.deepEqual(clipped([20, 30], [0, 100]), [20, 30]);
  for (const range of [undefined, [0, 100], [-5, 200], [100, 200], [200, 300]] as const)
    assert.equal(clipped(range, [0, 100]), undefined);
});

test('changes of a gesture are one step back, and a step stands by itself', () => {
  const history = new WindowHistory();
  const window = (from: number) => ({x: [from, 10], y: [0, 1]}) as const;
  history.keep(window(0), 0, false);
  history.keep(window(1), 100, false);
  history.keep(window(2), 200, true);
  history.keep(window(3), 300, false);
  history.keep(window(4), 900, false);
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => history.back(window(9))?.x[0]),
    [4, 3, 2, 0, undefined],
  );
  history.keep(window(1), 2000, true);
  assert.equal(history.back(window(1)), undefined, 'the window that is shown is no step back');
});

test('the address keeps the windows of both axes and the axis of time, and reads them again', () => {
  const text = writeHash({view: 'plan', axis: 'clock', window: [1.23456, 2.3], y: [1024, 4096], moment: 7});
  assert.equal(text, '#view=plan&axis=clock&window=1.235-2.3&y=1024-4096&moment=7');
  const {axis, window, y} = readHash(text);
  assert.deepEqual([axis, window, y], ['clock', [1.235, 2.3], [1024, 4096]]);
  assert.equal(writeHash({window: [12.7, 5012.2]}), '#window=13-5012');
  assert.equal(writeHash({axis: 'event'}), '');
});

test('what the address says of windows and axis and cannot be read is left out', () => {
  for (const text of [
    '',
    '5',
    '5-',
    '-5',
    '5-5',
    '9-5',
    '0x1-0x5',
    '1e3-2e3',
    '1-2-3',
    'a-b',
    '1.-2',
    '-1-5',
    'NaN-5',
    '1-Infinity',
    `1-${'9'.repeat(40)}`,
  ])
    assert.deepEqual(
      [readHash(`#window=${text}`).window, readHash(`#y=${text}`).y],
      [undefined, undefined],
      text,
    );
  for (const axis of ['', 'event', 'CLOCK', 'clock2'])
    assert.equal(readHash(`#axis=${axis}`).axis, undefined);
  fc.assert(
    fc.property(fc.string(), text => {
      const {window, y, axis} = readHash(text);
      for (const range of [window, y]) assert.ok(!range || (range[0] >= 0 && range[0] < range[1]));
      assert.ok(axis === undefined || axis === 'clock');
    }),
    {seed: 20},
  );
});

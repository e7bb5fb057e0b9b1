/** The time axis of a picture, by event or by clock, tied to the moments and the window that all views share. */
import {formatCount, formatShortBytes, plural} from '../../bindings/model/quantities.ts';
import {formatDuration} from '../../bindings/pictures/ticks.ts';
import type {Face} from '../canvas/face.ts';
import type {Range} from '../canvas/window.ts';
import {type Clock, clockKey} from '../document/clock.ts';
import type {Between, ItemCount} from '../document/items.ts';
import type {FileModel} from '../state/file.ts';
import type {View} from '../state/view-names.ts';
import type {PictureBoxProps} from './picture-view.ts';
import type {PlaceWords} from './place-words.ts';

export interface TimeOfPicture
  extends Required<Pick<PictureBoxProps, 'pictureKey' | 'x' | 'onX' | 'moment' | 'words'>> {
  /** The moment at a value of the x axis; by clock the last one that is not after it. */
  momentAt(x: number): number;
}

/** @param first the moment at which the axis by event is 0. */
export function timeOf(file: FileModel, key: string, face: Face, first = 0): TimeOfPicture {
  const {window, moment, clock, opened} = file.store.state;
  const scale = face.x.unit === 'microseconds' && clock ? byClock(clock) : byEvent(first);
  const {placeOf, momentOf} = scale;
  const unit = opened?.kind === 'problem' ? 'tick' : 'event';
  return {
    pictureKey: face.x.unit === 'microseconds' ? clockKey(key) : key,
    x: window && widened([placeOf(window[0]), placeOf(window[1])], face.x.unit),
    onX: x => file.setWindow(x && [momentOf(x[0]), momentOf(x[1])]),
    moment: moment === undefined ? undefined : placeOf(moment),
    momentAt: x => (scale.isClock ? Math.floor(momentOf(x)) : Math.round(momentOf(x))),
    words: wordsOf(file, scale, unit),
  };
}

/** The vertical axis of a view, kept while other views are shown. */
export function heightOf(file: FileModel, view: View): Pick<PictureBoxProps, 'y' | 'onY'> {
  return {y: file.store.state.heights[view], onY: y => file.setHeight(view, y)};
}

interface TimeScale {
  readonly isClock: boolean;
  /** From moments to values of the axis, and back. */
  placeOf(moment: number): number;
  momentOf(value: number): number;
}

function byEvent(first: number): TimeScale {
  return {isClock: false, placeOf: moment => moment - first, momentOf: x => x + first};
}

function byClock(clock: Clock): TimeScale {
  return {isClock: true, placeOf: moment => clock.timeOf(moment), momentOf: x => clock.momentOf(x)};
}

/** Moments of one time are a place without width: the microsecond around it is shown. */
function widened([from, to]: Range, unit: Face['x']['unit']): Range {
  return unit === 'microseconds' && to - from < 1e-3 ? [from - 0.5, to + 0.5] : [from, to];
}

/** Both by event and by clock, where there is one. */
function wordsOf(file: FileModel, {isClock, momentOf}: TimeScale, unit: string): PlaceWords {
  const whole = (x: number) => (isClock ? Math.floor(momentOf(x)) : Math.round(momentOf(x)));
  const timeAt = (x: number) => {
    if (isClock) return x;
    const {clock} = file.store.state;
    // said from the next time on
    if (!clock) void file.loadClock();
    return clock?.timeOf(momentOf(x));
  };
  return {
    at(x) {
      const time = timeAt(x);
      return `${unit} ${formatCount(whole(x))}${time === undefined ? '' : `, ${formatDuration(time)}`}`;
    },
    stretch(from, to) {
      const [begin, end] = [timeAt(from), timeAt(to)];
      const length = begin === undefined || end === undefined ? '' : `, ${formatDuration(end - begin)}`;
      return `${plural(whole(to) - whole(from), unit)}${length}`;
    },
    async between(from, to) {
      return describe(await file.ask(worker => worker.items.between(whole(from), whole(to))));
    },
  };
}

function describe({both, begun, ended}: Between): string {
  const text = ({count, bytes}: ItemCount) =>
    count === 0 ? '0' : `${formatCount(count)} (${formatShortBytes(bytes)})`;
  return `Live at both ends ${text(both)}; allocated between ${text(begun)}, freed between ${text(ended)}.`;
}

/** Pictures by event or by clock, each under a key of its own: a window of one axis means nothing on the other. */
import type {Picture} from '../../../bindings/pictures/picture.ts';
import type {Board} from '../../canvas/board.ts';
import type {Face} from '../../canvas/face.ts';
import {type Clock, clockKey} from '../../document/clock.ts';
import {byClock} from '../../views/by-clock.ts';

/** @param clock undefined for the axis by event. @param first the moment at which the picture's x axis is 0. */
export function setByAxis(
  board: Board,
  key: string,
  picture: Picture,
  clock: Clock | undefined,
  first = 0,
): Face {
  return clock ? board.set(clockKey(key), byClock(picture, clock, first)) : board.set(key, picture);
}

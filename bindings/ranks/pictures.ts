/** The pictures of a run, in the order in which they are read. */
import {isEmpty, type Picture} from '../pictures/picture.ts';
import type {Run} from './run.ts';
import {coordinatesPicture} from './views/coordinates.ts';
import {rankGroupsPicture} from './views/groups.ts';
import {growthPicture} from './views/growth.ts';
import {ranksPicture} from './views/memory.ts';

export function runPictures(run: Run): Picture[] {
  const coordinates = coordinatesPicture(run);
  return [
    ranksPicture(run),
    rankGroupsPicture(run),
    ...(coordinates ? [coordinates] : []),
    growthPicture(run),
  ].filter(picture => !isEmpty(picture));
}

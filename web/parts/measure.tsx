/** What a box or a ruler over a picture says: to read, to copy, and aloud. */
import {useEffect, useState} from 'preact/hooks';
import type {Face} from '../canvas/face.ts';
import type {Sketch} from '../canvas/sketch.ts';
import {describeSketch, type PlaceWords} from './place-words.ts';

interface MeasureProps {
  readonly sketch: Sketch | undefined;
  readonly face: Face;
  readonly words: PlaceWords;
}

export function Measure({sketch, face, words}: MeasureProps) {
  const [between, setBetween] = useState('');
  useEffect(() => {
    let isCurrent = true;
    setBetween('');
    if (sketch && sketch.kind === 'ruler' && !sketch.isOpen) {
      const [from, to] = [Math.min(sketch.from.x, sketch.to.x), Math.max(sketch.from.x, sketch.to.x)];
      words.between?.(from, to).then(
        text => isCurrent && setBetween(`. ${text}`),
        () => undefined,
      );
    }
    return () => {
      isCurrent = false;
    };
  }, [sketch]);
  return (
    <p class="measure" role="status" onPointerDown={event => event.stopPropagation()}>
      {sketch && `${describeSketch(sketch, face, words)}${between}`}
    </p>
  );
}

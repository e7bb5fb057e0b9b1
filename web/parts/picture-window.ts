/** The part of a picture that is shown: chosen here or outside, with the way back. */
import {useEffect, useMemo, useState} from 'preact/hooks';
import {WindowHistory} from '../canvas/history.ts';
import {clipped, type Range, type Window} from '../canvas/window.ts';
import type {PictureBoxProps, Shown} from './picture-view.ts';

export function useWindow(props: PictureBoxProps): Pick<Shown, 'window' | 'show' | 'back'> {
  const {face, pictureKey} = props;
  const [ownX, setOwnX] = useState<Range | undefined>(undefined);
  const [ownY, setOwnY] = useState<Range | undefined>(undefined);
  const history = useMemo(() => new WindowHistory(), []);
  useEffect(() => history.clear(), [pictureKey, face.x.unit]);
  const window: Window = {
    x: clipped(props.onX ? props.x : ownX, face.x.domain) ?? face.x.domain,
    y: clipped(props.onY ? props.y : ownY, face.y.domain) ?? face.y.domain,
  };
  const set = ({x, y}: Partial<Window>) => {
    // undefined for all of it, so that it stays all of it where the picture grows
    if (x) (props.onX ?? setOwnX)(clipped(x, face.x.domain));
    if (y) (props.onY ?? setOwnY)(clipped(y, face.y.domain));
  };
  return {
    window,
    show(change, isStep = false) {
      history.keep(window, performance.now(), isStep);
      set(change);
    },
    back() {
      const before = history.back(window);
      if (before) set(before);
      return before !== undefined;
    },
  };
}

/** The meaning of a picture's colours. */
import {useEffect, useRef} from 'preact/hooks';
import {PALETTE} from '../../bindings/pictures/palette.ts';
import {shortened} from '../../bindings/pictures/text.ts';
import type {Face} from '../canvas/face.ts';
import {patternOf} from '../canvas/hatch.ts';
import type {Context, Theme} from '../canvas/theme.ts';

export function Legend({face, theme}: {readonly face: Face; readonly theme: Theme}) {
  const named = face.series.filter(({name}) => name !== '');
  if (named.length < 2) return null;
  return (
    <ul class="legend">
      {named.map(({name, colour}) => (
        <li key={name} title={name}>
          <Swatch colour={colour} theme={theme} />
          {shortened(name, 40)}
        </li>
      ))}
    </ul>
  );
}

function Swatch({colour, theme}: {readonly colour: number; readonly theme: Theme}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current!.getContext('2d')!;
    context.fillStyle = patternOf(context as unknown as Context, colour, theme) ?? PALETTE[colour]![theme];
    context.fillRect(0, 0, 16, 12);
  }, [colour, theme]);
  return <canvas ref={canvas} width={16} height={12} />;
}

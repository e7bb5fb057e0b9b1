/** Small recordings in iterations, written as words: `log+4` allocates four bytes in `log`, `log-` frees its oldest block. */
import {FREE, MALLOC, type Trace, TraceBuilder} from '../../bindings/trace.ts';

const MICROSECONDS = 10;

/**
 * One text for each iteration, numbered from 0. The part before the first iteration is `before`. A last mark ends the last
 * iteration, unless the program was cut there.
 */
export function stepsTrace(steps: readonly string[], {before = '', isCut = false} = {}): Trace {
  const builder = new TraceBuilder('test');
  const device = builder.device('cpu');
  const live = new Map<string, {address: number; bytes: number}[]>();
  let time = 0;
  let next = 1;
  const run = (text: string): void => {
    for (const word of text.split(' ').filter(one => one !== '')) {
      const [, name, sign, bytes] = /^(\w+)([+-])(\d*)$/.exec(word)!;
      const own = live.get(name!) ?? [];
      live.set(name!, own);
      time += MICROSECONDS;
      if (sign === '+') {
        const block = {address: next++, bytes: Number(bytes)};
        own.push(block);
        builder.add({kind: MALLOC, device, ...block, time, operation: builder.operation(name!)});
      } else builder.add({kind: FREE, device, ...own.shift()!, time});
    }
  };
  run(before);
  steps.forEach((step, number) => {
    builder.mark(number, ++time);
    run(step);
  });
  if (!isCut) builder.mark(null, ++time);
  return builder.build();
}

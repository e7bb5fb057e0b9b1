/** Where a problem comes from, in one line. */

/** `iteration 4`, or `the whole recording`. */
export function describeIteration(iteration: number | 'window'): string {
  return iteration === 'window' ? 'the whole recording' : `iteration ${iteration}`;
}

/** `examples/a.json.gz: kineto, cpu, iteration 4`. */
export function describeSource({
  file,
  format,
  iteration,
  device,
}: {
  readonly file: string;
  readonly format: string;
  readonly iteration: number | 'window' | null;
  readonly device: string | null;
}): string {
  return [
    `${file}: ${format}`,
    ...(device === null ? [] : [device]),
    ...(iteration === null ? [] : [describeIteration(iteration)]),
  ].join(', ');
}

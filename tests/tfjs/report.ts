/** Every host runs this: each network, planned and not, side by side. */
import type {Tensor} from '@tensorflow/tfjs-core';
import type {Planner} from '../../bindings/index.ts';
import type {memoize} from '../../bindings/tfjs.ts';
import {type Libraries, networks} from './networks.ts';

export interface Report {
  readonly name: string;
  readonly isSame: boolean;
  readonly served: number;
  readonly missed: number;
  readonly kept: number;
  readonly plans: number;
  readonly peak: number;
  readonly broken: number;
  /** Tensors more than before, when all was disposed of. */
  readonly left: number;
}

/** @param memoise of the sources, or of the built package */
export async function report(
  libraries: Libraries,
  planner: Planner,
  memoise: typeof memoize,
): Promise<Report[]> {
  const {tf} = libraries;
  const reports: Report[] = [];
  for (const network of networks(libraries)) {
    const before = tf.memory().numTensors;
    const memoized = memoise(network.run, {tf, planner, poison: true, canaries: true});
    let isSame = true;
    for (let call = 0; call < 8; call++) {
      const input = network.input(1 + (call % 2), call);
      const outputs: [Tensor, Tensor] = [memoized.predict(input), network.run(input)];
      const [planned, unplanned] = await Promise.all(outputs.map(output => output.data()));
      isSame &&= planned!.length > 0 && planned!.every((value, i) => Object.is(value, unplanned![i]));
      tf.dispose([input, outputs]);
    }
    const {served, missed, kept, plans, peak, broken} = memoized.statistics;
    memoized.dispose();
    const left = tf.memory().numTensors - before;
    reports.push({name: network.name, isSame, served, missed, kept, plans, peak, broken, left});
  }
  return reports;
}

/** Which values may still be of use after so many first runs: those that a coming run reads, or a repeated one that makes such a value. */
import type {FitGraph} from './graph.ts';

/** Sets of values as bits, 32 to a word: one set for each number of operators that have run, 0 … operators. */
export interface ValueSets {
  readonly words: number;
  readonly bits: Int32Array;
}

/** Values that some operator, run for the first time, still reads, or that must be there at the end. */
export function pendingSets(graph: FitGraph): ValueSets {
  const {operators, values, isOutput, inputs} = graph;
  const words = Math.max(1, Math.ceil(values / 32));
  const bits = new Int32Array((operators + 1) * words);
  for (let value = 0; value < values; value++) {
    if (isOutput[value]) bits[operators * words + (value >> 5)]! |= 1 << (value & 31);
  }
  for (let done = operators - 1; done >= 0; done--) {
    bits.copyWithin(done * words, (done + 1) * words, (done + 2) * words);
    for (const value of inputs[done]!) bits[done * words + (value >> 5)]! |= 1 << (value & 31);
  }
  return {words, bits};
}

/** Pending values, and those from which operators that may be repeated make useful values. */
export function usefulSets(graph: FitGraph, pending: ValueSets): ValueSets {
  const {operators, inputs, outputs, cost, repeatable} = graph;
  const {words} = pending;
  const bits = pending.bits.slice();
  for (let done = 0; done <= operators; done++) {
    const row = done * words;
    for (let v = done - 1; v >= 0; v--) {
      if (!Number.isFinite(cost[v]!) || repeatable[v]! < done) continue;
      if (!outputs[v]!.some(value => (bits[row + (value >> 5)]! >> (value & 31)) & 1)) continue;
      for (const value of inputs[v]!) bits[row + (value >> 5)]! |= 1 << (value & 31);
    }
  }
  return {words, bits};
}

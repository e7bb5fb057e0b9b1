/**
 * What a state costs, in integers: waste in each section, weighted by how little the section can waste, and how difficult
 * the buffers are that are not placed yet. Each run draws its parameters anew.
 */
import {alloc} from '../memory/arena';
import {newU32, newU64, setU32, setU64, u32At, u64At} from '../memory/column';
import {Random} from '../search/random';
import {fraction, Parameters} from './parameters';
import {log2, ONE, powerOfRatio} from './power';
import {Timeline} from './timeline';

/** Binary places of weights and costs. */
const PLACES: u32 = 28;
/** Areas are scaled so that their sum stays below 2^30. */
const AREA_BITS: u32 = 30;
/** Weight of the mean difficulty beside the waste. */
const DIFFICULTY: u64 = 10;

@unmanaged
export class Evaluation {
  /** u64 per section: cost of the largest waste, and 2^40 ÷ that waste. */
  weight: usize;
  inverse: usize;
  /** Part of the cost that rises with the square of the waste, the rest is linear; 16 places. */
  bend: u64;
  /** By place in the timeline, u32: lifetime × size, scaled; u64: `area` × difficulty, 16 places. */
  area: usize;
  difficulty: usize;
  totalArea: u64;
  totalDifficulty: u64;
}

export function newEvaluation(count: u32, numSections: u32): Evaluation {
  const e = changetype<Evaluation>(alloc(offsetof<Evaluation>()));
  e.weight = newU64(numSections);
  e.inverse = newU64(numSections);
  e.area = newU32(count);
  e.difficulty = newU64(count);
  return e;
}

/** Computes the weights for plans of `ceiling` units at most; `most` is the largest load. */
export function drawEvaluation(
  e: Evaluation,
  t: Timeline,
  count: u32,
  ceiling: u64,
  most: u64,
  parameters: Parameters,
  random: Random,
): void {
  e.bend = parameters.bend;
  weighSections(e, t, ceiling + (parameters.extra * most) / ONE, most, parameters);
  rateBuffers(e, t, count, most, parameters, random);
}

/** 1 ÷ (slack + offset)^power, with a sum of 1, times the slack in thousandths of the load. */
function weighSections(e: Evaluation, t: Timeline, ceiling: u64, most: u64, parameters: Parameters): void {
  const offset = 1 + (parameters.offset * most) / ONE;
  let least = u64.MAX_VALUE;
  for (let k: u32 = 0; k < t.numSections; k++) least = min(least, ceiling - u32At(t.load, k) + offset);
  let sum: u64 = 0;
  for (let k: u32 = 0; k < t.numSections; k++) {
    const share = powerOfRatio(least, ceiling - u32At(t.load, k) + offset, parameters.power, PLACES);
    setU64(e.weight, k, share);
    sum += share;
  }
  for (let k: u32 = 0; k < t.numSections; k++) {
    const slack = ceiling - u32At(t.load, k) + 1;
    const share = (u64At(e.weight, k) << PLACES) / sum;
    const cost = (share * ((slack * 64_000) / most)) >> 6;
    setU64(e.weight, k, (cost * parameters.waste) >> 8);
    setU64(e.inverse, k, ((<u64>1) << 40) / slack);
  }
}

/** A mix of lifetime, size and the largest load it meets, each relative to the largest. */
function rateBuffers(
  e: Evaluation,
  t: Timeline,
  count: u32,
  most: u64,
  parameters: Parameters,
  random: Random,
): void {
  let longest: u64 = 1;
  let largest: u64 = 1;
  let area: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const sections = <u64>(u32At(t.last, i) - u32At(t.first, i));
    longest = max(longest, sections);
    largest = max<u64>(largest, u32At(t.size, i));
    area += sections * u32At(t.size, i);
  }
  const bits = <u32>(log2(area + count) >> 16) + 1;
  const shift: u64 = bits > AREA_BITS ? bits - AREA_BITS : 0;
  e.totalArea = 0;
  e.totalDifficulty = 0;
  for (let i: u32 = 0; i < count; i++) {
    const sections = <u64>(u32At(t.last, i) - u32At(t.first, i));
    const size = <u64>u32At(t.size, i);
    let load: u64 = 0;
    for (let k = u32At(t.first, i); k < u32At(t.last, i); k++) load = max<u64>(load, u32At(t.load, k));
    let rating = parameters.byLifetime * powerOfRatio(sections, longest, parameters.lifetimePower, 16);
    rating += parameters.bySize * powerOfRatio(size, largest, parameters.sizePower, 16);
    rating += parameters.byLoad * ((load << 16) / most);
    rating >>= 16;
    rating = (rating * (ONE - parameters.noise + ((2 * parameters.noise * fraction(random)) >> 16))) >> 16;
    const scaled = max<u64>((sections * size) >> shift, 1);
    setU32(e.area, i, <u32>scaled);
    setU64(e.difficulty, i, scaled * rating);
    e.totalArea += scaled;
    e.totalDifficulty += scaled * rating;
  }
}

/** Cost of `waste` units in section `k`. */
export function costOf(e: Evaluation, k: u32, waste: u32): u64 {
  const part = (<u64>waste * u64At(e.inverse, k)) >> 24;
  const bent = (part * (ONE - e.bend + ((part * e.bend) >> 16))) >> 16;
  return (u64At(e.weight, k) * bent) >> 16;
}

/** Mean difficulty of what has this area and difficulty together, in the places of costs. */
export function meanDifficulty(difficulty: u64, area: u64): u64 {
  return area == 0 ? 0 : ((difficulty << 12) / area) * DIFFICULTY;
}

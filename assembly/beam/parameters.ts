/**
 * The parameters of a run. No parameter alone decides; variety does. They are drawn at random, or vary those of a run that
 * got high: the best runs are kept.
 */
import {alloc} from '../memory/arena';
import {below, next, Random} from '../search/random';
import {exp2, ONE} from './power';

/** Runs kept, and how many of them before parameters are varied. */
const KEPT: u32 = 12;
const ENOUGH: u32 = 6;
/** Of the kept, one of the first so many is varied. */
const VARIED: u32 = 8;

/** Numbers have 16 binary places unless it says otherwise. */
@unmanaged
export class Parameters {
  /** Weight of the waste, 8 places; the power and the offset of the slack, of which it is a falling function. */
  waste: u64;
  power: u64;
  offset: u64;
  /** Part of the cost that rises with the square of the waste. */
  bend: u64;
  /** The slack counts as if plans could be so much higher: part of the load. */
  extra: u64;
  /** Difficulty: lifetime and size to a power, the load, and how much of it is random. */
  byLifetime: u64;
  bySize: u64;
  byLoad: u64;
  lifetimePower: u64;
  sizePower: u64;
  noise: u64;
  /** How much of a state's cost is random. */
  stateNoise: u64;
  isReversed: bool;
  /** How high the run got above what was asked, units; higher is better. */
  score: i64;
}

@unmanaged
export class Kept {
  count: u32;
  /** Addresses of the kept parameters, the best first; one record more is the current run's. */
  records: usize;
}

export function newParameters(): Parameters {
  return changetype<Parameters>(alloc(offsetof<Parameters>()));
}

export function newKept(): Kept {
  const kept = changetype<Kept>(alloc(offsetof<Kept>()));
  kept.count = 0;
  kept.records = alloc((<u64>KEPT + 1) * offsetof<Parameters>());
  return kept;
}

function recordAt(kept: Kept, place: u32): usize {
  return kept.records + <usize>place * offsetof<Parameters>();
}

/** In [0, 1). */
export function fraction(random: Random): u64 {
  return next(random) >> 16;
}

/** Parameters of the next run. */
export function drawParameters(parameters: Parameters, kept: Kept, random: Random): void {
  if (kept.count < ENOUGH || below(random, 10) < 3) {
    drawAnew(parameters, random);
    return;
  }
  const from = recordAt(kept, below(random, min(kept.count, VARIED)));
  memory.copy(changetype<usize>(parameters), from, offsetof<Parameters>());
  vary(parameters, random);
}

function drawAnew(p: Parameters, random: Random): void {
  p.waste = exp2(-283_700 + <i64>((472_700 * fraction(random)) >> 16), 8); // e^-3 … e^2
  p.power = ONE / 2 + (3 * fraction(random)) / 2;
  p.offset = (ONE + 20 * fraction(random)) / 1000;
  p.bend = fraction(random);
  p.extra = drawExtra(random);
  const bySize = fraction(random);
  const byLoad = fraction(random);
  p.byLifetime = fraction(random);
  p.bySize = (bySize * fraction(random)) >> 16;
  p.byLoad = (byLoad * fraction(random)) >> 16;
  p.lifetimePower = ((30 + ((120 * fraction(random)) >> 16)) * ONE) / 100;
  p.sizePower = ((30 + ((120 * fraction(random)) >> 16)) * ONE) / 100;
  p.noise = drawNoise(random);
  p.stateNoise = drawStateNoise(random);
  p.isReversed = (next(random) & 1) != 0;
}

function vary(p: Parameters, random: Random): void {
  p.waste = min<u64>(varied(p.waste, random), 1 << 12);
  p.power = min(varied(p.power, random), 4 * ONE);
  p.offset = varied(p.offset, random);
  p.bend = min(varied(p.bend, random), ONE);
  p.extra = below(random, 4) == 0 ? drawExtra(random) : varied(p.extra, random);
  p.byLifetime = varied(p.byLifetime, random);
  p.bySize = varied(p.bySize, random);
  p.byLoad = varied(p.byLoad, random);
  p.lifetimePower = min(varied(p.lifetimePower, random), 4 * ONE);
  p.sizePower = min(varied(p.sizePower, random), 4 * ONE);
  if (below(random, 4) == 0) p.noise = drawNoise(random);
  if (below(random, 4) == 0) p.stateNoise = drawStateNoise(random);
  if (p.noise == 0 && p.stateNoise == 0) p.noise = ONE / 50;
}

/** One time in three, `value` times e^-0.4 … e^0.4; at most 4. */
function varied(value: u64, random: Random): u64 {
  if (below(random, 3) != 0) return value;
  const factor = exp2(-37_819 + <i64>((75_638 * fraction(random)) >> 16), 16);
  return min((value * factor) >> 16, 4 * ONE);
}

function drawExtra(random: Random): u64 {
  if ((next(random) & 1) == 0) return 0;
  const first = fraction(random);
  return (((first * fraction(random)) >> 16) * 15) / 100;
}

function drawNoise(random: Random): u64 {
  const draw = below(random, 5);
  if (draw == 0) return 0;
  return draw == 1 ? ONE / 50 : draw == 2 ? ONE / 20 : draw == 3 ? ONE / 10 : (3 * ONE) / 10;
}

function drawStateNoise(random: Random): u64 {
  const draw = below(random, 5);
  return draw < 2 ? 0 : draw == 2 ? ONE / 1000 : draw == 3 ? (3 * ONE) / 1000 : ONE / 100;
}

/** Keeps the parameters of a run in their place among the best. */
export function keepParameters(parameters: Parameters, kept: Kept): void {
  let place = kept.count;
  while (place > 0) {
    const before = changetype<Parameters>(recordAt(kept, place - 1));
    if (before.score >= parameters.score) break;
    memory.copy(recordAt(kept, place), changetype<usize>(before), offsetof<Parameters>());
    place--;
  }
  memory.copy(recordAt(kept, place), changetype<usize>(parameters), offsetof<Parameters>());
  kept.count = min(kept.count + 1, KEPT);
}

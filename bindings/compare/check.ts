/**
 * Compares figures with limits, for continuous integration. A figure that is not known fails, with the reason. The figures
 * are of one scope: a whole recording and one of its iterations are checked each for itself.
 */
import {type Evidence, type EvidenceScope, noPlan} from '../evidence/index.ts';

/** Bytes; a text where a figure is not known: why. */
export interface CheckedFigures {
  readonly evidence: Evidence;
  /** Peak of the plan; a request that failed has its bytes on top. */
  readonly peak: number | string;
  readonly lowerBound: number | string;
  /** The window's problem: most live bytes, without persistent blocks. */
  readonly load: number | string;
  readonly persistent: number;
  /**
   * For the capacity, where CUDA graphs keep pools: the plan without these pools, and the bytes of the pools that are not
   * persistent already.
   */
  readonly besideGraphs?: {
    readonly peak: number | string;
    readonly lowerBound: number;
    readonly kept: number;
  };
  /** Bytes by which the live memory of the whole recording grows per iteration; absent where another rule judges it. */
  readonly growth?: number | string;
  /** Where it grows fastest. */
  readonly growthReason?: string;
  /** The most live in the whole recording, a failed request among them; absent for other scopes. */
  readonly recording?: number;
  /** The recorded allocator: the most that it reserved, and the most in live blocks, as it rounds them. */
  readonly reserved: number | string;
  readonly allocated: number | string;
  /** A plan to measure by. */
  readonly baseline?: {
    readonly peak: number | string;
    readonly persistent: number;
    readonly recording?: number;
  };
}

/** Bytes, and per cent. */
export interface Limits {
  readonly maxPeak?: number;
  readonly maxLoad?: number;
  readonly maxReserved?: number;
  /** The plan: peak ÷ lower bound − 1. */
  readonly maxFragmentation?: number;
  /** The recorded allocator: (reserved − allocated) ÷ reserved. */
  readonly maxStranded?: number;
  /** Growth of the live memory per iteration. */
  readonly maxGrowth?: number;
  /** Persistent blocks and planned peak must fit. */
  readonly capacity?: number;
  /** By which peak and persistent bytes may exceed those of the baseline. */
  readonly tolerance?: number;
}

export interface Check {
  readonly name: string;
  /** What was looked at. */
  readonly evidence: Evidence;
  readonly passed: boolean;
  readonly unit: 'bytes' | 'percent';
  /** Null where not known. */
  readonly value: number | null;
  /** The most that passes; null where the baseline has none. */
  readonly limit: number | null;
  /** Why it cannot be evaluated, or what a failure implies; `''` where value and limit suffice. */
  readonly reason: string;
}

/** One check for each limit that is given, and two for a baseline. */
export function evaluateChecks(figures: CheckedFigures, limits: Limits): Check[] {
  const {evidence, peak, lowerBound, load, persistent, reserved, allocated, baseline, recording} = figures;
  const {growth, growthReason} = figures;
  const needed = neededOf(figures);
  const {tolerance = 0} = limits;
  const comparesRecording = recording !== undefined && baseline?.recording !== undefined;
  const checks = [
    ...within('max-peak', 'bytes', peak, limits.maxPeak),
    ...within('max-load', 'bytes', load, limits.maxLoad),
    ...within('max-fragmentation', 'percent', fragmentation(peak, lowerBound), limits.maxFragmentation),
    ...within('max-reserved', 'bytes', reserved, limits.maxReserved),
    ...within('max-stranded', 'percent', stranded(reserved, allocated), limits.maxStranded),
    ...(growth === undefined ? [] : within('max-growth', 'bytes', growth, limits.maxGrowth, growthReason)),
    ...within('capacity', 'bytes', needed, limits.capacity, capacityReason(figures, limits.capacity)),
    ...(baseline ? within('baseline-peak', 'bytes', peak, raised(baseline.peak, tolerance)) : []),
    ...(baseline
      ? within('baseline-persistent', 'bytes', persistent, raised(baseline.persistent, tolerance))
      : []),
    ...(comparesRecording
      ? within('baseline-recording', 'bytes', recording, raised(baseline.recording!, tolerance))
      : []),
  ];
  return checks.map(check => ({
    ...check,
    evidence: {...evidence, scope: scopeOf(check.name, evidence.scope)},
  }));
}

/** The peak of a recording and its growth are of all of it, whatever part is checked beside it. */
function scopeOf(name: string, scope: EvidenceScope): EvidenceScope {
  return (name === 'baseline-recording' || name === 'max-growth') && scope.kind === 'iteration'
    ? {kind: 'recording', device: scope.device}
    : scope;
}

/** Per cent of the lower bound that the plan is above it. */
function fragmentation(peak: number | string, lowerBound: number | string): number | string {
  if (typeof peak === 'string') return peak;
  if (typeof lowerBound === 'string') return lowerBound;
  return lowerBound === 0 ? 0 : ((peak - lowerBound) / lowerBound) * 100;
}

/** The share of the reserved bytes outside live blocks at the peak of allocated bytes, per cent. */
function stranded(reserved: number | string, allocated: number | string): number | string {
  if (typeof reserved === 'string') return reserved;
  if (typeof allocated === 'string') return allocated;
  if (allocated > reserved)
    return 'unknown: more was allocated than the recording shows as reserved, so the reserved bytes of that moment are not in it';
  return reserved === 0 ? 0 : ((reserved - allocated) / reserved) * 100;
}

/** The limit with the tolerance on top, whole bytes. */
export function raised(bytes: number | string, tolerance: number): number | string {
  return typeof bytes === 'string' ? bytes : Math.floor(bytes * (1 + tolerance / 100));
}

/** Persistent blocks, pools of graphs and the planned peak. */
function neededOf({peak, persistent, besideGraphs}: CheckedFigures): number | string {
  const planned = besideGraphs?.peak ?? peak;
  return typeof planned === 'string' ? planned : persistent + (besideGraphs?.kept ?? 0) + planned;
}

function capacityReason(figures: CheckedFigures, capacity: number | undefined): string {
  const {evidence, persistent, besideGraphs} = figures;
  const lowerBound = besideGraphs?.lowerBound ?? figures.lowerBound;
  if (capacity === undefined || typeof lowerBound === 'string') return '';
  return persistent + (besideGraphs?.kept ?? 0) + lowerBound > capacity
    ? `${noPlan(evidence)} can fit`
    : 'another plan may fit';
}

/** A check, or none without a limit. @param reason of a failure. */
export function within(
  name: string,
  unit: Check['unit'],
  value: number | string,
  limit: number | string | undefined,
  reason = '',
): Omit<Check, 'evidence'>[] {
  if (limit === undefined) return [];
  const numberOf = (one: number | string): number | null => (typeof one === 'string' ? null : one);
  const unknown = [value, limit].find(one => typeof one === 'string') as string | undefined;
  const passed = unknown === undefined && value <= limit;
  return [
    {
      name,
      passed,
      unit,
      value: numberOf(value),
      limit: numberOf(limit),
      reason: passed ? '' : (unknown ?? reason),
    },
  ];
}

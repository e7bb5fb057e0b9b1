/** How memory behaves: measures of a recording's blocks, as functions; part of the entry `stowage/trace`. */
export {
  type Breakdown,
  breakDown,
  eventRange,
  type Group,
  type GroupBy,
  type MemoryRange,
} from './breakdown.ts';
export {type BlockCategories, categoriesOf} from './categories/categories.ts';
export type {PhaseRun} from './categories/phases.ts';
export {stepFacts} from './categories/step-facts.ts';
export {CONTENTS, type Content, classifyContents, type EventRange} from './contents.ts';
export {type CdfStep, cdf, cdfOfSorted, percentiles, percentilesOfSorted} from './distribution.ts';
export {END_GROUPS, type EndGroup, type EndGroupBy, endGroups, knownEndGroups} from './end-groups.ts';
export {allocationEntries, allocationFrames, stackFrame} from './frames.ts';
export {growthOf} from './growth.ts';
export {
  type AccessIntervals,
  accessIntervals,
  countKinds,
  findOutliers,
  INTERVAL_KINDS,
  type Outlier,
  type OutlierThresholds,
} from './intervals.ts';
export {leaksJson, waitsJson} from './leak-json.ts';
export {
  describeChance,
  describeLeakScope,
  describeLeaks,
  describeLevels,
  describeMissing,
  describePattern,
  growingSites,
  HOW_TO_MARK,
  nameOfSite,
} from './leak-text.ts';
export {
  type JudgedCurve,
  type LeakPattern,
  type LeakSite,
  type Leaks,
  leaksOf,
  type TrendLevel,
} from './leaks.ts';
export {classifyLifetimes, LIFETIME_CLASSES, type LifetimeClass, type Lifetimes} from './lifetimes.ts';
export {type BehaviourOptions, type BehaviourReport, reportBehaviour} from './report.ts';
export type {Site, SitesBy} from './sites.ts';
export {type ComparedEvent, type Deviation, measureStability, type Stability} from './stability.ts';
export {
  type Bandwidths,
  PAPER_BANDWIDTHS,
  type Swap,
  type SwapSchedule,
  scheduleSwaps,
  swapBound,
  swappableIntervals,
} from './swap.ts';
export {type SwapSimulation, simulateSwaps} from './swap-simulator.ts';
export {judgeTime, type TimeQuality} from './time-quality.ts';
export {type Chance, chanceOf, oneIn, type Trend, trendOf} from './trend.ts';
export {describeLongest, describeWaits, describeWaitsAtPeak} from './wait-text.ts';
export {type Wait, type WaitSite, type Waits, waitsOf} from './waits.ts';

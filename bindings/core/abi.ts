/**
 * The ABI of the core as the host sees it: `assembly/index.ts` and `assembly/memory/status.ts` are the other side, and
 * `tests/bindings/abi.test.ts` compares the two.
 */

/** What the core exports, one word for one thing on both sides. Addresses come as i32: `>>> 0` before use. */
export interface CoreExports {
  readonly memory: WebAssembly.Memory;
  mark(): number;
  release(mark: number): void;
  fault(): number;
  problem(numBuffers: number, numGaps: number): number;
  seal(problem: number): void;
  lowerBound(problem: number): number;
  sectionLoads(problem: number): number;
  plan(problem: number, algorithm: number): number;
  portfolioBegin(problem: number, lowerBound: number, first: number): number;
  portfolioStep(portfolio: number, nodes: number): number;
  portfolioPeak(portfolio: number): number;
  portfolioAlgorithm(portfolio: number): number;
  portfolioPlan(portfolio: number): number;
  exactBegin(problem: number, lowerBound: number, seed: number, rules: number, role: number): number;
  exactAdopt(exact: number): void;
  exactStep(exact: number, nodes: number): number;
  localBegin(problem: number, lowerBound: number, incumbent: number, seed: number): number;
  localStep(local: number, nodes: number): number;
  classesBegin(
    problem: number,
    lowerBound: number,
    incumbent: number,
    seed: number,
    from: number,
    stride: number,
  ): number;
  classesStep(classes: number, nodes: number): number;
  beamBegin(problem: number, lowerBound: number, incumbent: number, seed: number): number;
  beamStep(beam: number, nodes: number): number;
  windowsBegin(problem: number, lowerBound: number, seed: number): number;
  windowsStep(windows: number, nodes: number): number;
  windowsAdopt(windows: number): void;
  searchIncumbent(search: number, bytes: number): void;
  searchTarget(search: number, bytes: number): void;
  searchPeak(search: number): number;
  searchLowerBound(search: number): number;
  searchNodes(search: number): number;
  searchPlan(search: number): number;
  verify(problem: number, capacity: number, room: number): number;
}

/** Statuses and faults of `assembly/memory/status.ts`. */
export const STATUS = {OK: 0, RUNNING: 1, DONE: 2, PEAK_TOO_LARGE: 3} as const;
export const FAULT = {NONE: 0, MEMORY: 1} as const;

/** Words of the problem's record (`assembly/memory/layout.ts`). */
export const RECORD = {
  numBuffers: 0,
  numGaps: 1,
  start: 2,
  end: 3,
  size: 4,
  alignment: 5,
  offset: 6,
  gapIndex: 7,
  gapStart: 8,
  gapEnd: 9,
  crossing: 10,
  boundStart: 11,
  boundEnd: 12,
  numSections: 13,
  numPartitions: 14,
} as const;

/** Every pruning rule of the exact search (`assembly/exact/state.ts`). */
export const ALL_RULES = 31;

/** What the exact search does where there are several subsolvers (`assembly/exact/exact.ts`). */
export const ROLE = {PROVES: 0, DIVES: 1} as const;

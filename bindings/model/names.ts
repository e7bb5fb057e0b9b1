/** Names that are numbers in the core: `assembly/memory/status.ts` numbers them in the same order, and a test compares. */

/** Kinds of violation, by their number in `assembly/memory/status.ts`. */
export const VIOLATION_KINDS = ['overlap', 'misaligned', 'moved', 'over-capacity', 'out-of-range'] as const;

/** Heuristics by their number in `assembly/memory/status.ts`. */
export const HEURISTICS = [
  'naive',
  'bump',
  'linear-scan',
  'first-fit-online',
  'best-fit-online',
  'greedy-by-size',
  'greedy-by-size-smallest-gap',
  'greedy-by-longest',
  'greedy-by-longest-smallest-gap',
  'greedy-by-area',
  'greedy-by-area-smallest-gap',
  'greedy-by-breadth',
  'greedy-by-breadth-smallest-gap',
  'greedy-by-conflicts',
  'greedy-by-conflicts-smallest-gap',
  'skyline-best-fit',
  'gergov',
] as const;

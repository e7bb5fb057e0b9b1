/** What `npm run bench -- features` prints: a table for each capability, all with the same columns. */

/** One instance. */
export interface FeatureRow {
  readonly instance: string;
  /** Buffers; for an order of operators: operators. */
  readonly n: number;
  /** Bytes that no plan of this kind can undercut. */
  readonly bound: number;
  /** Bytes. */
  readonly peak: number;
  readonly proven: boolean;
  /** Bytes of the obvious plan, verified in the same way. */
  readonly baseline: number;
  /** Seconds of at least 5 runs after a warm-up; one run where it takes longer than 5 s. */
  readonly seconds: {readonly min: number; readonly median: number};
  /** What does not fit the columns, as a few words. */
  readonly note?: string;
}

export interface FeatureTable {
  readonly title: string;
  /** The obvious plan, e.g. `an arena for each stream`. */
  readonly baseline: string;
  readonly rows: readonly FeatureRow[];
}

/** The instances of a capability: those whose names match `only`. */
export type FeatureBench = (only: RegExp) => FeatureTable | Promise<FeatureTable>;

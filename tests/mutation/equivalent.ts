/**
 * Mutants that change nothing that a caller could see, by file, source line and edit. They are left out of the score and
 * counted. An entry says why.
 */
export interface Equivalent {
  readonly file: string;
  /** The line before the edit, without the blanks around it. */
  readonly line: string;
  readonly from: string;
  readonly to: string;
  readonly why: string;
}

export const EQUIVALENT: readonly Equivalent[] = [];

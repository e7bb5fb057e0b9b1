/** A question about a file, and its answer. */
export interface Answer {
  readonly question: string;
  /** A few words; `detail` has the sentences. */
  readonly answer: string;
  readonly detail: string;
}

/** The part of a file that a statement holds for. */

export type EvidenceScope =
  | {readonly kind: 'problem'}
  | {readonly kind: 'iteration'; readonly iteration: number; readonly device: string}
  | {readonly kind: 'recording'; readonly device: string}
  /** The state when the recording ended. */
  | {readonly kind: 'end'; readonly device: string};

/** `iteration 4`, `the whole recording`: to put behind "of". */
export function describeScope(scope: EvidenceScope): string {
  switch (scope.kind) {
    case 'problem':
      return 'the problem';
    case 'iteration':
      return `iteration ${scope.iteration}`;
    case 'recording':
      return 'the whole recording';
    case 'end':
      return 'the end of the recording';
  }
}

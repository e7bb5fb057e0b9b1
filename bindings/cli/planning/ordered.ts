/** Operators, and the order that was chosen for them. */
import type {OperatorOrder, OperatorProblem} from '../../index.ts';

export interface Ordered {
  readonly operators: OperatorProblem;
  readonly result: OperatorOrder;
  /** Whether Ctrl-C ended the search. */
  readonly interrupted: boolean;
}

/** No order leaves the library that `verifyOrder` refuses. */
import {CoreError} from '../../model/errors.ts';
import type {OperatorProblem} from '../../model/operators.ts';
import type {Lifetimes} from '../lifetimes.ts';
import {verifyOrder} from '../verify.ts';

/** @throws CoreError for a bug in stowage */
export function checkedOrder(problem: OperatorProblem, order: Uint32Array, {columns}: Lifetimes): void {
  const [first] = verifyOrder(problem, order, columns);
  if (first !== undefined) throw new CoreError(`an order of operators is wrong: ${first}`);
}

/** The answer of a worker to a question that a component asks; asked again when the question changes. */
import {useEffect, useState} from 'preact/hooks';
import {type Failure, failureOf} from '../../bindings/model/errors.ts';
import {isCancelled} from '../worker/link.ts';

export interface Answered<Result> {
  readonly result: Result | undefined;
  readonly failure: Failure | undefined;
  /** Counts the answers: a picture of the same key may be another one. */
  readonly version: number;
}

/** @param question the inputs of the answer, as a text; undefined for no question. */
export function useAnswer<Result>(
  question: string | undefined,
  ask: () => Promise<Result>,
): Answered<Result> {
  const [answered, setAnswered] = useState<Answered<Result> & {question?: string}>({
    result: undefined,
    failure: undefined,
    version: 0,
  });
  useEffect(() => {
    if (question === undefined) return;
    let isCurrent = true;
    ask().then(
      result => isCurrent && setAnswered(({version}) => ({result, failure: undefined, version: version + 1})),
      (error: unknown) =>
        isCurrent &&
        !isCancelled(error) &&
        setAnswered(({version}) => ({result: undefined, failure: failureOf(error), version: version + 1})),
    );
    return () => {
      isCurrent = false;
    };
  }, [question]);
  return answered;
}

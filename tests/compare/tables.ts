/** BlockTables for the tests, of small event logs. */
import {type BlockTable, blockTableOfStep, stepProblem} from '../../bindings/trace.ts';
import {importTrace} from '../trace/inputs.ts';

/**
 * One event a word: `conv:100` allocates 100 bytes by that operation, `-0` frees the 0th allocation of the log.
 * Allocations have addresses of their own.
 */
export function logOf(words: string): string {
  const lines = ['{"schema":"stowage.events/1"}'];
  let count = 0;
  for (const word of words.split(' ')) {
    const [operation, size] = word.split(':');
    if (size === undefined) lines.push(JSON.stringify({event: 'free', address: Number(word.slice(1)) + 1}));
    else
      lines.push(
        JSON.stringify({
          event: 'malloc',
          address: ++count,
          size: Number(size),
          ...(operation ? {operation} : {}),
        }),
      );
  }
  return `${lines.join('\n')}\n`;
}

/** The block table of the whole log. */
export async function blockTableOf(words: string, at?: number): Promise<BlockTable> {
  const trace = await importTrace(logOf(words));
  return blockTableOfStep(trace, stepProblem(trace, {iteration: 'window'}), at === undefined ? {} : {at});
}

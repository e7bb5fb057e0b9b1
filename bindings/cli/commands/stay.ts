/** Options of plans that stay near an earlier one. */
import {type Command, InvalidArgumentError} from 'commander';
import type {StayOptions} from '../planning/replanning.ts';
import {parseBytes} from './parse.ts';

export type {StayOptions};

export function withStay(command: Command): Command {
  return command
    .option(
      '--previous <FILE>',
      'an earlier plan (.csv or .json) that as few bytes as possible move from; buffers are matched by name',
    )
    .option(
      '--peak-slack <SLACK>',
      'with --previous: how much the peak may be above the best one for that, e.g. 1% or 64KiB (default: 0)',
      parseSlack,
    );
}

/** `1%` as it is, `64KiB` → bytes. */
function parseSlack(text: string): NonNullable<StayOptions['peakSlack']> {
  if (/^\d{1,6}(\.\d{1,6})?%$/.test(text)) return text as `${number}%`;
  try {
    return parseBytes(text);
  } catch {
    throw new InvalidArgumentError('expected a part or bytes, such as 1% or 64KiB.');
  }
}

/** Formats that are known by their first bytes, and that nothing here reads yet. */
import type {Head} from './importer.ts';

interface Unreadable {
  readonly name: string;
  readonly advice?: string;
  test(head: Head): boolean;
}

const startsWith =
  (...first: readonly number[]) =>
  ({bytes}: Head): boolean =>
    first.every((byte, index) => bytes[index] === byte);

const UNREADABLE: readonly Unreadable[] = [
  {
    name: 'a plan, not a problem',
    advice: 'check it with `stowage verify PROBLEM PLAN`',
    test: ({text}) => /^\s*\{\s*"schema"\s*:\s*"stowage\.plan\//.test(text),
  },
  {
    name: 'a memory timeline of torch.profiler (export_memory_timeline), which has sums per category and no blocks',
    advice:
      'record the same run with profile_memory=True and save it with export_chrome_trace(), or, on CUDA, with torch.cuda.memory._record_memory_history() and _dump_snapshot()',
    // [[times], [sizes per time]], or, raw, [[time, action, bytes, category], …]
    test: ({text}) => /^\s*\[\s*\[\s*(?:\]\s*,\s*\[|-?\d)/.test(text),
  },
  {
    name: 'a page with the picture of a memory timeline (export_memory_timeline), which has no blocks',
    advice: 'record the same run with profile_memory=True and save it with export_chrome_trace()',
    test: ({text}) => /^\s*<html>[\s\S]{0,600}data:image\/png;base64/i.test(text),
  },
  {name: 'a zip archive', advice: 'unpack it first', test: startsWith(0x50, 0x4b, 0x03, 0x04)},
  {name: 'xz data', advice: 'decompress it first', test: startsWith(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0)},
  {
    name: 'text in UTF-16',
    advice: 'save it as UTF-8',
    test: head => startsWith(0xff, 0xfe)(head) || startsWith(0xfe, 0xff)(head),
  },
  {
    name: 'a pickle of protocol 0 or 1',
    advice: 'write it with protocol 4',
    test: ({text}) => /^(\(dp\d*\r?\n|\(lp\d*\r?\n|\}q[\s\S]\(|\]q[\s\S]\()/.test(text),
  },
];

/** A message with the input's format and advice; undefined for other formats. */
export function recogniseUnreadable(head: Head): string | undefined {
  const found = UNREADABLE.find(format => format.test(head));
  return (
    found && `recognised but not readable: this is ${found.name}${found.advice ? `; ${found.advice}` : ''}`
  );
}

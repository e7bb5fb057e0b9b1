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
  {name: 'zstd data', advice: 'decompress it first', test: startsWith(0x28, 0xb5, 0x2f, 0xfd)},
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
  {name: 'a TensorFlow Lite model', test: ({text}) => text.slice(4, 8) === 'TFL3'},
  {name: 'an mtrace log', test: ({text}) => /^= Start|^@ \S+:?\[?0x/.test(text)},
  {name: 'an ltrace log', test: ({text}) => /^[^\n]*\b(malloc|calloc|free)\([^\n]*\) *= /.test(text)},
  {name: 'a heaptrack recording', test: ({text}) => /^v [0-9a-f]+ [0-9a-f]+\n/.test(text)},
  {name: "XLA's buffer assignment", test: ({text}) => text.startsWith('BufferAssignment:')},
  // ModelProto: field 1, ir_version, then a string or the graph
  {
    name: 'an ONNX model',
    test: ({bytes}) =>
      bytes[0] === 0x08 && bytes[1]! > 0 && bytes[1]! < 32 && [0x12, 0x3a, 0x1a].includes(bytes[2]!),
  },
];

/** What the input is, and what can be done; undefined where it is none of these. */
export function recogniseUnreadable(head: Head): string | undefined {
  const found = UNREADABLE.find(format => format.test(head));
  return (
    found &&
    `recognised but not readable yet: this is ${found.name}${found.advice ? `; ${found.advice}` : ''}`
  );
}

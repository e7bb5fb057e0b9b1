/** Writers of formats that are read line by line. */
import {hex, isWrong, lines, NAMES, NUMBERS, name, number, one, some, type Write} from './draw.ts';

export const csv: Write = random => {
  const columns = [
    'id',
    'lower',
    'upper',
    'size',
    ...['alignment', 'offset', 'hint', 'gaps', 'pool', 'arena', 'other'].filter(() => random(5) === 0),
  ].map(column =>
    isWrong(random) ? one(random, ['end', 'START', 'buffer_id', 'id', '', '"size"', '"si""ze"']) : column,
  );
  const delimiter = one(random, [',', ',', ',', ';', '\t', '|']);
  const cell = (column: string): string => {
    if (isWrong(random)) return one(random, [...NAMES, '"', '""', '"a', '5-7@1:2', '7-5']);
    if (column === 'gaps') return some(random, 2, () => `${random(9)}-${9 + random(9)}`).join(' ');
    if (column === 'upper') return String(50 + random(50));
    if (column === 'alignment') return String(2 ** random(8));
    return column === 'id' || column === 'pool' || column === 'other' ? name(random) : number(random, 50);
  };
  const rows = some(random, 8, () =>
    columns
      .map(cell)
      .slice(0, isWrong(random) ? random(9) : 99)
      .join(delimiter),
  );
  return lines(random, [columns.join(delimiter), ...rows]);
};

export const mtrace: Write = random =>
  lines(random, [
    '= Start',
    ...some(random, 12, () => {
      const kind = one(random, ['+', '+', '-', '<', '>', '!']);
      const size = kind === '-' || kind === '<' ? '' : ` ${hex(random)}`;
      return `${random(4) ? '@ ./a:[0x12] ' : ''}${kind} ${isWrong(random) ? '(nil)' : hex(random)}${size}`;
    }),
    ...(random(2) ? ['= End'] : []),
  ]);

export const ltrace: Write = random =>
  lines(random, [
    'a->malloc(4) = 0x10',
    ...some(random, 12, () => {
      const thread = random(3) ? '' : one(random, ['12 ', '[pid 13] ', '12 1.5 ', '13 12:00:01.5 ']);
      const call = one(random, [
        'malloc',
        'calloc',
        'realloc',
        'free',
        '_Znwm',
        '_ZdlPvm',
        'operator new',
        'operator delete(void*)',
        'aligned_alloc',
        'foo',
      ]);
      if (random(8) === 0) return `${thread}<... ${call} resumed> ) = ${hex(random)}`;
      const args = some(random, 3, () => (random(2) ? number(random) : hex(random))).join(', ');
      const end = one(random, [
        `) = ${hex(random)}`,
        `) = ${hex(random)}`,
        ') = <void>',
        ' <unfinished ...>',
        ' <no return ...>',
        ') = 0x10 <0.0001>',
        ')',
      ]);
      return `${thread}${random(3) ? 'a->' : ''}${call}(${args}${end}`;
    }),
    ...(random(3) ? [] : ['+++ exited (status 0) +++']),
  ]);

export const singa: Write = random =>
  lines(
    random,
    some(
      random,
      12,
      () =>
        `${one(random, ['MALLOC:', 'FREE:', 'READ:', 'Mutable', 'Malloc'])} ${hex(random)} ${number(random, 4096)} ${isWrong(random) ? one(random, NUMBERS) : `16086395942619${random(99999)}`}`,
    ),
  );

export const heaptrack: Write = random => {
  const small = () =>
    isWrong(random) ? one(random, ['zz', 'ffffffffffffffff', '', '-1', '100000000']) : random(4).toString(16);
  return lines(random, [
    'v 10400 3',
    's 4 main',
    'i 5653 1 1 1 6',
    't 1 0',
    'a 20 1',
    ...some(random, 16, () => {
      const kind = one(random, [...'++++--sitacRX#q']);
      const count = kind === 'i' ? 5 : kind === 't' || kind === 'a' ? 2 : 1;
      return `${kind} ${kind === 's' ? `4 ${name(random)}` : Array.from({length: count}, small).join(' ')}`;
    }),
  ]);
};

export const xla: Write = random =>
  lines(random, [
    'BufferAssignment:',
    ...some(random, 3, k => [
      `allocation ${k}: size ${number(random, 999)}, ${random(3) ? 'preallocated-temp' : 'constant'}${random(3) ? '' : ', color 1'}:`,
      ...some(
        random,
        4,
        i =>
          ` value: <${i} f.${random(6)}{${random(2) || ''}} @0> (size=${number(random)},offset=${number(random)}): f32[2]`,
      ),
    ]).flat(),
    'HloLiveRange (max 12):',
    '  BufferLiveRange:',
    ...some(random, 8, i => `    f.${i}{${random(2) || ''}}:${number(random, 9)}-${number(random, 20)}`),
    ...(random(3) ? [] : ['  Live ranges at 3 (peak):', 'a: 3 bytes']),
  ]);

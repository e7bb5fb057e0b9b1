/** The keys and words of a memory snapshot, by the numbers of their texts; and the kind of record that each key indicates. */

/** In the order of their numbers. */
export const WORDS: readonly string[] = [
  'action',
  'addr',
  'size',
  'stream',
  'time_us',
  'frames',
  'device_free',
  'pool_id',
  'category',
  'filename',
  'name',
  'line',
  'device',
  'address',
  'total_size',
  'allocated_size',
  'active_size',
  'requested_size',
  'segment_type',
  'segment_pool_id',
  'is_expandable',
  'blocks',
  'state',
  'stage',
  'real_size',
  'segments',
  'device_traces',
  'allocator_settings',
  'external_annotations',
  'history',
  'fx_node_name',
  'fx_node_target',
  'fx_original_trace',
];

const numbers = new Map(WORDS.map((word, index) => [word, index]));

/** The number of one of `WORDS`. */
export function wordOf(word: string): number {
  const number = numbers.get(word);
  if (number === undefined) throw new Error(`${word} is none of the words`);
  return number;
}

/** Kinds of dictionaries and lists. */
export const EMPTY = 0;
export const EVENT = 1;
export const FRAME = 2;
export const SEGMENT = 3;
export const BLOCK = 4;
export const SPAN = 5;
/** Kept value by value. */
export const OTHER = 6;
/** Not kept. */
export const DROPPED = 7;
/** What a block was allocated as, in snapshots of 2022. */
export const HISTORY = 8;

/** Per word: the kind of record that a dictionary with such a key is, or `OTHER`. */
export const KIND_OF_KEY: Uint8Array = kindOfKey();

function kindOfKey(): Uint8Array {
  const kinds = new Uint8Array(WORDS.length).fill(OTHER);
  const signs: readonly (readonly [number, readonly string[]])[] = [
    [EVENT, ['action']],
    [FRAME, ['filename', 'line']],
    [SEGMENT, ['total_size', 'segment_type', 'blocks']],
    [BLOCK, ['state']],
    [SPAN, ['stage']],
    [HISTORY, ['real_size']],
  ];
  for (const [kind, words] of signs) for (const word of words) kinds[wordOf(word)] = kind;
  return kinds;
}

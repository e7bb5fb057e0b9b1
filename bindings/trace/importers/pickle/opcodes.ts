/**
 * The opcodes of pickle protocols 2 to 5: https://github.com/python/cpython/blob/main/Lib/pickletools.py (read 2026-01).
 *
 * Those that name something to import, to call or to fetch from elsewhere are known only in order to be refused.
 */

export const OP = {
  MARK: 0x28,
  EMPTY_TUPLE: 0x29,
  STOP: 0x2e,
  POP: 0x30,
  POP_MARK: 0x31,
  DUP: 0x32,
  BINBYTES: 0x42,
  SHORT_BINBYTES: 0x43,
  BINFLOAT: 0x47,
  BININT: 0x4a,
  BININT1: 0x4b,
  BININT2: 0x4d,
  NONE: 0x4e,
  BINUNICODE: 0x58,
  EMPTY_LIST: 0x5d,
  APPEND: 0x61,
  GLOBAL: 0x63,
  DICT: 0x64,
  APPENDS: 0x65,
  BINGET: 0x68,
  INST: 0x69,
  LONG_BINGET: 0x6a,
  LIST: 0x6c,
  BINPUT: 0x71,
  LONG_BINPUT: 0x72,
  SETITEM: 0x73,
  TUPLE: 0x74,
  SETITEMS: 0x75,
  EMPTY_DICT: 0x7d,
  PROTO: 0x80,
  TUPLE1: 0x85,
  TUPLE2: 0x86,
  TUPLE3: 0x87,
  NEWTRUE: 0x88,
  NEWFALSE: 0x89,
  LONG1: 0x8a,
  LONG4: 0x8b,
  SHORT_BINUNICODE: 0x8c,
  BINUNICODE8: 0x8d,
  BINBYTES8: 0x8e,
  STACK_GLOBAL: 0x93,
  MEMOIZE: 0x94,
  FRAME: 0x95,
  BYTEARRAY8: 0x96,
} as const;

/** Names of the refused opcodes. */
const REFUSED: Readonly<Record<number, string>> = {
  70: 'FLOAT of protocol 0',
  73: 'INT of protocol 0',
  76: 'LONG of protocol 0',
  80: 'PERSID',
  81: 'BINPERSID',
  82: 'REDUCE',
  83: 'STRING of protocol 0',
  84: 'BINSTRING of Python 2',
  85: 'SHORT_BINSTRING of Python 2',
  86: 'UNICODE of protocol 0',
  98: 'BUILD',
  99: 'GLOBAL',
  103: 'GET of protocol 0',
  105: 'INST',
  111: 'OBJ',
  112: 'PUT of protocol 0',
  129: 'NEWOBJ',
  130: 'EXT1',
  131: 'EXT2',
  132: 'EXT4',
  143: 'EMPTY_SET',
  144: 'ADDITEMS',
  145: 'FROZENSET',
  146: 'NEWOBJ_EX',
  147: 'STACK_GLOBAL',
  151: 'NEXT_BUFFER',
  152: 'READONLY_BUFFER',
};

/** Name of an opcode that is refused; undefined for one that is no opcode at all. */
export const refusedName = (opcode: number): string | undefined => REFUSED[opcode];

/** Bytes that must be there with an opcode, itself included: its argument, or the length of it. */
export const OPCODE_BYTES: Uint8Array = opcodeBytes();

function opcodeBytes(): Uint8Array {
  const bytes = new Uint8Array(256).fill(1);
  const longer: readonly (readonly [number, readonly number[]])[] = [
    [2, [OP.BININT1, OP.BINGET, OP.BINPUT, OP.PROTO, OP.LONG1, OP.SHORT_BINUNICODE, OP.SHORT_BINBYTES]],
    [3, [OP.BININT2]],
    [5, [OP.BININT, OP.LONG_BINGET, OP.LONG_BINPUT, OP.BINUNICODE, OP.BINBYTES, OP.LONG4]],
    [9, [OP.BINFLOAT, OP.FRAME, OP.BINUNICODE8, OP.BINBYTES8, OP.BYTEARRAY8]],
  ];
  for (const [length, opcodes] of longer) for (const opcode of opcodes) bytes[opcode] = length;
  return bytes;
}

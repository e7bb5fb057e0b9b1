/** Signatures of a WebAssembly module's exported functions, which the JavaScript API does not expose. */

const MAGIC_BYTES = 8;
const SECTION = {type: 1, import: 2, function: 3, export: 7} as const;
const VALUE_TYPES: Readonly<Record<number, string>> = {
  127: 'i32',
  126: 'i64',
  125: 'f32',
  124: 'f64',
  123: 'v128',
};
const FUNCTION_TYPE = 0x60;
const FUNCTION_KIND = 0;

/** Types of one function, in words. */
export interface Signature {
  readonly parameters: readonly string[];
  readonly results: readonly string[];
}

/** Exported functions by name. The module must import nothing, since imports would shift the functions' numbers. */
export function signaturesOf(wasm: Uint8Array): Map<string, Signature> {
  const sections = sectionsOf(wasm);
  if (sections.has(SECTION.import)) throw new Error('the module has imports');
  const types = entriesOf(sections.get(SECTION.type), readType);
  const functions = entriesOf(sections.get(SECTION.function), reader => reader.number());
  const exported = entriesOf(sections.get(SECTION.export), readExport);
  return new Map(
    exported
      .filter(({kind}) => kind === FUNCTION_KIND)
      .map(({name, index}) => [name, types[functions[index]!]!]),
  );
}

function readType(reader: Reader): Signature {
  const form = reader.byte();
  if (form !== FUNCTION_TYPE) throw new Error(`type form ${form}`);
  return {parameters: readValueTypes(reader), results: readValueTypes(reader)};
}

function readValueTypes(reader: Reader): string[] {
  return Array.from({length: reader.number()}, () => {
    const code = reader.byte();
    return VALUE_TYPES[code] ?? `type ${code}`;
  });
}

function readExport(reader: Reader): {name: string; kind: number; index: number} {
  const name = new TextDecoder().decode(reader.bytes(reader.number()));
  return {name, kind: reader.byte(), index: reader.number()};
}

function entriesOf<T>(section: Uint8Array | undefined, read: (reader: Reader) => T): T[] {
  if (!section) return [];
  const reader = new Reader(section);
  return Array.from({length: reader.number()}, () => read(reader));
}

/** Contents of the sections by their number. */
function sectionsOf(wasm: Uint8Array): Map<number, Uint8Array> {
  const sections = new Map<number, Uint8Array>();
  const reader = new Reader(wasm.subarray(MAGIC_BYTES));
  while (!reader.ended) {
    const id = reader.byte();
    sections.set(id, reader.bytes(reader.number()));
  }
  return sections;
}

/** Reads bytes, and numbers in unsigned LEB128, from front to end. */
class Reader {
  readonly #data: Uint8Array;
  #at = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  get ended(): boolean {
    return this.#at >= this.#data.length;
  }

  byte(): number {
    const value = this.#data[this.#at++];
    if (value === undefined) throw new Error('the module ends early');
    return value;
  }

  bytes(count: number): Uint8Array {
    const part = this.#data.subarray(this.#at, this.#at + count);
    this.#at += count;
    return part;
  }

  number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  }
}

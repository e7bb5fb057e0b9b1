/**
 * A regular expression as the automaton of its positions: which characters each position takes, and which positions may
 * follow it. Written for `ambiguity.ts`; it knows the syntax that this repository uses and refuses the rest.
 */

/** Characters of each kind that a class may tell apart: ASCII, and some beyond it. */
const ALPHABET = [
  ...Array.from({length: 128}, (_, code) => String.fromCharCode(code)),
  ...'\u0085\u00a0\u00e9\u200e\u2028\u202e\u2066\u2014\ud800\udc00\ufffd\uffff',
];
const ALL = (1n << BigInt(ALPHABET.length)) - 1n;
/** Repetitions of at least so many count as unbounded. */
const UNBOUNDED = 1000;

export interface Position {
  /** The characters that it takes, as bits of the alphabet. */
  readonly set: bigint;
  /** Indices of positions that may follow, each as often as there are ways to get there. */
  readonly next: number[];
  /** Whether the expression has matched once this position was reached, whatever follows. */
  isMatch: boolean;
}

/** A piece of an expression: where it may begin and end, by position. */
interface Piece {
  /** True for a start that needs the beginning of the text or of a line. */
  readonly first: ReadonlyMap<number, boolean>;
  /** True for an end after which a condition has to hold. */
  readonly last: ReadonlyMap<number, boolean>;
  readonly isNullable: boolean;
  /** Whether it begins with `^`, and whether it ends with a condition, where it takes no character. */
  readonly isAnchor: boolean;
  readonly isCondition: boolean;
}

/** The positions; the first one takes any character, in front of a match that may begin anywhere. */
export function automatonOf(source: string, flags: string): readonly Position[] {
  return new Reader(source, flags).read();
}

class Reader {
  readonly #source: string;
  readonly #flags: string;
  readonly #positions: Position[] = [];
  #at = 0;

  constructor(source: string, flags: string) {
    this.#source = source;
    this.#flags = flags;
  }

  read(): readonly Position[] {
    const anywhere = this.#position(ALL);
    const lineEnd = this.#position(this.#flags.includes('m') ? this.#setOf('\\n') : 0n);
    const whole = this.#alternatives();
    if (this.#at < this.#source.length) throw this.#unknown();
    this.#positions[anywhere]!.next.push(anywhere, lineEnd);
    this.#positions[lineEnd]!.next.push(anywhere);
    for (const [first, isAnchored] of whole.first) {
      this.#positions[lineEnd]!.next.push(first);
      if (!isAnchored && !this.#flags.includes('y')) this.#positions[anywhere]!.next.push(first);
    }
    for (const [last, isConditional] of whole.last) this.#positions[last]!.isMatch = !isConditional;
    return this.#positions;
  }

  #alternatives(): Piece {
    let piece = this.#sequence();
    while (this.#source[this.#at] === '|') {
      this.#at++;
      const other = this.#sequence();
      piece = {
        first: new Map([...piece.first, ...other.first]),
        last: new Map([...piece.last, ...other.last]),
        isNullable: piece.isNullable || other.isNullable,
        isAnchor: piece.isAnchor && other.isAnchor,
        isCondition: piece.isCondition || other.isCondition,
      };
    }
    return piece;
  }

  #sequence(): Piece {
    let piece = EMPTY;
    while (this.#at < this.#source.length && !'|)'.includes(this.#source[this.#at]!))
      piece = this.#joined(piece, this.#repeated());
    return piece;
  }

  #joined(before: Piece, after: Piece): Piece {
    for (const last of before.last.keys()) this.#positions[last]!.next.push(...after.first.keys());
    const anchored = [...after.first].map(([at, isAnchored]): [number, boolean] => [
      at,
      isAnchored || before.isAnchor,
    ]);
    const last = [...before.last].map(([at, isConditional]): [number, boolean] => [
      at,
      isConditional || after.isCondition,
    ]);
    return {
      first: new Map([...before.first, ...(before.isNullable ? anchored : [])]),
      last: new Map([...(after.isNullable ? last : []), ...after.last]),
      isNullable: before.isNullable && after.isNullable,
      isAnchor: before.isAnchor || (before === EMPTY && after.isAnchor),
      isCondition: after.isCondition || (after.isNullable && before.isCondition),
    };
  }

  #repeated(): Piece {
    const from = this.#at;
    const piece = this.#atom();
    const rest = this.#source.slice(this.#at);
    const counted = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(rest);
    if (!counted) return piece;
    const to = this.#at;
    this.#at += counted[0].length;
    const [, sign, least, comma, most] = counted;
    const min = sign ? Number(sign === '+') : Number(least);
    const max = sign ? (sign === '?' ? 1 : Infinity) : comma ? (most ? Number(most) : Infinity) : min;
    if (max >= UNBOUNDED) {
      for (const last of piece.last.keys()) this.#positions[last]!.next.push(...piece.first.keys());
      // all of the text up to its end always matches
      const isAll =
        rest.startsWith(counted[0]) && this.#source.slice(this.#at) === ')$' && this.#isAll(piece);
      return {
        ...optional(piece, min),
        isCondition: piece.isCondition,
        ...(isAll ? {last: matchesOf(piece)} : {}),
      };
    }
    // more than two of a few change no growth
    const again = max > 1 ? this.#copy(from, to) : EMPTY;
    return this.#joined(optional(piece, min), optional(again, Math.min(min, 2) - 1));
  }

  #isAll(piece: Piece): boolean {
    return (
      !this.#flags.includes('m') && [...piece.first.keys()].every(at => this.#positions[at]!.set === ALL)
    );
  }

  /** The same atom once more, with positions of its own. */
  #copy(from: number, to: number): Piece {
    const after = this.#at;
    this.#at = from;
    const piece = this.#atom();
    if (this.#at !== to) throw this.#unknown();
    this.#at = after;
    return piece;
  }

  #atom(): Piece {
    const rest = this.#source.slice(this.#at);
    if (rest.startsWith('(')) return this.#group(rest);
    const assertion = /^(?:\^|\$|\\[bB])/.exec(rest)?.[0];
    if (assertion) {
      this.#at += assertion.length;
      return assertion === '^' ? {...EMPTY, isAnchor: true} : {...EMPTY, isCondition: true};
    }
    const taken =
      /^(?:\[(?:[^\]\\]|\\.)*\]|\\[pP]\{\w+\}|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\[^kpPux0-9]|[^\\[()*+?{|])/s.exec(
        rest,
      )?.[0];
    if (!taken) throw this.#unknown();
    this.#at += taken.length;
    const at = this.#position(this.#setOf(taken));
    return {...EMPTY, first: new Map([[at, false]]), last: new Map([[at, false]]), isNullable: false};
  }

  #group(rest: string): Piece {
    const opening = /^\((?:\?(?::|=|!|<=|<!))?/.exec(rest)![0];
    this.#at += opening.length;
    const within = this.#alternatives();
    if (this.#source[this.#at] !== ')') throw this.#unknown();
    this.#at++;
    if (opening === '(' || opening === '(?:') return within;
    // what is looked at is read and then given back: it may begin, and nothing follows it
    const isBehind = opening.includes('<');
    return {...EMPTY, first: isBehind ? new Map() : within.first, isCondition: true};
  }

  #position(set: bigint): number {
    return this.#positions.push({set, next: [], isMatch: false}) - 1;
  }

  /** The characters of a class, by the engine itself. */
  #setOf(source: string): bigint {
    const one = new RegExp(`^(?:${source})$`, this.#flags.replace(/[gmy]/g, ''));
    return ALPHABET.reduce((set, char, bit) => (one.test(char) ? set | (1n << BigInt(bit)) : set), 0n);
  }

  #unknown(): Error {
    return new Error(
      `/${this.#source}/: not understood from ${this.#source.slice(this.#at, this.#at + 20)} on`,
    );
  }
}

const EMPTY: Piece = {
  first: new Map(),
  last: new Map(),
  isNullable: true,
  isAnchor: false,
  isCondition: false,
};

function optional(piece: Piece, min: number): Piece {
  return min > 0 ? piece : {...piece, isNullable: true};
}

/** The ends of a piece, with no condition after them. */
function matchesOf({last}: Piece): ReadonlyMap<number, boolean> {
  return new Map([...last.keys()].map(at => [at, false]));
}

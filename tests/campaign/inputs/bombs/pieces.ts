/** What bombs are made of: files in pieces, so that a long one is never held. */

export type Pieces = Iterable<string | Uint8Array>;

export interface Bomb {
  /** The most that n may be. */
  readonly most: number;
  readonly make: (n: number) => Pieces;
  /** Read as a plan, not as a problem or recording. */
  readonly isPlan?: boolean;
}

const PIECE = 500;

/** `make(0) … make(n − 1)`, some hundred in a piece. */
export function* each(n: number, make: (i: number) => string): Generator<string> {
  let piece = '';
  for (let i = 0; i < n; i++) {
    piece += make(i);
    if (i % PIECE === PIECE - 1) {
      yield piece;
      piece = '';
    }
  }
  yield piece;
}

export function* file(...parts: readonly (string | Uint8Array | Pieces)[]): Generator<string | Uint8Array> {
  for (const part of parts)
    if (typeof part === 'string' || part instanceof Uint8Array) yield part;
    else yield* part;
}

export const list = (n: number, make: (i: number) => string) =>
  each(n, i => (i > 0 ? `,${make(i)}` : make(i)));
export const run = (n: number, text: string) => each(n, () => text);

export type Bombs = Readonly<Record<string, Bomb>>;

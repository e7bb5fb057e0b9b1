/** Calls, and the paths of calls that led to allocations: each distinct one once. */

/** One level of the calls that led to an allocation. */
export interface Call {
  /** `unseen`: blocks from before the recording; `failed`: a request that failed; `all`: the root of a tree. */
  readonly kind: 'module' | 'phase' | 'frame' | 'operation' | 'all' | 'unseen' | 'failed';
  /** `''` where unknown. */
  readonly name: string;
  /** What gives its colour: of a frame its file, of any other call its name. */
  readonly group: string;
}

/** Paths of calls, the outermost first, and which path led to each item. */
export interface CallPaths {
  readonly calls: readonly Call[];
  /** Path i is `steps[starts[i] … starts[i + 1] − 1]`: indices into `calls`. */
  readonly starts: Uint32Array;
  readonly steps: Uint32Array;
  /** Per item: its path; `NO_PATH` for an item of another device. */
  readonly pathOf: Uint32Array;
  /** Sentences: what the levels were made of. */
  readonly notes: readonly string[];
}

export const NO_PATH = 0xffffffff;

/** Numbers calls and paths in the order in which they are first asked for. */
export class PathBuilder {
  readonly calls: Call[] = [];
  readonly #callIndex = new Map<string, number>();
  readonly #starts: number[] = [0];
  #steps = new Uint32Array(1024);
  #length = 0;

  call(kind: Call['kind'], name: string, group = name): number {
    const key = `${kind} ${name}`;
    const known = this.#callIndex.get(key);
    if (known !== undefined) return known;
    this.#callIndex.set(key, this.calls.length);
    return this.calls.push({kind, name, group}) - 1;
  }

  /** A new path. @param steps indices of calls. */
  path(...parts: readonly (readonly number[])[]): number {
    for (const steps of parts) for (let i = 0; i < steps.length; i++) this.#push(steps[i]!);
    return this.#starts.push(this.#length) - 2;
  }

  #push(step: number): void {
    if (this.#length === this.#steps.length) {
      const grown = new Uint32Array(2 * this.#length);
      grown.set(this.#steps);
      this.#steps = grown;
    }
    this.#steps[this.#length++] = step;
  }

  build(pathOf: Uint32Array, notes: readonly string[]): CallPaths {
    return {
      calls: this.calls,
      starts: Uint32Array.from(this.#starts),
      steps: this.#steps.slice(0, this.#length),
      pathOf,
      notes,
    };
  }
}

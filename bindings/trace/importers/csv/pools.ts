/** The columns `pool` and `arena` of a CSV, row by row: the memories a buffer may be in, or is in. */
import type {Constraints} from '../../../model/constraints.ts';

export class CsvPools {
  /** Per row, as written; empty where there is no such column. */
  readonly #pools: string[] = [];
  readonly #arenas: number[] = [];

  pool(text: string): void {
    this.#pools.push(text);
  }

  arena(number: number): void {
    this.#arenas.push(number);
  }

  /**
   * The pools as constraints, without limits, in the order in which they are named first. Of a plan that is read as a
   * problem, each arena is a pool.
   */
  constraints(): Pick<Constraints, 'pools' | 'allowed'> {
    const names = this.#namesOfArenas();
    const pools = new Map<string, number>();
    const allowed = this.#pools.map((text, i) => {
      const listed = text.split(' ').filter(name => name !== '');
      if (listed.length === 0) return undefined;
      return listed.map(name => poolOf(pools, names.get(`${name} ${this.#arenas[i]}`) ?? name));
    });
    if (pools.size === 0) return {};
    return {pools: [...pools.keys()].map(name => ({name})), allowed};
  }

  ofPlan(): {readonly pools?: readonly string[]; readonly arenaOf?: Uint32Array} {
    return {
      ...(this.#pools.length > 0 ? {pools: this.#pools} : {}),
      ...(this.#arenas.length > 0 ? {arenaOf: Uint32Array.from(this.#arenas)} : {}),
    };
  }

  /** By pool and arena: the pool's name, with a number for each further arena of it. */
  #namesOfArenas(): Map<string, string> {
    const known = new Map<string, number>();
    const names = new Map<string, string>();
    this.#arenas.forEach((arena, i) => {
      const name = this.#pools[i] ?? '';
      if (names.has(`${name} ${arena}`)) return;
      const number = known.get(name) ?? 0;
      known.set(name, number + 1);
      names.set(`${name} ${arena}`, number === 0 ? name : `${name}#${number}`);
    });
    return names;
  }
}

function poolOf(pools: Map<string, number>, name: string): number {
  const known = pools.get(name) ?? pools.size;
  pools.set(name, known);
  return known;
}

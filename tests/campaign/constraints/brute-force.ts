/** The best plan of a small problem: every arena for every component, every offset. */
import type {Component, Placed, Rules} from './rules.ts';

/** The best there is: cost, then bytes over all arenas, then arenas. */
export interface Best {
  readonly cost: number;
  readonly total: number;
  readonly arenas: number;
  readonly plan: Placed;
}

/** Thrown where there is more to try than a campaign has time for. */
export class TooMuch extends Error {}

const MOST_STEPS = 60_000;

interface Arena {
  readonly pool: number;
  /** Components by index. */
  readonly members: number[];
}

interface Packed {
  readonly peak: number;
  readonly offsets: readonly number[];
}

/** Undefined where there is no plan. `costs`: whether the cost counts, or bytes alone. */
export function bestPlan(rules: Rules, costs = true): Best | undefined {
  return new Search(rules, costs).run();
}

class Search {
  readonly #rules: Rules;
  readonly #costs: boolean;
  readonly #packed = new Map<string, Packed | undefined>();
  /** Whether two components collide, by pair and distance. */
  readonly #collisions = new Map<string, boolean>();
  readonly #parts: readonly number[];
  #best: Best | undefined;
  #steps = 0;

  constructor(rules: Rules, costs: boolean) {
    this.#rules = rules;
    this.#costs = costs;
    const names = [...new Set(rules.buffers.map(({part = ''}) => part))];
    this.#parts = rules.buffers.map(({part = ''}) => names.indexOf(part));
  }

  run(): Best | undefined {
    const {isContradictory, components} = this.#rules;
    if (isContradictory || components.some(component => this.#collidesInside(component))) return undefined;
    this.#assign(0, 0, []);
    return this.#best;
  }

  #collidesInside({live, at}: Component): boolean {
    return live.some((a, k) =>
      live.slice(0, k).some(b => this.#rules.areApart(a, b) || this.#rules.collide(b, a, i => at.get(i))),
    );
  }

  #assign(place: number, cost: number, arenas: Arena[]): void {
    if (this.#steps++ > MOST_STEPS) throw new TooMuch();
    if (this.#best && cost > this.#best.cost) return;
    const {components, pools} = this.#rules;
    if (place === components.length) {
      this.#offer(cost, arenas);
      return;
    }
    const {live} = components[place]!;
    pools.forEach((pool, k) => {
      if (!live.every(i => this.#rules.mayBeIn(i, k))) return;
      const own = this.#costs ? live.reduce((sum, i) => sum + this.#rules.costIn(i, pool), 0) : 0;
      const there = arenas.filter(arena => arena.pool === k);
      for (const arena of there) {
        const isApart = arena.members.some(m =>
          components[m]!.live.some(a => live.some(b => this.#rules.areApart(a, b))),
        );
        if (isApart) continue;
        arena.members.push(place);
        if (this.#packedOf(arena)) this.#assign(place + 1, cost + own, arenas);
        arena.members.pop();
      }
      if (there.length > 0 && !pool.isRepeated) return;
      const fresh = {pool: k, members: [place]};
      if (this.#packedOf(fresh)) this.#assign(place + 1, cost + own, [...arenas, fresh]);
    });
  }

  #offer(cost: number, arenas: readonly Arena[]): void {
    const packed = arenas.map(arena => this.#packedOf(arena)!);
    const total = packed.reduce((sum, {peak}) => sum + peak, 0);
    const best = this.#best;
    if (best) {
      const isWorse =
        cost !== best.cost
          ? cost > best.cost
          : total !== best.total
            ? total > best.total
            : arenas.length >= best.arenas;
      if (isWorse) return;
    }
    const offsets = this.#rules.buffers.map(() => 0);
    const places = this.#rules.buffers.map((): [number, number] => [0, 0]);
    arenas.forEach(({pool, members}, k) => {
      const number = arenas.slice(0, k).filter(other => other.pool === pool).length;
      members.forEach((m, at) => {
        const component = this.#rules.components[m]!;
        for (const i of component.members) {
          offsets[i] = Math.max(0, packed[k]!.offsets[at]! + component.at.get(i)!);
          places[i] = [pool, number];
        }
      });
    });
    this.#best = {cost, total, arenas: arenas.length, plan: {offsets, arenas: places}};
  }

  #packedOf({pool, members}: Arena): Packed | undefined {
    const key = `${pool}:${members.join()}`;
    if (!this.#packed.has(key)) this.#packed.set(key, this.#pack(pool, members));
    return this.#packed.get(key);
  }

  /** The lowest peak of the components in one arena. */
  #pack(pool: number, members: readonly number[]): Packed | undefined {
    const {components, pools, buffers} = this.#rules;
    const padding = Math.max(pools[pool]!.alignment, ...buffers.map((_, i) => this.#rules.alignmentOf(i)));
    const fixed = Math.max(0, ...members.map(m => (components[m]!.fixed ?? 0) + components[m]!.extent));
    // all behind each other, each after its padding
    let limit = members.reduce((sum, m) => sum + components[m]!.extent + padding, fixed) + 1;
    limit = Math.min(limit, pools[pool]!.capacity + 1);
    let best: Packed | undefined;
    const offsets: number[] = [];
    const place = (k: number, peak: number): void => {
      if (this.#steps++ > MOST_STEPS) throw new TooMuch();
      if (k === members.length) {
        best = {peak, offsets: [...offsets]};
        limit = peak;
        return;
      }
      const component = components[members[k]!]!;
      for (let offset = component.fixed ?? 0; offset + component.extent < limit; offset++) {
        if (!this.#rules.mayBeAt(component, offset, pool)) {
          if (component.fixed !== undefined) return;
          continue;
        }
        offsets[k] = offset;
        const isClear = members
          .slice(0, k)
          .every((m, j) => !this.#collide(m, members[k]!, offset - offsets[j]!));
        if (isClear) place(k + 1, Math.max(peak, offset + component.extent));
        if (component.fixed !== undefined) return;
      }
    };
    place(0, 0);
    return best;
  }

  /** Whether component `n` collides with `m` where it is `distance` bytes after it. */
  #collide(m: number, n: number, distance: number): boolean {
    const key = `${m} ${n} ${distance}`;
    let collides = this.#collisions.get(key);
    if (collides === undefined) {
      const [one, other] = [this.#rules.components[m]!, this.#rules.components[n]!];
      const offsetOf = (i: number) => {
        const at = other.at.get(i);
        return one.at.get(i) ?? (at === undefined ? undefined : at + distance);
      };
      collides = one.live.some(a =>
        other.live.some(b => this.#shareAcrossParts(a, b, offsetOf) || this.#rules.collide(a, b, offsetOf)),
      );
      this.#collisions.set(key, collides);
    }
    return collides;
  }

  #shareAcrossParts(a: number, b: number, offsetOf: (i: number) => number | undefined): boolean {
    if (this.#parts[a] === this.#parts[b]) return false;
    const [low, high] = [offsetOf(a)!, offsetOf(b)!];
    return low < high + this.#rules.buffers[b]!.size && high < low + this.#rules.buffers[a]!.size;
  }
}

/** How alike two structures are: the weighted Jaccard index of their allocations by site. */
import type {RankStructure} from './result.ts';

/** Sites by number, ascending, with their counts. */
export interface Sites {
  readonly site: Uint32Array;
  readonly count: Float64Array;
  /** Σ counts. */
  readonly total: number;
}

/** All alike: similarity in parts of ten thousand, whole numbers. */
export const EQUAL = 10_000;

/** Numbers the names of sites, over all structures. */
export class SiteNumbers {
  readonly #numbers = new Map<string, number>();

  sitesOf({sites}: Pick<RankStructure, 'sites'>): Sites {
    const counts = new Map<number, number>();
    for (const {name, count} of sites) {
      const number = this.#numbers.get(name) ?? this.#numbers.size;
      this.#numbers.set(name, number);
      counts.set(number, (counts.get(number) ?? 0) + count);
    }
    const sorted = [...counts].sort(([a], [b]) => a - b);
    return {
      site: Uint32Array.from(sorted, ([number]) => number),
      count: Float64Array.from(sorted, ([, count]) => count),
      total: sorted.reduce((sum, [, count]) => sum + count, 0),
    };
  }
}

/** Σ of the smaller counts ÷ Σ of the larger ones, from 0 to `EQUAL`, rounded down; two empty ones are equal. */
export function similarity(a: Sites, b: Sites): number {
  let common = 0;
  for (let i = 0, j = 0; i < a.site.length && j < b.site.length; ) {
    const order = a.site[i]! - b.site[j]!;
    if (order === 0) common += Math.min(a.count[i]!, b.count[j]!);
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
  return ratio(common, a.total + b.total - common);
}

/** The most that `similarity` can be, without looking at the sites. */
export function mostSimilarity(a: Sites, b: Sites): number {
  return ratio(Math.min(a.total, b.total), Math.max(a.total, b.total));
}

function ratio(part: number, all: number): number {
  return all === 0 ? EQUAL : Math.floor((part * EQUAL) / all);
}

export function haveEqualNames(a: Sites, b: Sites): boolean {
  return a.site.length === b.site.length && a.site.every((site, i) => site === b.site[i]);
}

/** Of each site the median of its counts, 0 where a member lacks it: what most members do. */
export function middleOf(members: readonly Sites[]): Sites {
  const counts = new Map<number, number[]>();
  for (const {site, count} of members) {
    site.forEach((number, i) => {
      const own = counts.get(number);
      if (own) own.push(count[i]!);
      else counts.set(number, [count[i]!]);
    });
  }
  const middle = [...counts]
    .map(([number, own]) => [number, middleWithZeros(own, members.length)] as const)
    .filter(([, count]) => count > 0)
    .sort(([a], [b]) => a - b);
  return {
    site: Uint32Array.from(middle, ([number]) => number),
    count: Float64Array.from(middle, ([, count]) => count),
    total: middle.reduce((sum, [, count]) => sum + count, 0),
  };
}

/** The lower median of the counts and of as many zeros as are lacking. */
function middleWithZeros(counts: readonly number[], all: number): number {
  const at = ((all - 1) >> 1) - (all - counts.length);
  return at < 0 ? 0 : Float64Array.from(counts).sort()[at]!;
}

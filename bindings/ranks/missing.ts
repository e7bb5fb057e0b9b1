/** What a batch folder lacks of what its shares announce. */
import type {BatchShare, RunSource} from './result.ts';
import type {Run} from './run.ts';

export function missingOf({shares, files, results}: RunSource): Run['missing'] {
  const named = new Set(files.map(({name}) => name));
  const expected = new Set(shares.flatMap(share => share.files));
  const withoutEntry = [...expected].filter(name => !named.has(name));
  const withoutResult = files.filter(({key}) => key !== null && !results.has(key)).map(({name}) => name);
  return {
    shares: missingShares(shares),
    files: [...withoutEntry, ...withoutResult].sort(),
  };
}

/** Shares of one batch, cut in one way. */
interface Cut {
  readonly shares: number;
  readonly begun: Set<number>;
  readonly files: string[];
}

/**
 * Numbers of the shares that have not begun. A folder may hold several batches: an earlier list of files, other options or
 * another version, and one list cut in another way. A cut of which shares are missing does not count where another one is
 * whole and has all the files that it announces.
 */
function missingShares(shares: readonly BatchShare[]): number[] {
  const cuts = new Map<string, Cut>();
  for (const {batch, share, shares: count, files} of shares) {
    const key = `${batch} ${count}`;
    const cut = cuts.get(key) ?? {shares: count, begun: new Set(), files: []};
    cuts.set(key, cut);
    cut.begun.add(share);
    cut.files.push(...files);
  }
  const all = [...cuts.values()];
  const whole = all.filter(cut => cut.begun.size === cut.shares).map(cut => new Set(cut.files));
  const missing = all
    .filter(cut => !whole.some(files => cut.files.every(file => files.has(file))))
    .flatMap(cut => numbersTo(cut.shares).filter(share => !cut.begun.has(share)));
  return [...new Set(missing)].sort((a, b) => a - b);
}

function numbersTo(count: number): number[] {
  return Array.from({length: count}, (_, i) => i + 1);
}

/** How people call the ranks of a run. */
import {formatCount} from '../model/quantities.ts';
import type {Rank, Run} from './run.ts';

/** `rank 17`; the file's name without its folders where no number is known. */
export function rankName({rank, file}: Pick<Rank, 'rank' | 'file'>): string {
  return rank === null ? file.slice(file.lastIndexOf('/') + 1) : `rank ${rank}`;
}

/** `rank 0, rank 3 and 5 more`: at most so many names. */
export function rankNames(run: Run, indices: readonly number[], most = 4): string {
  const shown = indices.slice(0, indices.length > most ? most - 1 : most);
  const left = indices.length - shown.length;
  const names = shown.map(index => rankName(run.ranks[index]!)).join(', ');
  return left > 0 ? `${names} and ${formatCount(left)} more` : names;
}

/** `0–7, 16–23`: the numbers of ranks; names of those without one. */
export function rankRanges(run: Run, indices: readonly number[]): string {
  const parts: string[] = [];
  let [from, to] = [Number.NaN, Number.NaN];
  const end = () => {
    if (!Number.isNaN(from)) parts.push(from === to ? `${from}` : `${from}–${to}`);
  };
  for (const index of indices) {
    const {rank} = run.ranks[index]!;
    if (rank !== null && rank === to + 1) {
      to = rank;
      continue;
    }
    end();
    [from, to] = rank === null ? [Number.NaN, Number.NaN] : [rank, rank];
    if (rank === null) parts.push(rankName(run.ranks[index]!));
  }
  end();
  return parts.join(', ');
}

/** Bytes that a rank held at most: reserved where known, else live; null where it was not analysed. */
export function heldBytes({reserved, peak}: Pick<Rank, 'reserved' | 'peak'>): number | null {
  return reserved ?? peak;
}

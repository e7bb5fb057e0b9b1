/**
 * The first number of `[low, high)` at which `isReached` holds, or `high`. Once it holds, it must hold for all that follow.
 */
export function firstIndex(low: number, high: number, isReached: (index: number) => boolean): number {
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    if (isReached(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Work that waits for disks and networks, some of it at a time. */

/** Does the work for all, so many at a time. @returns the results in the order of the items */
export async function inTurns<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  const turn = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i]!);
  };
  await Promise.all(Array.from({length: atOnce}, turn));
  return results;
}

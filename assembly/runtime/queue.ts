/**
 * Addresses that other workers freed, until their owner takes them: a bounded queue with many producers and one
 * consumer (Vyukov, 2010). The number of a cell determines its next user: `ticket` the writer, `ticket + 1` the
 * reader.
 *
 *    queue   written │ read │ {number, address} ×2^12
 */
const CELLS: u32 = 1 << 12;

/** Bytes of a queue. */
export const QUEUE_BYTES: u32 = 64 + (CELLS << 3);

export function initQueue(queue: usize): void {
  store<u32>(queue, 0);
  store<u32>(queue, 0, 4);
  for (let i: u32 = 0; i < CELLS; i++) store<u32>(cellOf(queue, i), i);
}

/** Adds an address, from any worker. @returns false if the queue is full */
export function push(queue: usize, address: usize): bool {
  if (!ASC_FEATURE_THREADS) return false;
  let ticket = atomic.load<u32>(queue);
  let number = atomic.load<u32>(cellOf(queue, ticket));
  // a number behind the ticket belongs to an address of the round before, not taken yet
  while (<i32>(number - ticket) >= 0) {
    const seen = number == ticket ? atomic.cmpxchg<u32>(queue, ticket, ticket + 1) : atomic.load<u32>(queue);
    if (number == ticket && seen == ticket) {
      store<u32>(cellOf(queue, ticket), <u32>address, 4);
      atomic.store<u32>(cellOf(queue, ticket), ticket + 1);
      return true;
    }
    ticket = seen;
    number = atomic.load<u32>(cellOf(queue, ticket));
  }
  return false;
}

/** Takes the oldest address, by the owner only; 0 if there is none. */
export function pop(queue: usize): usize {
  if (!ASC_FEATURE_THREADS) return 0;
  const ticket = load<u32>(queue, 4);
  const cell = cellOf(queue, ticket);
  if (atomic.load<u32>(cell) != ticket + 1) return 0;
  const address = load<u32>(cell, 4);
  store<u32>(queue, ticket + 1, 4);
  atomic.store<u32>(cell, ticket + CELLS);
  return address;
}

function cellOf(queue: usize, ticket: u32): usize {
  return queue + 64 + ((<usize>(ticket & (CELLS - 1))) << 3);
}

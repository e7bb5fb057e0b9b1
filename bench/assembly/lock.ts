/** A lock for allocators that several threads share: 0 free, 1 held, 2 held and waited for (Drepper, 2011). */

const SPINS: u32 = 100;

/** Without shared memory there is no other thread, so it does nothing. */
export function enter(lock: usize): void {
  if (!ASC_FEATURE_THREADS) return;
  for (let i: u32 = 0; i < SPINS; i++) {
    if (atomic.load<u32>(lock) == 0 && atomic.cmpxchg<u32>(lock, 0, 1) == 0) return;
  }
  while (atomic.xchg<u32>(lock, 2) != 0) atomic.wait<i32>(lock, 2, -1);
}

export function leave(lock: usize): void {
  if (!ASC_FEATURE_THREADS) return;
  if (atomic.xchg<u32>(lock, 0) == 2) atomic.notify(lock, 1);
}

/** The imports in a file of their own, which biome skips: it cannot parse a decorator on a function. */

@external('wasi_snapshot_preview1', 'clock_time_get')
export declare function clockTimeGet(clock: u32, precision: u64, at: usize): u32;

@external('wasi_snapshot_preview1', 'fd_write')
export declare function fdWrite(file: u32, vectors: usize, numVectors: u32, written: usize): u32;

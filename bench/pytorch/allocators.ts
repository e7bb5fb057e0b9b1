/** General allocators to run beside: shared objects for LD_PRELOAD, as they come and tuned. */
import {existsSync} from 'node:fs';
import {join} from 'node:path';

/** An allocator, as the environment of a process. */
export interface Allocator {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  /** File name of what is loaded; absent for the one that Python has anyway. */
  readonly file?: string;
}

const FOLDERS = [
  `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`,
  '/usr/lib64',
  '/usr/lib',
  '/usr/local/lib',
];

interface Known {
  readonly name: string;
  /** File name, and the package of Debian that has it. */
  readonly library?: readonly [string, string];
  readonly env?: Readonly<Record<string, string>>;
}

/** tcmalloc first: of those that need no tuning it is the best. */
const KNOWN: readonly Known[] = [
  {name: 'tcmalloc', library: ['libtcmalloc_minimal.so.4', 'libtcmalloc-minimal4']},
  {name: 'glibc'},
  {
    name: 'glibc-tuned',
    env: {
      MALLOC_MMAP_MAX_: '0',
      MALLOC_TRIM_THRESHOLD_: String(2 ** 34),
      MALLOC_TOP_PAD_: String(2 ** 26),
    },
  },
  {name: 'jemalloc', library: ['libjemalloc.so.2', 'libjemalloc2']},
  {
    // PyTorch's performance tuning guide has 9000000000 in place of −1. But with a positive value jemalloc 5 gives blocks
    // above oversize_threshold back at once: 100,000 page faults a step
    name: 'jemalloc-tuned',
    library: ['libjemalloc.so.2', 'libjemalloc2'],
    env: {
      MALLOC_CONF:
        'oversize_threshold:1,background_thread:true,metadata_thp:auto,dirty_decay_ms:-1,muzzy_decay_ms:-1',
    },
  },
  {name: 'mimalloc', library: ['libmimalloc.so.2', 'libmimalloc2.0']},
];

/** Those on this machine; the others are named with the package that has them. */
export function findAllocators(): {found: Allocator[]; missing: string[]} {
  const found: Allocator[] = [];
  const missing: string[] = [];
  for (const {name, library, env} of KNOWN) {
    const path = library && FOLDERS.map(folder => join(folder, library[0])).find(existsSync);
    if (library && path === undefined) missing.push(`${name} (${library[0]}; Debian: ${library[1]})`);
    else if (!library || path === undefined) found.push({name, env: env ?? {}});
    else found.push({name, env: {...env, LD_PRELOAD: path}, file: library[0]});
  }
  return {found, missing};
}

/** Memory that the process's general allocator holds and does not use. */
#ifndef STOWAGE_RELEASE_H
#define STOWAGE_RELEASE_H

/** Has it give that memory back to the system, where it is glibc's, tcmalloc, jemalloc or mimalloc; others keep theirs. */
void stowage_release_unused(void);

#endif

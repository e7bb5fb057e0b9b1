/** Exchanges the pointers through which loaded libraries call two functions: no LD_PRELOAD. ELF, x86-64 and AArch64. */
#ifndef STOWAGE_HOOK_H
#define STOWAGE_HOOK_H

#include <stdbool.h>

typedef struct {
  /** Name of the symbol, the function that is to be called in its place, and the pointers exchanged so far. */
  const char *name;
  void *to;
  unsigned exchanged;
} stowage_hook;

/** Exchanges in all loaded libraries; again, in those loaded since. @returns false where pages cannot be made writable */
bool stowage_hook_all(stowage_hook *hooks, unsigned count);
/** Whether libraries were loaded or unloaded since `stowage_hook_all`. Cheap. */
bool stowage_hook_is_stale(void);

#endif

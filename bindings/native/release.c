/** Each allocator has its own call; those that the process has not loaded are not found. */
#define _GNU_SOURCE
#include "release.h"

#include <dlfcn.h>
#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>

typedef int mallctl_function(const char *name, void *before, size_t *before_bytes, void *after, size_t after_bytes);

static void *find(const char *name) { return dlsym(RTLD_DEFAULT, name); }

void stowage_release_unused(void) {
  malloc_trim(0);
  void (*tcmalloc)(void) = (void (*)(void))find("MallocExtension_ReleaseFreeMemory");
  if (tcmalloc) tcmalloc();
  mallctl_function *jemalloc = (mallctl_function *)find("mallctl");
  if (jemalloc) {
    jemalloc("thread.tcache.flush", NULL, NULL, NULL, 0);
    jemalloc("arena.4096.purge", NULL, NULL, NULL, 0); // MALLCTL_ARENAS_ALL
  }
  void (*mimalloc)(bool) = (void (*)(bool))find("mi_collect");
  if (mimalloc) mimalloc(true);
}

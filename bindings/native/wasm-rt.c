/** Memory and traps of modules that wasm2c made C. */
#define _GNU_SOURCE
#include "wasm-rt.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 1 << 16 };
/** What an address of 32 bits can reach, and a page for the offset that an instruction adds. */
#define FULL_REACH (((uint64_t)1 << 32) + PAGE)

static uint64_t up(uint64_t bytes) {
  uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
  return (bytes + page - 1) & ~(page - 1);
}

static wasm_rt_memory_t *memory_of(void *instance, size_t bytes) {
  return (wasm_rt_memory_t *)((char *)instance + bytes - sizeof(wasm_rt_memory_t));
}

void *stowage_instance_new(size_t bytes, uint64_t most) {
  uint64_t reach = FULL_REACH;
  void *at = mmap(NULL, up(bytes + reach), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) { // address space is limited (ulimit -v): less will do, the module never reaches beyond its memory
    reach = most;
    at = mmap(NULL, up(bytes + reach), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  }
  if (at == MAP_FAILED) return NULL;
  if (mprotect(at, up(bytes), PROT_READ | PROT_WRITE)) {
    munmap(at, up(bytes + reach));
    return NULL;
  }
  memory_of(at, bytes)->reserved = reach;
  return at;
}

void stowage_instance_delete(void *instance, size_t bytes) {
  munmap(instance, up(bytes + memory_of(instance, bytes)->reserved));
}

void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint64_t pages, uint64_t max_pages, bool is64, uint32_t page_bytes) {
  (void)is64, (void)page_bytes;
  memory->max_pages = max_pages;
  if (pages > 0 && wasm_rt_grow_memory(memory, pages) == UINT64_MAX) wasm_rt_trap(WASM_RT_TRAP_OOB);
}

uint64_t wasm_rt_grow_memory(wasm_rt_memory_t *memory, uint64_t pages) {
  uint64_t before = memory->pages, bytes = (before + pages) * PAGE;
  if (before + pages > memory->max_pages || bytes > memory->reserved) return UINT64_MAX;
  uintptr_t from = (uintptr_t)memory->data & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
  if (mprotect((void *)from, up((uintptr_t)memory->data + bytes - from), PROT_READ | PROT_WRITE)) return UINT64_MAX;
  memory->pages += pages;
  memory->size = bytes;
  return before;
}

void wasm_rt_free_memory(wasm_rt_memory_t *memory) { (void)memory; }

static __thread jmp_buf *frame;

bool stowage_guarded(void (*body)(void *), void *argument) {
  jmp_buf here, *outer = frame;
  if (setjmp(here)) {
    frame = outer;
    return false;
  }
  frame = &here;
  body(argument);
  frame = outer;
  return true;
}

void wasm_rt_trap(wasm_rt_trap_t code) {
  if (frame) longjmp(*frame, 1);
  fprintf(stderr, "stowage: the runtime trapped (%d); its tables are broken, the process ends\n", (int)code);
  abort();
}

/**
 * The header that the output of wasm2c (wabt 1.0.39) includes, in place of wabt's own. It installs no signal handler and
 * counts no stack depth: both belong to the process that loads this library.
 *
 * A module's memory follows its instance without a pointer between them: `data` is a flexible array, so an address of
 * the module is a constant away from the instance, and a store into the memory makes no compiler load the base again.
 */
#ifndef STOWAGE_WASM_RT_H
#define STOWAGE_WASM_RT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "stowage needs a little-endian machine: the modules share their memory with C as it is"
#endif

#define WABT_BIG_ENDIAN 0
#define WASM_RT_USE_SEGUE 0
#define WASM_RT_SEGUE_FREE_SEGMENT 0
#define WASM_RT_SANITY_CHECKS 0
#define WASM_RT_STACK_DEPTH_COUNT 0
/** Checks every access in C: for tests. Otherwise pages without access follow the memory (`wasm-rt.c`). */
#ifdef STOWAGE_CHECKED
#define WASM_RT_MEMCHECK_GUARD_PAGES 0
#define WASM_RT_MEMCHECK_BOUNDS_CHECK 1
#else
#define WASM_RT_MEMCHECK_GUARD_PAGES 1
#define WASM_RT_MEMCHECK_BOUNDS_CHECK 0
#endif
#define WASM_RT_NO_RETURN __attribute__((noreturn))
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define wasm_rt_memcpy memcpy
#define wasm_rt_unreachable __builtin_unreachable

typedef enum {
  WASM_RT_TRAP_NONE,
  WASM_RT_TRAP_OOB,
  WASM_RT_TRAP_INT_OVERFLOW,
  WASM_RT_TRAP_DIV_BY_ZERO,
  WASM_RT_TRAP_INVALID_CONVERSION,
  WASM_RT_TRAP_UNREACHABLE,
  WASM_RT_TRAP_CALL_INDIRECT,
  WASM_RT_TRAP_NULL_REF,
  WASM_RT_TRAP_EXHAUSTION,
} wasm_rt_trap_t;

typedef enum {
  WASM_RT_I32,
  WASM_RT_I64,
  WASM_RT_F32,
  WASM_RT_F64,
  WASM_RT_V128,
  WASM_RT_FUNCREF,
  WASM_RT_EXTERNREF,
} wasm_rt_type_t;

typedef void (*wasm_rt_function_ptr_t)(void);
typedef const char *wasm_rt_func_type_t;
typedef struct wasm_rt_tailcallee_t {
  void (*fn)(void **, void *, struct wasm_rt_tailcallee_t *);
} wasm_rt_tailcallee_t;
typedef struct {
  wasm_rt_func_type_t func_type;
  wasm_rt_function_ptr_t func;
  wasm_rt_tailcallee_t func_tailcallee;
  void *module_instance;
} wasm_rt_funcref_t;
typedef void *wasm_rt_externref_t;
static const wasm_rt_funcref_t wasm_rt_funcref_null_value = {0};
static const wasm_rt_externref_t wasm_rt_externref_null_value = 0;
typedef struct {
  wasm_rt_funcref_t *data;
  uint32_t max_size, size;
} wasm_rt_funcref_table_t;
typedef struct {
  wasm_rt_externref_t *data;
  uint32_t max_size, size;
} wasm_rt_externref_table_t;

/** The last member of an instance. */
typedef struct {
  /** Pages of 64 KiB, and the most there may be. */
  uint64_t pages, max_pages;
  /** Bytes. */
  uint64_t size;
  /** Bytes of address space behind `data`. */
  uint64_t reserved;
  uint8_t data[];
} wasm_rt_memory_t;

void wasm_rt_trap(wasm_rt_trap_t code) WASM_RT_NO_RETURN;
static inline bool wasm_rt_is_initialized(void) { return true; }
void wasm_rt_allocate_memory(wasm_rt_memory_t *, uint64_t pages, uint64_t max_pages, bool is64, uint32_t page_bytes);
/** Pages there were, or UINT64_MAX where the address space or the host's memory does not suffice. */
uint64_t wasm_rt_grow_memory(wasm_rt_memory_t *, uint64_t pages);
void wasm_rt_free_memory(wasm_rt_memory_t *);

/**
 * Room for an instance of `bytes` bytes with its memory behind it, zeroed; NULL where the host grants no such room.
 * At most `most` bytes of memory are needed; the instance may have less than 4 GiB of address space only if it keeps to
 * them.
 */
void *stowage_instance_new(size_t bytes, uint64_t most);
void stowage_instance_delete(void *instance, size_t bytes);

/**
 * Runs `body(argument)`. @returns false where a module trapped in it: the instance then is of no use any more. Without
 * such a frame a trap ends the process: nothing that the tables say may be trusted.
 */
bool stowage_guarded(void (*body)(void *), void *argument);

#endif

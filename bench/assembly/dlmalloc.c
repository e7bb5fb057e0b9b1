// The same loop as replay.ts, over malloc and free of wasi-libc (dlmalloc), called through the function table.
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define FREE 0x80000000u
#define LAG 0x40000000u

typedef void *(*Alloc)(uint32_t self, uint32_t key, uint32_t size);
typedef int32_t (*Release)(uint32_t self, void *address);
typedef void (*Border)(uint32_t self, uint32_t is_begin);

static void *alloc(uint32_t self, uint32_t key, uint32_t size) { return malloc(size); }
static int32_t release(uint32_t self, void *address) {
  free(address);
  return 0;
}
static void border(uint32_t self, uint32_t is_begin) {}

__attribute__((export_name("allocIndex"))) Alloc alloc_index(void) { return alloc; }
__attribute__((export_name("releaseIndex"))) Release release_index(void) { return release; }
__attribute__((export_name("borderIndex"))) Border border_index(void) { return border; }
__attribute__((export_name("reserve"))) void *reserve(uint32_t bytes) { return malloc(bytes); }

__attribute__((export_name("replay"))) uint32_t replay(const uint32_t *steps, uint32_t num_steps, uint32_t *blocks,
                                                       uint32_t num_rows, uint32_t iterations, uint32_t self,
                                                       Alloc alloc, Release release, Border border) {
  uint32_t sum = 0;
  const uint32_t *end = steps + 3 * num_steps;
  for (uint32_t i = 0; i < iterations; i++) {
    uint32_t *present = blocks + (i & 1 ? num_rows : 0);
    uint32_t *before = blocks + (i & 1 ? 0 : num_rows);
    border(self, 1);
    for (const uint32_t *at = steps; at < end; at += 3) {
      uint32_t row = at[0] & ~(FREE | LAG);
      if (at[0] & FREE) {
        uint8_t *address = (uint8_t *)(uintptr_t)(at[0] & LAG ? before : present)[row];
        if (!address) continue;
        sum += *address;
        release(self, address);
      } else {
        uint8_t *address = alloc(self, at[1], at[2]);
        *address = (uint8_t)row;
        present[row] = (uint32_t)(uintptr_t)address;
      }
    }
    border(self, 0);
  }
  return sum;
}

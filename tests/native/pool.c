/**
 * Random requests on the pool of `bindings/native/pool.c`, compared with a model that knows every block and every segment.
 * The device has addresses and no memory. Prints what happened; ends with a message where the pool breaks a rule.
 * Usage: pool SEED REQUESTS CAPACITY
 */
#include "pool.h"

#include <stdio.h>
#include <stdlib.h>

#define CHECK(holds, ...) \
  do { \
    if (!(holds)) fprintf(stderr, "request %u: ", request), fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), exit(1); \
  } while (0)

enum { MOST = 4096, NUM_STREAMS = 3 };

/** Segments and blocks in use alike, in no order. */
typedef struct {
  uint64_t address, bytes;
  int stream;
} range;
static range segments[MOST], blocks[MOST];
static uint32_t num_segments, num_blocks, request, refused, full, trimmed;
static uint64_t capacity, held, next_address = (uint64_t)1 << 40, state;
static int current_stream, streams[NUM_STREAMS];

static uint64_t random_below(uint64_t most) {
  state ^= state << 13, state ^= state >> 7, state ^= state << 17;
  return state % most;
}

static uint64_t up(uint64_t bytes, uint64_t unit) { return (bytes + unit - 1) / unit * unit; }

static void *take(void *context, uint64_t bytes) {
  CHECK(context == &held, "another context");
  CHECK(bytes % STOWAGE_POOL_PAGE == 0, "a segment of %llu bytes", (unsigned long long)bytes);
  if (bytes > capacity - held) return full++, NULL;
  CHECK(num_segments < MOST, "too many segments");
  segments[num_segments++] = (range){next_address, bytes, current_stream};
  held += bytes;
  next_address += bytes; // so neighbours in address are of different segments
  return (void *)(uintptr_t)(next_address - bytes);
}

static void give(void *context, void *segment, uint64_t bytes) {
  CHECK(context == &held, "another context");
  for (uint32_t i = 0; i < num_segments; i++) {
    if (segments[i].address != (uintptr_t)segment) continue;
    CHECK(segments[i].bytes == bytes, "%llu bytes of a segment given back", (unsigned long long)bytes);
    segments[i] = segments[--num_segments];
    held -= bytes;
    trimmed++;
    return;
  }
  CHECK(0, "a segment given back that is not taken");
}

static int by_address(const void *a, const void *b) {
  const range *x = a, *y = b;
  return x->address < y->address ? -1 : x->address > y->address;
}

/** The smallest gap of a stream's segments that holds the bytes, 0 where none does; and the gap at `at`, where it is in one. */
static uint64_t smallest_gap(int stream, uint64_t bytes, uint64_t at, uint64_t *around) {
  range sorted[MOST];
  uint32_t count = num_blocks;
  uint64_t smallest = 0;
  for (uint32_t i = 0; i < count; i++) sorted[i] = blocks[i];
  qsort(sorted, count, sizeof *sorted, by_address);
  for (uint32_t s = 0; s < num_segments; s++) {
    if (segments[s].stream != stream) continue;
    uint64_t from = segments[s].address, end = from + segments[s].bytes;
    for (uint32_t i = 0; i <= count; i++) {
      if (i < count && (sorted[i].address < from || sorted[i].address >= end)) continue;
      uint64_t to = i < count ? sorted[i].address : end;
      if (to - from >= bytes && (!smallest || to - from < smallest)) smallest = to - from;
      if (around && at >= from && at < to) *around = to - from;
      from = i < count ? to + sorted[i].bytes : end;
    }
  }
  return smallest;
}

static void check_new(uint64_t address, uint64_t bytes, uint64_t most_left, uint32_t full_before, uint64_t held_before) {
  uint64_t around = 0;
  CHECK(address % STOWAGE_POOL_UNIT == 0, "an unaligned block");
  for (uint32_t i = 0; i < num_blocks; i++)
    CHECK(address + bytes <= blocks[i].address || blocks[i].address + blocks[i].bytes <= address, "shared bytes");
  uint64_t smallest = smallest_gap(current_stream, bytes, address, &around);
  CHECK(around >= bytes, "a block outside of the segments of its stream");
  if (full == full_before && held == held_before) CHECK(around == smallest, "not the smallest free block");
  if (full == full_before && held == held_before && most_left != STOWAGE_POOL_ANY)
    CHECK(around - bytes < most_left, "%llu bytes left over", (unsigned long long)(around - bytes));
}

static void allocate(stowage_pool *pool) {
  static const uint64_t sizes[] = {2000, 600 << 10, 3 << 20, 40 << 20};
  uint64_t bytes = 1 + random_below(sizes[random_below(4)]);
  uint64_t most_left = random_below(2) ? STOWAGE_POOL_ANY : STOWAGE_POOL_PAGE;
  uint32_t full_before = full;
  uint64_t held_before = held;
  current_stream = (int)random_below(NUM_STREAMS);
  char *block = stowage_pool_malloc(pool, &streams[current_stream], bytes, most_left);
  bytes = up(bytes, STOWAGE_POOL_UNIT);
  if (block) {
    if (bytes < STOWAGE_POOL_LARGE) most_left = STOWAGE_POOL_PAGE;
    check_new((uintptr_t)block, bytes, most_left, full_before, held_before);
    blocks[num_blocks++] = (range){(uintptr_t)block, bytes, current_stream};
    return;
  }
  refused++;
  CHECK(up(bytes, STOWAGE_POOL_PAGE) > capacity - held, "refused with room on the device");
  CHECK(!smallest_gap(current_stream, bytes, 0, NULL), "refused with room in a segment");
}

static void release(stowage_pool *pool) {
  uint32_t i = (uint32_t)random_below(num_blocks);
  char *block = (char *)(uintptr_t)blocks[i].address;
  CHECK(!stowage_pool_free(pool, block + STOWAGE_POOL_UNIT / 2), "freed within a block");
  CHECK(stowage_pool_free(pool, block), "a block is not known");
  CHECK(!stowage_pool_free(pool, block), "freed twice");
  blocks[i] = blocks[--num_blocks];
}

static void check_bytes(const stowage_pool *pool) {
  uint64_t used = 0;
  for (uint32_t i = 0; i < num_blocks; i++) used += blocks[i].bytes;
  CHECK(stowage_pool_used(pool) == used, "%llu bytes in use", (unsigned long long)stowage_pool_used(pool));
  CHECK(stowage_pool_reserved(pool) == held, "%llu bytes reserved", (unsigned long long)stowage_pool_reserved(pool));
}

int main(int count, char **arguments) {
  if (count != 4) return 2;
  state = strtoull(arguments[1], NULL, 10) * 2654435761u + 1;
  uint32_t requests = (uint32_t)strtoul(arguments[2], NULL, 10);
  capacity = strtoull(arguments[3], NULL, 10);
  stowage_pool *pool = stowage_pool_new(&(stowage_pool_device){take, give, &held});
  CHECK(!stowage_pool_malloc(pool, &streams[0], 0, STOWAGE_POOL_ANY), "0 bytes");
  CHECK(!stowage_pool_malloc(pool, &streams[0], UINT64_MAX, STOWAGE_POOL_ANY), "all bytes");
  full = refused = 0;
  for (request = 0; request < requests; request++) {
    // grows, then shrinks, over and over
    uint32_t chance = request / 500 % 2 ? 35 : 60;
    if (num_blocks == 0 || (random_below(100) < chance && num_blocks < MOST - 1)) allocate(pool);
    else release(pool);
    if (random_below(400) == 0) stowage_pool_trim(pool);
    if (request % 16 == 0) check_bytes(pool);
  }
  uint32_t at_end = num_blocks;
  // of another run's pool, with blocks in use: every segment goes back, too
  stowage_pool *other = stowage_pool_new(&(stowage_pool_device){take, give, &held});
  uint64_t before = held;
  for (int i = 0; i < 8; i++) stowage_pool_malloc(other, &streams[0], 3 << 19, STOWAGE_POOL_ANY);
  stowage_pool_delete(other);
  CHECK(held == before, "segments of a deleted pool are held");
  while (num_blocks > 0) release(pool);
  check_bytes(pool);
  CHECK(stowage_pool_trim(pool) == before && held == 0, "blocks did not merge: %llu bytes held", (unsigned long long)held);
  stowage_pool_delete(pool);
  printf("{\"refused\": %u, \"full\": %u, \"given_back\": %u, \"at_end\": %u}\n", refused, full, trimmed, at_end);
  return 0;
}

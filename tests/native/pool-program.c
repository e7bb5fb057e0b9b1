/**
 * Random requests on the pool of `bindings/native/pool.c`, compared with a model that knows every block and every segment.
 * The device has addresses and no memory. Prints what happened; ends with a message where the pool breaks a rule.
 * Usage: pool SEED REQUESTS CAPACITY
 */
#include "pool.h"

#include <stdbool.h>
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
static uint64_t capacity, held, most_held, next_address = (uint64_t)1 << 40, state;
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
  if (held > most_held) most_held = held;
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

/** Gaps of a stream's segments. */
typedef struct {
  /** The smallest that holds the bytes, of segments with blocks and of idle ones; 0 where there is none. */
  uint64_t busy, idle;
  /** The one at the address; whether it is a whole segment. */
  uint64_t around;
  bool is_whole;
} gaps;

static gaps gaps_of(int stream, uint64_t bytes, uint64_t at) {
  range sorted[MOST];
  uint32_t count = num_blocks;
  gaps found = {0};
  for (uint32_t i = 0; i < count; i++) sorted[i] = blocks[i];
  qsort(sorted, count, sizeof *sorted, by_address);
  for (uint32_t s = 0; s < num_segments; s++) {
    if (segments[s].stream != stream) continue;
    uint64_t from = segments[s].address, end = from + segments[s].bytes;
    for (uint32_t i = 0; i <= count; i++) {
      if (i < count && (sorted[i].address < from || sorted[i].address >= end)) continue;
      uint64_t to = i < count ? sorted[i].address : end;
      bool is_whole = to - from == segments[s].bytes;
      uint64_t *smallest = is_whole ? &found.idle : &found.busy;
      if (to - from >= bytes && (!*smallest || to - from < *smallest)) *smallest = to - from;
      if (at >= from && at < to) found.around = to - from, found.is_whole = is_whole;
      from = i < count ? to + sorted[i].bytes : end;
    }
  }
  return found;
}

static void check_new(uint64_t address, uint64_t bytes, uint64_t step, bool is_from_cache) {
  CHECK(address % STOWAGE_POOL_UNIT == 0, "an unaligned block");
  for (uint32_t i = 0; i < num_blocks; i++)
    CHECK(address + bytes <= blocks[i].address || blocks[i].address + blocks[i].bytes <= address, "shared bytes");
  gaps found = gaps_of(current_stream, bytes, address);
  CHECK(found.around >= bytes, "a block outside of the segments of its stream");
  if (!is_from_cache || step > 0) return;
  CHECK(found.around == (found.busy ? found.busy : found.idle), "not the smallest free block");
  if (found.is_whole && bytes < STOWAGE_POOL_LARGE)
    CHECK(found.around == STOWAGE_POOL_PAGE, "a small block breaks up %llu idle bytes", (unsigned long long)found.around);
}

static void allocate(stowage_pool *pool) {
  static const uint64_t sizes[] = {2000, 600 << 10, 3 << 20, 40 << 20};
  uint64_t bytes = 1 + random_below(sizes[random_below(4)]);
  uint64_t step = random_below(2) ? 0 : 1 + request / 300;
  uint32_t full_before = full;
  uint64_t address_before = next_address;
  current_stream = (int)random_below(NUM_STREAMS);
  char *block = stowage_pool_malloc(pool, &streams[current_stream], bytes, step);
  bytes = up(bytes, STOWAGE_POOL_UNIT);
  if (block) {
    check_new((uintptr_t)block, bytes, step, full == full_before && next_address == address_before);
    blocks[num_blocks++] = (range){(uintptr_t)block, bytes, current_stream};
    return;
  }
  refused++;
  gaps found = gaps_of(current_stream, bytes, 0);
  CHECK(up(bytes, STOWAGE_POOL_PAGE) > capacity - held, "refused with room on the device");
  CHECK(!found.busy && !found.idle, "refused with room in a segment");
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

/**
 * A training step before there is a plan: parameters from before, blocks that die, an optimizer's state that stays.
 * @returns per cent that segments have more than blocks, once the step is over and idle segments are given back; and at most
 */
static uint64_t left_over_by_a_step(uint64_t *at_most) {
  enum { LAYERS = 40 };
  static const uint64_t sizes[] = {2359296, 9437184, 3072, 1 << 20, 589824, 7077888, 512, 200 << 10};
  char *activations[LAYERS], *gradients[LAYERS];
  stowage_pool *pool = stowage_pool_new(&(stowage_pool_device){take, give, &held});
  for (int i = 0; i < LAYERS; i++) stowage_pool_malloc(pool, &streams[0], sizes[i % 8], 0);
  most_held = held;
  for (int i = 0; i < LAYERS; i++) activations[i] = stowage_pool_malloc(pool, &streams[0], (uint64_t)(i % 7 + 1) << 20, 1);
  uint64_t most_used = stowage_pool_used(pool);
  for (int i = LAYERS; i-- > 0;) {
    gradients[i] = stowage_pool_malloc(pool, &streams[0], sizes[i % 8], 1);
    stowage_pool_free(pool, activations[i]);
  }
  for (int i = 0; i < LAYERS; i++) stowage_pool_malloc(pool, &streams[0], sizes[i % 8], 1);
  if (stowage_pool_used(pool) > most_used) most_used = stowage_pool_used(pool);
  *at_most = 100 * (most_held - most_used) / most_used;
  for (int i = 0; i < LAYERS; i++) stowage_pool_free(pool, gradients[i]);
  stowage_pool_trim(pool);
  uint64_t used = stowage_pool_used(pool), more = stowage_pool_reserved(pool) - used;
  stowage_pool_delete(pool);
  return 100 * more / used;
}

int main(int count, char **arguments) {
  if (count != 4) return 2;
  state = strtoull(arguments[1], NULL, 10) * 2654435761u + 1;
  uint32_t requests = (uint32_t)strtoul(arguments[2], NULL, 10);
  capacity = strtoull(arguments[3], NULL, 10);
  stowage_pool *pool = stowage_pool_new(&(stowage_pool_device){take, give, &held});
  CHECK(!stowage_pool_malloc(pool, &streams[0], 0, 0), "0 bytes");
  CHECK(!stowage_pool_malloc(pool, &streams[0], UINT64_MAX, 0), "all bytes");
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
  for (int i = 0; i < 8; i++) stowage_pool_malloc(other, &streams[0], 3 << 19, 0);
  stowage_pool_delete(other);
  CHECK(held == before, "segments of a deleted pool are held");
  while (num_blocks > 0) release(pool);
  check_bytes(pool);
  CHECK(stowage_pool_trim(pool) == before && held == 0, "blocks did not merge: %llu bytes held", (unsigned long long)held);
  stowage_pool_delete(pool);
  uint64_t at_most = 0, left_over = capacity > (uint64_t)2 << 30 ? left_over_by_a_step(&at_most) : 0;
  printf("{\"refused\": %u, \"full\": %u, \"given_back\": %u, \"at_end\": %u, \"left_over\": %u, \"at_most\": %u}\n", refused, full,
      trimmed, at_end, (unsigned)left_over, (unsigned)at_most);
  return 0;
}

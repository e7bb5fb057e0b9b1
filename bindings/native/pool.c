/** Free blocks are in bins by size: four for each power of two. All blocks are in a table by address. */
#include "pool.h"

#include <stdlib.h>

enum { NUM_BINS = 192, BINS_A_WORD = 64 };

typedef struct stream stream;
typedef struct block block;
struct block {
  char *address;
  uint64_t bytes;
  stream *owner;
  bool is_free;
  /** Neighbours in the segment; NULL at its ends. */
  block *below, *above;
  /** Neighbours in the bin. */
  block *previous, *next;
  /** The next in the cell of the table. */
  block *chained;
};

/** What belongs to one stream. */
struct stream {
  const void *name;
  stream *next;
  uint64_t filled[NUM_BINS / BINS_A_WORD];
  block *bins[NUM_BINS];
};

struct stowage_pool {
  stowage_pool_device device;
  stream *streams;
  /** 2^bits cells. */
  block **cells;
  uint32_t bits, num_blocks;
  uint64_t reserved, used;
};

static uint64_t up(uint64_t bytes, uint64_t unit) { return (bytes + unit - 1) / unit * unit; }

/** The bin of a size: its highest bit and the two below. */
static uint32_t bin_of(uint64_t bytes) {
  uint64_t units = bytes / STOWAGE_POOL_UNIT;
  if (units < 4) return (uint32_t)units;
  uint32_t high = 63 - (uint32_t)__builtin_clzll(units);
  return 4 * (high - 1) + (uint32_t)(units >> (high - 2) & 3);
}

static uint32_t cell_of(const stowage_pool *pool, const void *address) {
  return (uint32_t)(((uint64_t)(uintptr_t)address * 0x9e3779b97f4a7c15u) >> (64 - pool->bits));
}

stowage_pool *stowage_pool_new(const stowage_pool_device *device) {
  stowage_pool *pool = calloc(1, sizeof *pool);
  if (!pool) return NULL;
  pool->device = *device;
  pool->bits = 8;
  pool->cells = calloc((size_t)1 << pool->bits, sizeof *pool->cells);
  return pool->cells ? pool : (free(pool), NULL);
}

/** Longer chains are slower, no error: so a table that cannot grow stays as it is. */
static void grow_cells(stowage_pool *pool) {
  block **old = pool->cells, **cells = calloc((size_t)2 << pool->bits, sizeof *cells);
  if (!cells) return;
  size_t count = (size_t)1 << pool->bits++;
  pool->cells = cells;
  for (size_t i = 0; i < count; i++)
    for (block *b = old[i], *next; b; b = next) {
      next = b->chained;
      block **cell = &cells[cell_of(pool, b->address)];
      b->chained = *cell, *cell = b;
    }
  free(old);
}

static block *new_block(stowage_pool *pool, stream *owner, char *address, uint64_t bytes) {
  block *b = calloc(1, sizeof *b);
  if (!b) return NULL;
  if (pool->num_blocks++ >> pool->bits) grow_cells(pool);
  b->address = address, b->bytes = bytes, b->owner = owner;
  block **cell = &pool->cells[cell_of(pool, address)];
  b->chained = *cell, *cell = b;
  return b;
}

static void drop_block(stowage_pool *pool, block *b) {
  block **at = &pool->cells[cell_of(pool, b->address)];
  while (*at != b) at = &(*at)->chained;
  *at = b->chained;
  pool->num_blocks--;
  free(b);
}

static void into_bin(block *b) {
  uint32_t bin = bin_of(b->bytes);
  block **head = &b->owner->bins[bin];
  b->is_free = true;
  b->previous = NULL, b->next = *head;
  if (*head) (*head)->previous = b;
  *head = b;
  b->owner->filled[bin / BINS_A_WORD] |= (uint64_t)1 << bin % BINS_A_WORD;
}

static void out_of_bin(block *b) {
  uint32_t bin = bin_of(b->bytes);
  b->is_free = false;
  if (b->next) b->next->previous = b->previous;
  if (b->previous) b->previous->next = b->next;
  else if (!(b->owner->bins[bin] = b->next)) b->owner->filled[bin / BINS_A_WORD] &= ~((uint64_t)1 << bin % BINS_A_WORD);
}

/** The smallest that holds the bytes, the lowest of equal ones; NULL where the bin has none. */
static block *best_of_bin(block *b, uint64_t bytes) {
  block *best = NULL;
  for (; b; b = b->next)
    if (b->bytes >= bytes && (!best || b->bytes < best->bytes || (b->bytes == best->bytes && b->address < best->address)))
      best = b;
  return best;
}

static block *best_fit(const stream *owner, uint64_t bytes, uint64_t most_left) {
  for (uint32_t bin = bin_of(bytes); bin < NUM_BINS; bin++) {
    uint64_t rest = owner->filled[bin / BINS_A_WORD] >> bin % BINS_A_WORD;
    if (!rest) {
      bin |= BINS_A_WORD - 1;
      continue;
    }
    bin += (uint32_t)__builtin_ctzll(rest);
    block *best = best_of_bin(owner->bins[bin], bytes);
    if (best) return most_left == STOWAGE_POOL_ANY || best->bytes - bytes < most_left ? best : NULL;
  }
  return NULL;
}

static stream *stream_of(stowage_pool *pool, const void *name) {
  for (stream *s = pool->streams; s; s = s->next)
    if (s->name == name) return s;
  stream *s = calloc(1, sizeof *s);
  if (!s) return NULL;
  s->name = name, s->next = pool->streams;
  return pool->streams = s;
}

static bool is_segment(const block *b) { return !b->below && !b->above; }

uint64_t stowage_pool_trim(stowage_pool *pool) {
  uint64_t bytes = 0;
  for (stream *s = pool->streams; s; s = s->next)
    for (uint32_t bin = 0; bin < NUM_BINS; bin++)
      for (block *b = s->bins[bin], *next; b; b = next) {
        next = b->next;
        if (!is_segment(b)) continue;
        out_of_bin(b);
        bytes += b->bytes;
        pool->device.give(pool->device.context, b->address, b->bytes);
        drop_block(pool, b);
      }
  pool->reserved -= bytes;
  return bytes;
}

/** A new segment, as one block. */
static block *take_segment(stowage_pool *pool, stream *owner, uint64_t bytes) {
  bytes = up(bytes, STOWAGE_POOL_PAGE);
  void *segment = pool->device.take(pool->device.context, bytes);
  if (!segment && stowage_pool_trim(pool)) segment = pool->device.take(pool->device.context, bytes);
  if (!segment) return NULL;
  block *b = new_block(pool, owner, segment, bytes);
  if (!b) return pool->device.give(pool->device.context, segment, bytes), NULL;
  pool->reserved += bytes;
  return b;
}

/** Splits off what the block has above the bytes. Without memory of the host it stays whole. */
static void split(stowage_pool *pool, block *b, uint64_t bytes) {
  if (b->bytes == bytes) return;
  block *rest = new_block(pool, b->owner, b->address + bytes, b->bytes - bytes);
  if (!rest) return;
  rest->below = b, rest->above = b->above;
  if (rest->above) rest->above->below = rest;
  b->above = rest, b->bytes = bytes;
  into_bin(rest);
}

void *stowage_pool_malloc(stowage_pool *pool, const void *name, uint64_t bytes, uint64_t most_left) {
  stream *owner = bytes == 0 || bytes >> 48 ? NULL : stream_of(pool, name);
  if (!owner) return NULL;
  bytes = up(bytes, STOWAGE_POOL_UNIT);
  if (bytes < STOWAGE_POOL_LARGE && most_left > STOWAGE_POOL_PAGE) most_left = STOWAGE_POOL_PAGE;
  block *b = best_fit(owner, bytes, most_left);
  if (!b) {
    b = take_segment(pool, owner, bytes);
    if (!b && !(b = best_fit(owner, bytes, STOWAGE_POOL_ANY))) return NULL;
  }
  if (b->is_free) out_of_bin(b);
  split(pool, b, bytes);
  pool->used += b->bytes;
  return b->address;
}

/** Joins a block with the one above it. */
static void join(stowage_pool *pool, block *b) {
  block *above = b->above;
  b->bytes += above->bytes;
  b->above = above->above;
  if (b->above) b->above->below = b;
  drop_block(pool, above);
}

bool stowage_pool_free(stowage_pool *pool, void *address) {
  block *b = pool->cells[cell_of(pool, address)];
  while (b && b->address != address) b = b->chained;
  if (!b || b->is_free) return false;
  pool->used -= b->bytes;
  if (b->above && b->above->is_free) out_of_bin(b->above), join(pool, b);
  if (b->below && b->below->is_free) b = b->below, out_of_bin(b), join(pool, b);
  into_bin(b);
  return true;
}

uint64_t stowage_pool_reserved(const stowage_pool *pool) { return pool->reserved; }
uint64_t stowage_pool_used(const stowage_pool *pool) { return pool->used; }

void stowage_pool_delete(stowage_pool *pool) {
  // blocks at the start of a segment give it back; its bytes are those of its blocks
  for (size_t i = 0; i < (size_t)1 << pool->bits; i++)
    for (block *b = pool->cells[i]; b; b = b->chained) {
      if (b->below) continue;
      uint64_t bytes = 0;
      for (const block *part = b; part; part = part->above) bytes += part->bytes;
      pool->device.give(pool->device.context, b->address, bytes);
    }
  for (size_t i = 0; i < (size_t)1 << pool->bits; i++)
    for (block *b = pool->cells[i], *next; b; b = next) next = b->chained, free(b);
  for (stream *s = pool->streams, *next; s; s = next) next = s->next, free(s);
  free(pool->cells);
  free(pool);
}

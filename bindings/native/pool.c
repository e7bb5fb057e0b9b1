/** Free blocks are in bins by size: four for each power of two. All blocks are in a table by address. */
#include "pool.h"

#include <stdlib.h>

enum { NUM_BINS = 192, BINS_A_WORD = 64 };
#define MOST_CHUNK ((uint64_t)32 << 20)

typedef struct stream stream;
typedef struct block block;

/** Memory of the device. */
typedef struct {
  stream *owner;
  uint64_t bytes;
  /** Blocks in use, and the step in which the first of them was had. */
  uint32_t live;
  uint64_t step;
  /** The highest block in it. */
  block *top;
} segment;

struct block {
  char *address;
  uint64_t bytes;
  segment *segment;
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
  /** The segments that large and small requests of the present step are taken from in turn; NULL for none. */
  segment *chunks[2];
};

struct stowage_pool {
  stowage_pool_device device;
  stream *streams;
  /** 2^bits cells. */
  block **cells;
  uint32_t bits, num_blocks;
  uint64_t reserved, used;
  /** The last step of a request, and the bytes in use when it began. */
  uint64_t step, used_before;
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

static block *new_block(stowage_pool *pool, segment *in, char *address, uint64_t bytes) {
  block *b = calloc(1, sizeof *b);
  if (!b) return NULL;
  if (pool->num_blocks++ >> pool->bits) grow_cells(pool);
  b->address = address, b->bytes = bytes, b->segment = in;
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
  block **head = &b->segment->owner->bins[bin];
  b->is_free = true;
  b->previous = NULL, b->next = *head;
  if (*head) (*head)->previous = b;
  *head = b;
  b->segment->owner->filled[bin / BINS_A_WORD] |= (uint64_t)1 << bin % BINS_A_WORD;
}

static void out_of_bin(block *b) {
  uint32_t bin = bin_of(b->bytes);
  b->is_free = false;
  if (b->next) b->next->previous = b->previous;
  if (b->previous) b->previous->next = b->next;
  else if (!(b->segment->owner->bins[bin] = b->next)) b->segment->owner->filled[bin / BINS_A_WORD] &= ~((uint64_t)1 << bin % BINS_A_WORD);
}

/** What is asked for: bytes, in a step or, with 0, outside of any; of idle segments what leaves less than `most_left`. */
typedef struct {
  uint64_t bytes, step, most_left;
  bool is_idle;
} request;

/**
 * Whether a block may be had. A segment with blocks from before the step is busy for longer, and may be filled up. One with
 * blocks of this step may be idle after it, unless a block that stays were put there.
 */
static bool is_fit(const block *b, const request *r) {
  const segment *in = b->segment;
  if (b->bytes < r->bytes) return false;
  if (in->live == 0) return b->bytes - r->bytes < r->most_left;
  if (r->is_idle) return false;
  return r->step == 0 || in->step < r->step;
}

/** The smallest that may be had, the lowest of equal ones; NULL where the bin has none. */
static block *best_of_bin(block *b, const request *r) {
  block *best = NULL;
  for (; b; b = b->next)
    if (is_fit(b, r) && (!best || b->bytes < best->bytes || (b->bytes == best->bytes && b->address < best->address)))
      best = b;
  return best;
}

static block *best_fit(const stream *owner, const request *r) {
  for (uint32_t bin = bin_of(r->bytes); bin < NUM_BINS; bin++) {
    uint64_t rest = owner->filled[bin / BINS_A_WORD] >> bin % BINS_A_WORD;
    if (!rest) {
      bin |= BINS_A_WORD - 1;
      continue;
    }
    bin += (uint32_t)__builtin_ctzll(rest);
    block *best = best_of_bin(owner->bins[bin], r);
    if (best) return best;
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

uint64_t stowage_pool_trim(stowage_pool *pool) {
  uint64_t bytes = 0;
  for (stream *s = pool->streams; s; s = s->next)
    for (uint32_t bin = 0; bin < NUM_BINS; bin++)
      for (block *b = s->bins[bin], *next; b; b = next) {
        next = b->next;
        if (b->segment->live > 0) continue;
        out_of_bin(b);
        bytes += b->bytes;
        pool->device.give(pool->device.context, b->address, b->bytes);
        for (int i = 0; i < 2; i++)
          if (s->chunks[i] == b->segment) s->chunks[i] = NULL;
        free(b->segment);
        drop_block(pool, b);
      }
  pool->reserved -= bytes;
  return bytes;
}

/**
 * A new segment, as one block. In a step idle ones go back before they are much of the whole: what does not fit together
 * there is not reused as it would be elsewhere.
 */
static block *take_segment(stowage_pool *pool, stream *owner, uint64_t bytes, uint64_t step) {
  bytes = up(bytes, STOWAGE_POOL_PAGE);
  if (step > 0 && pool->reserved - pool->used > pool->used / 8) stowage_pool_trim(pool);
  void *memory = pool->device.take(pool->device.context, bytes);
  if (!memory && stowage_pool_trim(pool)) memory = pool->device.take(pool->device.context, bytes);
  if (!memory) return NULL;
  segment *in = calloc(1, sizeof *in);
  block *b = in ? new_block(pool, in, memory, bytes) : NULL;
  if (!b) return free(in), pool->device.give(pool->device.context, memory, bytes), NULL;
  in->owner = owner, in->bytes = bytes, in->top = b;
  pool->reserved += bytes;
  into_bin(b);
  return b;
}

/** Splits off what the block has above the bytes. Without memory of the host it stays whole. */
static void split(stowage_pool *pool, block *b, uint64_t bytes) {
  if (b->bytes == bytes) return;
  block *rest = new_block(pool, b->segment, b->address + bytes, b->bytes - bytes);
  if (!rest) return;
  rest->below = b, rest->above = b->above;
  if (rest->above) rest->above->below = rest;
  else b->segment->top = rest;
  b->above = rest, b->bytes = bytes;
  into_bin(rest);
}

/**
 * Bytes of the segment that a large request shares with later ones, or 0: at most an eighth of what is in use, so that little
 * is left over. Outside of steps that is filled up later. Within a step a segment with one block that stays is busy as a
 * whole, so that few requests share one, and only those that would leave much of their pages over; and what counts is
 * what was in use before, since what a step makes and leaves behind, such as an optimizer's state, is of that order.
 */
static uint64_t chunk_bytes(stowage_pool *pool, const request *r) {
  if (r->bytes < STOWAGE_POOL_LARGE) return STOWAGE_POOL_PAGE;
  if (r->step != pool->step) pool->step = r->step, pool->used_before = pool->used;
  uint64_t eighth = (r->step ? pool->used_before : pool->used) / 8;
  uint64_t bytes = up(r->step ? 4 * r->bytes : eighth < MOST_CHUNK ? eighth : MOST_CHUNK, STOWAGE_POOL_PAGE);
  return (r->step ? bytes <= eighth && r->bytes < 2 * STOWAGE_POOL_PAGE : r->bytes <= bytes / 2) ? bytes : 0;
}

/** The end of the chunk of the step, or of a new one: blocks that were had one after the other are often freed so. */
static block *from_chunk(stowage_pool *pool, stream *owner, const request *r, uint64_t bytes) {
  segment **chunk = &owner->chunks[r->bytes < STOWAGE_POOL_LARGE];
  block *top = *chunk && ((*chunk)->live == 0 || (*chunk)->step == r->step) ? (*chunk)->top : NULL;
  if (top && top->is_free && top->bytes >= r->bytes) return top;
  block *b = best_fit(owner, &(request){bytes, r->step, STOWAGE_POOL_PAGE, true});
  if (!b) b = take_segment(pool, owner, bytes, r->step);
  if (b) *chunk = b->segment;
  return b;
}

static block *find(stowage_pool *pool, stream *owner, const request *r) {
  uint64_t chunk = chunk_bytes(pool, r);
  block *b = best_fit(owner, &(request){r->bytes, r->step, 0, false}); // of segments that are busy anyway
  if (!b && r->step > 0 && chunk) b = from_chunk(pool, owner, r, chunk);
  if (!b) b = best_fit(owner, r);
  if (!b && chunk) b = take_segment(pool, owner, chunk, r->step);
  if (!b) b = take_segment(pool, owner, r->bytes, r->step);
  return b ? b : best_fit(owner, &(request){r->bytes, 0, UINT64_MAX, false});
}

void *stowage_pool_malloc(stowage_pool *pool, const void *name, uint64_t bytes, uint64_t step) {
  stream *owner = bytes == 0 || bytes >> 48 ? NULL : stream_of(pool, name);
  if (!owner) return NULL;
  request r = {up(bytes, STOWAGE_POOL_UNIT), step, STOWAGE_POOL_PAGE, false};
  if (step == 0 && r.bytes >= STOWAGE_POOL_LARGE) r.most_left = UINT64_MAX;
  block *b = find(pool, owner, &r);
  if (!b) return NULL;
  out_of_bin(b);
  split(pool, b, r.bytes);
  if (b->segment->live++ == 0) b->segment->step = step;
  pool->used += b->bytes;
  return b->address;
}

/** Joins a block with the one above it. */
static void join(stowage_pool *pool, block *b) {
  block *above = b->above;
  b->bytes += above->bytes;
  b->above = above->above;
  if (b->above) b->above->below = b;
  else b->segment->top = b;
  drop_block(pool, above);
}

/** The block in use that begins there, or NULL. */
static block *block_at(const stowage_pool *pool, const void *address) {
  block *b = pool->cells[cell_of(pool, address)];
  while (b && b->address != address) b = b->chained;
  return b && !b->is_free ? b : NULL;
}

bool stowage_pool_has(const stowage_pool *pool, const void *address) { return block_at(pool, address) != NULL; }

bool stowage_pool_free(stowage_pool *pool, void *address) {
  block *b = block_at(pool, address);
  if (!b) return false;
  pool->used -= b->bytes;
  b->segment->live--;
  if (b->above && b->above->is_free) out_of_bin(b->above), join(pool, b);
  if (b->below && b->below->is_free) b = b->below, out_of_bin(b), join(pool, b);
  into_bin(b);
  return true;
}

uint64_t stowage_pool_reserved(const stowage_pool *pool) { return pool->reserved; }
uint64_t stowage_pool_used(const stowage_pool *pool) { return pool->used; }

void stowage_pool_delete(stowage_pool *pool) {
  for (size_t i = 0; i < (size_t)1 << pool->bits; i++)
    for (block *b = pool->cells[i]; b; b = b->chained) {
      if (b->below) continue;
      pool->device.give(pool->device.context, b->address, b->segment->bytes);
      free(b->segment);
    }
  for (size_t i = 0; i < (size_t)1 << pool->bits; i++)
    for (block *b = pool->cells[i], *next; b; b = next) next = b->chained, free(b);
  for (stream *s = pool->streams, *next; s; s = next) next = s->next, free(s);
  free(pool->cells);
  free(pool);
}

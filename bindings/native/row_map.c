#include "row_map.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_BITS = 10 };

void stowage_row_map_clear(stowage_row_map *map) {
  map->count = 0;
  if (map->cells) memset(map->cells, 0, sizeof *map->cells << map->bits);
}

void stowage_row_map_delete(stowage_row_map *map) { free(map->cells); }

/** The cell of a block, or the empty one where it would go. */
static stowage_cell *find(const stowage_row_map *map, const void *block) {
  uint32_t mask = (1u << map->bits) - 1;
  uint32_t at = (uint32_t)(((uint64_t)(uintptr_t)block * 0x9e3779b97f4a7c15u) >> (64 - map->bits));
  for (;; at = (at + 1) & mask)
    if (map->cells[at].block == block || !map->cells[at].block) return &map->cells[at];
}

static bool grow(stowage_row_map *map) {
  stowage_row_map larger = {NULL, map->cells ? map->bits + 1 : FIRST_BITS, map->count};
  larger.cells = calloc((size_t)1 << larger.bits, sizeof *larger.cells);
  if (!larger.cells) return false;
  for (size_t i = 0; map->cells && i < (size_t)1 << map->bits; i++)
    if (map->cells[i].block) *find(&larger, map->cells[i].block) = map->cells[i];
  free(map->cells);
  *map = larger;
  return true;
}

void stowage_row_map_put(stowage_row_map *map, const void *block, uint32_t row) {
  bool is_full = !map->cells || 2 * (map->count + 1) > 1u << map->bits;
  if (is_full && !grow(map)) return;
  stowage_cell *cell = find(map, block);
  if (!cell->block) map->count++;
  *cell = (stowage_cell){block, row};
}

uint32_t stowage_row_map_take(stowage_row_map *map, const void *block) {
  stowage_cell *cell = map->cells ? find(map, block) : NULL;
  if (!cell || !cell->block) return STOWAGE_NO_ROW;
  uint32_t row = cell->row;
  cell->row = STOWAGE_NO_ROW;
  return row;
}

/** The rows of blocks that a recorded iteration had from elsewhere, by their addresses. */
#ifndef STOWAGE_ROW_MAP_H
#define STOWAGE_ROW_MAP_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
  const void *block;
  uint32_t row;
} stowage_cell;

/** Open addressing, 2^bits cells. Zeroed: empty. Cells of freed blocks stay until it is cleared, so that searches need no marks. */
typedef struct {
  stowage_cell *cells;
  uint32_t bits, count;
} stowage_row_map;
#define STOWAGE_NO_ROW UINT32_MAX

void stowage_row_map_clear(stowage_row_map *);
/** Has a block belong to a row; where memory is short it belongs to none. */
void stowage_row_map_put(stowage_row_map *, const void *block, uint32_t row);
/** The row of a block, which then has none any more; STOWAGE_NO_ROW where it has none. */
uint32_t stowage_row_map_take(stowage_row_map *, const void *block);
void stowage_row_map_delete(stowage_row_map *);

#endif

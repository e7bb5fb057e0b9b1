/** Uses of a block become frees, each with an event; the block is released when the last of them is done. */
#include "cuda_waiting.h"

#include <stdlib.h>

#include "cuda_calls.h"

static bool append(stowage_use **uses, uint32_t *count, uint32_t *most, stowage_use use) {
  if (*count == *most) {
    uint32_t more = *most ? 2 * *most : 64;
    stowage_use *all = realloc(*uses, more * sizeof *all);
    if (!all) return false;
    *uses = all;
    *most = more;
  }
  (*uses)[(*count)++] = use;
  return true;
}

void stowage_waiting_use(stowage_waiting *waiting, int device, void *block, void *stream) {
  for (uint32_t i = 0; i < waiting->num_uses; i++)
    if (waiting->uses[i].block == block && waiting->uses[i].stream == stream) return;
  stowage_use use = {.block = block, .stream = stream};
  if (!append(&waiting->uses, &waiting->num_uses, &waiting->max_uses, use)) stowage_cuda_wait(device);
}

/** Has an event recorded on the stream of a freed block. A stream that records a graph has none: later. */
static void record(stowage_waiting *waiting, int device, stowage_use *use) {
  if (use->event || use->is_done || stowage_cuda_is_capturing(use->stream)) return;
  void *event = waiting->num_events > 0 ? waiting->events[--waiting->num_events] : NULL;
  use->event = stowage_cuda_mark(device, event, use->stream);
  if (use->event) return;
  stowage_cuda_wait(device); // no event, or the stream is no more
  use->is_done = true;
}

bool stowage_waiting_free(stowage_waiting *waiting, int device, void *block, const void *own_stream) {
  if (waiting->num_uses == 0) return false;
  uint64_t number = waiting->total + 1;
  bool waits = false;
  for (uint32_t i = 0; i < waiting->num_uses; i++) {
    stowage_use use = waiting->uses[i];
    if (use.block != block) continue;
    waiting->uses[i--] = waiting->uses[--waiting->num_uses];
    if (use.stream == own_stream) continue;
    use.number = number;
    record(waiting, device, &use);
    if (append(&waiting->frees, &waiting->num_frees, &waiting->max_frees, use)) waits = true;
    else stowage_cuda_wait(device);
  }
  waiting->num_blocks += waits;
  waiting->total += waits;
  return waits;
}

static void keep_event(stowage_waiting *waiting, void *event) {
  if (!event) return;
  if (waiting->num_events == waiting->max_events) {
    uint32_t more = waiting->max_events ? 2 * waiting->max_events : 64;
    void **all = realloc(waiting->events, more * sizeof *all);
    if (!all) return;
    waiting->events = all;
    waiting->max_events = more;
  }
  waiting->events[waiting->num_events++] = event;
}

/** Whether the stream has done what it was told before the free. */
static bool is_done(stowage_waiting *waiting, int device, stowage_use *use, bool is_final) {
  record(waiting, device, use);
  if (!use->event) return use->is_done;
  if (is_final) return stowage_cuda.event_synchronize(use->event) == 0;
  if (stowage_cuda.event_query(use->event) == 0) return true;
  stowage_cuda.get_last_error();
  return false;
}

void *stowage_waiting_next(stowage_waiting *waiting, int device, bool is_final) {
  const void *pending[8]; // streams that are behind: their later events are pending, too
  uint32_t num_pending = 0;
  for (uint32_t i = 0; i < waiting->num_frees;) {
    stowage_use *use = &waiting->frees[i];
    bool is_pending = false;
    for (uint32_t k = 0; k < num_pending && !is_pending; k++) is_pending = pending[k] == use->stream;
    if (is_pending || !is_done(waiting, device, use, is_final)) {
      if (!is_pending && num_pending < 8) pending[num_pending++] = use->stream;
      i++;
      continue;
    }
    stowage_use done = *use;
    keep_event(waiting, done.event);
    waiting->num_frees--;
    for (uint32_t k = i; k < waiting->num_frees; k++) waiting->frees[k] = waiting->frees[k + 1];
    bool is_last = true;
    for (uint32_t k = 0; k < waiting->num_frees && is_last; k++) is_last = waiting->frees[k].number != done.number;
    if (is_last) return waiting->num_blocks--, done.block;
  }
  return NULL;
}

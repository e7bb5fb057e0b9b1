/**
 * Drives the CPU's hooks by the words of standard input, without PyTorch: one line is one call in one of several threads, which
 * take turns. Prints a line for each. Blocks are filled, and checked as a whole before they are freed.
 *
 *   settings WARM NODES        → ok
 *   THREAD begin SIGNATURE     → 1 served, 0 not, -1 part of another step or refused
 *   THREAD end CANCELLED       → 1 where a new plan serves the next one
 *   THREAD alloc ID BYTES      → a OFFSET in the arenas, or e ADDRESS of a block from elsewhere
 *   THREAD free ID             → ok, or lost where a byte was changed
 *   THREAD stats SIGNATURE     → THREADS LIVE PEAK
 *   THREAD recorded SIGNATURE  → number of rows
 *   THREAD exit 0              → ok: the thread has ended; a new one answers the next call
 *   counts                     → ALLOCS FREES of the allocator behind
 */
#pragma GCC diagnostic ignored "-Wunused-function" // it draws its own steps elsewhere
#include "steps.h"

enum { MOST_THREADS = 4, MOST_BLOCKS = 1 << 14 };

static block blocks[MOST_BLOCKS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
/** The thread whose turn it is, −1 for the reader; and its call. */
static int turn = -1;
static char name[32];
static uint64_t first, second;
static pthread_t threads[MOST_THREADS];
static bool is_running[MOST_THREADS];

static void alloc(void) {
  block *b = &blocks[first % MOST_BLOCKS];
  *b = (block){take(second), second, (unsigned char)(37 * first + 11)};
  if (!b->at) fail("an allocation answered NULL");
  memset(b->at, b->tag, b->bytes);
  uint64_t offset = (uint64_t)((char *)b->at - stowage_space);
  if (offset < stowage_space_bytes) printf("a %" PRIu64 "\n", offset);
  else printf("e %" PRIuPTR "\n", (uintptr_t)b->at);
}

static void free_block(void) {
  block *b = &blocks[first % MOST_BLOCKS];
  bool is_lost = false;
  for (size_t i = 0; i < b->bytes && !is_lost; i++) is_lost = b->at[i] != b->tag;
  puts(is_lost ? "lost" : "ok");
  give(b->at);
}

static void print_stats(void) {
  stowage_cpu_counts counts;
  int found = stowage_cpu_stats((uint32_t)first, &counts);
  printf("%d %u %" PRIu64 "\n", found, counts.live, counts.peak);
}

/** @returns whether the thread goes on */
static bool perform(void) {
  if (!strcmp(name, "begin")) printf("%d\n", stowage_cpu_begin((uint32_t)first));
  else if (!strcmp(name, "end")) printf("%d\n", stowage_cpu_end((int)first));
  else if (!strcmp(name, "alloc")) alloc();
  else if (!strcmp(name, "free")) free_block();
  else if (!strcmp(name, "stats")) print_stats();
  else if (!strcmp(name, "recorded")) printf("%u\n", stowage_cpu_recorded((uint32_t)first, NULL, 0));
  else if (!strcmp(name, "exit")) puts("ok");
  else fail("unknown call");
  return strcmp(name, "exit") != 0;
}

static void *live(void *number) {
  int self = (int)(uintptr_t)number;
  for (bool goes_on = true; goes_on;) {
    pthread_mutex_lock(&lock);
    while (turn != self) pthread_cond_wait(&changed, &lock);
    goes_on = perform();
    turn = -1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
  }
  return NULL;
}

static void call(int thread) {
  if (!is_running[thread]) {
    is_running[thread] = true;
    if (pthread_create(&threads[thread], NULL, live, (void *)(uintptr_t)thread)) fail("no thread");
  }
  pthread_mutex_lock(&lock);
  turn = thread;
  pthread_cond_broadcast(&changed);
  while (turn != -1) pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
  if (strcmp(name, "exit")) return;
  pthread_join(threads[thread], NULL);
  is_running[thread] = false;
}

int main(void) {
  char why[256] = "", word[32];
  if (!stowage_cpu_enable((void *)real_alloc, (void *)real_free, (uint64_t)1 << 30, why, sizeof why)) fail(why);
  while (scanf("%31s", word) == 1) {
    if (!strcmp(word, "settings")) {
      if (scanf("%" SCNu64 " %" SCNu64, &first, &second) != 2) fail("numbers");
      stowage_cpu_settings((uint32_t)first, second);
      puts("ok");
    } else if (!strcmp(word, "counts")) {
      printf("%" PRIu64 " %" PRIu64 "\n", real_allocs, real_frees);
    } else {
      if (word[0] < '0' || word[0] >= '0' + MOST_THREADS || scanf("%31s %" SCNu64, name, &first) != 2) fail("a call");
      if (!strcmp(name, "alloc") && scanf("%" SCNu64, &second) != 1) fail("bytes");
      call(word[0] - '0');
    }
  }
  for (name[0] = 0, strcpy(name, "exit"), first = 0; turn == -1;) {
    int thread = 0;
    while (thread < MOST_THREADS && !is_running[thread]) thread++;
    if (thread == MOST_THREADS) break;
    call(thread);
  }
  // lanes stay as long as the process; the leak sanitizer does not look into their servers
  for (uint32_t i = 0; i < stowage_lanes_count(); i++) stowage_server_delete(stowage_lanes[i].server);
  return 0;
}

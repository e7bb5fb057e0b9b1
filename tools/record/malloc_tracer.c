/*
 * Records malloc and free of a program as a stowage event log (docs/event-log.md), on Linux:
 *
 *     cc -O2 -fPIC -shared -pthread -o malloc_tracer.so malloc_tracer.c -ldl
 *     LD_PRELOAD=./malloc_tracer.so STOWAGE_LOG=run ./program        # writes run.PID.jsonl
 *
 * A program that calls stowage_iteration(), which this library exports, marks where a step begins.
 *
 * One lock keeps the lines in the order of the calls: a free is logged before the real one, an allocation after it,
 * a realloc with the lock held. Nothing here allocates. A forked child is not recorded.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static void (*real_free)(void *);
static int (*real_posix_memalign)(void **, size_t, size_t);
static void *(*real_aligned_alloc)(size_t, size_t);
static void *(*real_memalign)(size_t, size_t);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int log_file = -1;
static char log_buffer[1 << 16];
static size_t log_length;

/* Memory for dlsym while it looks up the real functions; never freed, never logged. */
static _Alignas(16) char early[1 << 14];
static size_t early_length;

static int is_early(const void *block) {
  return (const char *)block >= early && (const char *)block < early + sizeof early;
}

static void *early_malloc(size_t size) {
  size_t rounded = (size + 15) & ~(size_t)15;
  if (rounded < size || rounded > sizeof early - early_length) return NULL;
  void *block = early + early_length;
  early_length += rounded;
  return block;
}

static void flush(void) {
  size_t written = 0;
  while (written < log_length) {
    ssize_t count = write(log_file, log_buffer + written, log_length - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    written += (size_t)count;
  }
  log_length = 0;
}

static void put_text(const char *text) {
  size_t length = strlen(text);
  memcpy(log_buffer + log_length, text, length);
  log_length += length;
}

static void put_number(uint64_t number, unsigned base) {
  char digits[20];
  int count = 0;
  do digits[count++] = "0123456789abcdef"[number % base];
  while ((number /= base) > 0);
  while (count > 0) log_buffer[log_length++] = digits[--count];
}

/* Writes one line of at most 160 bytes; the caller holds the lock. */
static void put_event(const char *event, const void *block, int has_size, size_t size) {
  if (log_file < 0) return;
  if (log_length + 160 > sizeof log_buffer) flush();
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  put_text("{\"event\":\"");
  put_text(event);
  if (block != NULL) {
    put_text("\",\"address\":\"0x");
    put_number((uint64_t)(uintptr_t)block, 16);
  }
  put_text("\"");
  if (has_size) {
    put_text(",\"size\":");
    put_number(size, 10);
  }
  put_text(",\"time\":");
  put_number((uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u, 10);
  put_text("}\n");
}

static void log_event(const char *event, const void *block, int has_size, size_t size) {
  int saved = errno;
  pthread_mutex_lock(&lock);
  put_event(event, block, has_size, size);
  pthread_mutex_unlock(&lock);
  errno = saved;
}

static void before_fork(void) { pthread_mutex_lock(&lock); }
static void after_fork(void) { pthread_mutex_unlock(&lock); }
static void in_child(void) {
  log_file = -1;
  log_length = 0;
  pthread_mutex_unlock(&lock);
}

/* Looks up the real functions. The first allocation comes before any second thread. */
static void find_real(void) {
  static int is_looking;
  if (real_free != NULL || is_looking) return;
  is_looking = 1;
  *(void **)&real_calloc = dlsym(RTLD_NEXT, "calloc");
  *(void **)&real_realloc = dlsym(RTLD_NEXT, "realloc");
  *(void **)&real_posix_memalign = dlsym(RTLD_NEXT, "posix_memalign");
  *(void **)&real_aligned_alloc = dlsym(RTLD_NEXT, "aligned_alloc");
  *(void **)&real_memalign = dlsym(RTLD_NEXT, "memalign");
  *(void **)&real_malloc = dlsym(RTLD_NEXT, "malloc");
  *(void **)&real_free = dlsym(RTLD_NEXT, "free");
}

__attribute__((constructor)) static void begin(void) {
  find_real();
  pthread_atfork(before_fork, after_fork, in_child);
  const char *prefix = getenv("STOWAGE_LOG");
  char name[4096];
  if (prefix == NULL || prefix[0] == '\0') prefix = "stowage";
  if (strlen(prefix) > sizeof name - 40) return;
  put_text(prefix);
  put_text(".");
  put_number((uint64_t)getpid(), 10);
  put_text(".jsonl");
  memcpy(name, log_buffer, log_length);
  name[log_length] = '\0';
  log_length = 0;
  pthread_mutex_lock(&lock);
  log_file = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  /* malloc guarantees the alignment of max_align_t */
  put_text("{\"schema\":\"stowage.events/1\",\"device\":\"cpu\",\"alignment\":");
  put_number(_Alignof(max_align_t), 10);
  put_text("}\n");
  if (log_file < 0) log_length = 0;
  pthread_mutex_unlock(&lock);
}

__attribute__((destructor)) static void end(void) {
  pthread_mutex_lock(&lock);
  if (log_file >= 0) flush();
  log_file = -1;
  pthread_mutex_unlock(&lock);
}

void stowage_iteration(void) { log_event("iteration", NULL, 0, 0); }

void *malloc(size_t size) {
  find_real();
  if (real_malloc == NULL) return early_malloc(size);
  void *block = real_malloc(size);
  if (block != NULL) log_event("malloc", block, 1, size);
  return block;
}

void *calloc(size_t count, size_t size) {
  find_real();
  if (real_malloc == NULL) return size != 0 && count > SIZE_MAX / size ? NULL : early_malloc(count * size);
  void *block = real_calloc(count, size);
  if (block != NULL) log_event("malloc", block, 1, count * size);
  return block;
}

void free(void *block) {
  if (block == NULL || is_early(block)) return;
  find_real();
  log_event("free", block, 0, 0);
  real_free(block);
}

void *realloc(void *block, size_t size) {
  if (block == NULL) return malloc(size);
  if (is_early(block)) {
    void *moved = malloc(size);
    size_t there = (size_t)(early + sizeof early - (char *)block);
    if (moved != NULL) memcpy(moved, block, size < there ? size : there);
    return moved;
  }
  find_real();
  pthread_mutex_lock(&lock);
  void *moved = real_realloc(block, size);
  int saved = errno;
  if (moved != NULL || size == 0) put_event("free", block, 0, 0);
  if (moved != NULL) put_event("malloc", moved, 1, size);
  pthread_mutex_unlock(&lock);
  errno = saved;
  return moved;
}

void *reallocarray(void *block, size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / size) {
    errno = ENOMEM;
    return NULL;
  }
  return realloc(block, count * size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
  find_real();
  int status = real_posix_memalign(block, alignment, size);
  if (status == 0) log_event("malloc", *block, 1, size);
  return status;
}

void *aligned_alloc(size_t alignment, size_t size) {
  find_real();
  void *block = real_aligned_alloc(alignment, size);
  if (block != NULL) log_event("malloc", block, 1, size);
  return block;
}

void *memalign(size_t alignment, size_t size) {
  find_real();
  void *block = real_memalign(alignment, size);
  if (block != NULL) log_event("malloc", block, 1, size);
  return block;
}

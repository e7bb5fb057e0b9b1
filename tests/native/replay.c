/** Repeats the calls of a log (`call-log.ts`) in the module that wasm2c made C, and compares all that it answers. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime.h"
// as in server.c
__attribute__((always_inline)) static inline u32 w2c_runtime_malloc_0(w2c_runtime *, u32, u32, u32);
__attribute__((always_inline)) static inline u32 w2c_runtime_free_0(w2c_runtime *, u32, u32);
#include "runtime.inc"

enum { NEW, WRITE, EXPECT, HASH, FIRST_CALL, MOST_NAMES = 64 };

static w2c_runtime *wasm;
static unsigned long long calls;

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...) {
  va_list values;
  va_start(values, format);
  fprintf(stderr, "call %llu: ", calls);
  vfprintf(stderr, format, values);
  va_end(values);
  fprintf(stderr, "\n");
  exit(1);
}

typedef uint32_t (*repeat)(const uint32_t *);
#define ANSWER_1(name) static uint32_t call_##name(const uint32_t *a) { return w2c_runtime_##name(wasm, a[0]); }
#define ANSWER_2(name) static uint32_t call_##name(const uint32_t *a) { return w2c_runtime_##name(wasm, a[0], a[1]); }
#define ANSWER_3(name) static uint32_t call_##name(const uint32_t *a) { return w2c_runtime_##name(wasm, a[0], a[1], a[2]); }
#define NOTHING_1(name) static uint32_t call_##name(const uint32_t *a) { return w2c_runtime_##name(wasm, a[0]), 0; }
#define NOTHING_2(name) static uint32_t call_##name(const uint32_t *a) { return w2c_runtime_##name(wasm, a[0], a[1]), 0; }

ANSWER_2(begin)
ANSWER_2(reclaim)
ANSWER_2(retain)
ANSWER_1(servedNow)
ANSWER_1(misses)
NOTHING_1(end)
NOTHING_1(interrupt)
NOTHING_1(resume)
NOTHING_1(collect)
ANSWER_1(record)
ANSWER_1(stopRecording)
NOTHING_2(died)
ANSWER_1(rows)
ANSWER_1(numRows)
ANSWER_1(borders)
ANSWER_1(numBorders)
ANSWER_1(columns)
ANSWER_1(wanted)
ANSWER_2(seal)
NOTHING_2(retire)
ANSWER_2(isHeld)
ANSWER_1(counters)
ANSWER_1(usedBytes)
ANSWER_1(highWater)
ANSWER_1(broken)
ANSWER_3(covers)
ANSWER_1(live)

static uint32_t call_create(const uint32_t *a) { return w2c_runtime_create(wasm, a[0], a[1], a[2], a[3]); }
static uint32_t call_newPlan(const uint32_t *a) { return w2c_runtime_newPlan(wasm, a[0], a[1], a[2], a[3], a[4], a[5]); }
static uint32_t call_malloc(const uint32_t *a) { return w2c_runtime_malloc_0(wasm, a[0], a[1], a[2]); }
static uint32_t call_free(const uint32_t *a) { return w2c_runtime_free_0(wasm, a[0], a[1]); }

static const struct {
  const char *name;
  uint32_t arguments;
  repeat call;
} known[] = {
    {"create", 4, call_create}, {"begin", 2, call_begin}, {"malloc", 3, call_malloc}, {"free", 2, call_free},
    {"reclaim", 2, call_reclaim}, {"retain", 2, call_retain}, {"end", 1, call_end}, {"servedNow", 1, call_servedNow},
    {"misses", 1, call_misses}, {"interrupt", 1, call_interrupt}, {"resume", 1, call_resume}, {"collect", 1, call_collect},
    {"record", 1, call_record}, {"stopRecording", 1, call_stopRecording}, {"died", 2, call_died}, {"rows", 1, call_rows},
    {"numRows", 1, call_numRows}, {"borders", 1, call_borders}, {"numBorders", 1, call_numBorders},
    {"newPlan", 6, call_newPlan}, {"columns", 1, call_columns}, {"wanted", 1, call_wanted}, {"seal", 2, call_seal},
    {"retire", 2, call_retire}, {"isHeld", 2, call_isHeld}, {"counters", 1, call_counters},
    {"usedBytes", 1, call_usedBytes}, {"highWater", 1, call_highWater}, {"broken", 1, call_broken},
    {"covers", 3, call_covers}, {"live", 1, call_live},
};
enum { NUM_KNOWN = sizeof known / sizeof known[0] };

/** Numbers in `known` of the names, which are separated by blanks. */
static uint32_t read_names(char *names, uint32_t *numbers) {
  uint32_t count = 0;
  for (char *name = strtok(names, " "); name; name = strtok(NULL, " ")) {
    uint32_t k = 0;
    while (k < NUM_KNOWN && strcmp(known[k].name, name)) k++;
    if (k == NUM_KNOWN || count == MOST_NAMES) fail("unknown function %s", name);
    numbers[count++] = k;
  }
  return count;
}

static void new_instance(uint32_t pages) {
  if (wasm) stowage_instance_delete(wasm, sizeof *wasm);
  wasm = stowage_instance_new(sizeof *wasm, (uint64_t)pages << 16);
  if (!wasm) fail("no instance");
  wasm2c_runtime_instantiate(wasm);
  uint64_t more = pages - wasm->w2c_memory.pages;
  if (wasm_rt_grow_memory(&wasm->w2c_memory, more) == UINT64_MAX) fail("no %u pages", pages);
}

static uint32_t *words(uint32_t at, uint32_t count) {
  if (at % 4 || at + 4ull * count > wasm->w2c_memory.size) fail("%u words at %u are beyond the memory", count, at);
  return (uint32_t *)(wasm->w2c_memory.data + at);
}

static void expect(uint32_t at, uint32_t count, const uint32_t *expected) {
  const uint32_t *got = words(at, count);
  for (uint32_t i = 0; i < count; i++)
    if (got[i] != expected[i]) fail("word %u of %u at %u: expected %u, got %u", i, count, at, expected[i], got[i]);
}

static void expect_hash(uint32_t at, uint32_t count, uint32_t expected) {
  uint32_t hash = 0;
  const uint32_t *got = words(at, count);
  for (uint32_t i = 0; i < count; i++) hash = 31 * hash + got[i];
  if (hash != expected) fail("the tables differ");
}

static void repeat_call(uint32_t k, const uint32_t *arguments) {
  calls++;
  uint32_t got = known[k].call(arguments), expected = arguments[known[k].arguments];
  if (got == expected) return;
  fail("%s(%u, %u, …): expected %u, got %u", known[k].name, arguments[0], arguments[1], expected, got);
}

int main(int argc, char **argv) {
  uint32_t numbers[MOST_NAMES];
  struct stat file;
  if (argc != 3) fail("usage: replay LOG NAMES");
  uint32_t count = read_names(argv[2], numbers);
  int fd = open(argv[1], O_RDONLY);
  if (fd < 0 || fstat(fd, &file)) fail("no file %s", argv[1]);
  const uint32_t *at = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE, fd, 0), *end = at + file.st_size / 4;
  if (at == MAP_FAILED) fail("the log is not readable");
  while (at < end) {
    uint32_t record = *at++;
    if (record == NEW) {
      new_instance(*at++);
    } else if (record == WRITE) {
      memcpy(words(at[0], at[1]), at + 2, 4ull * at[1]);
      at += 2 + at[1];
    } else if (record == EXPECT) {
      expect(at[0], at[1], at + 2);
      at += 2 + at[1];
    } else if (record == HASH) {
      expect_hash(at[0], at[1], at[2]);
      at += 3;
    } else {
      if (record - FIRST_CALL >= count) fail("record %u", record);
      repeat_call(numbers[record - FIRST_CALL], at);
      at += known[numbers[record - FIRST_CALL]].arguments + 1;
    }
  }
  printf("%llu\n", calls);
  return 0;
}

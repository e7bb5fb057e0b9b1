/** Lookups, and calls for another device than the thread's. */
#define _GNU_SOURCE
#include "cuda_calls.h"

#include <dlfcn.h>
#include <stdio.h>

stowage_cuda_calls stowage_cuda;

static const struct {
  const char *name;
  size_t place;
} NAMES[] = {
    {"cudaMalloc", offsetof(stowage_cuda_calls, malloc)},
    {"cudaFree", offsetof(stowage_cuda_calls, free)},
    {"cudaMemGetInfo", offsetof(stowage_cuda_calls, mem_get_info)},
    {"cudaGetDevice", offsetof(stowage_cuda_calls, get_device)},
    {"cudaSetDevice", offsetof(stowage_cuda_calls, set_device)},
    {"cudaDeviceSynchronize", offsetof(stowage_cuda_calls, device_synchronize)},
    {"cudaGetLastError", offsetof(stowage_cuda_calls, get_last_error)},
    {"cudaStreamIsCapturing", offsetof(stowage_cuda_calls, stream_is_capturing)},
    {"cudaThreadExchangeStreamCaptureMode", offsetof(stowage_cuda_calls, exchange_capture_mode)},
    {"cudaEventCreateWithFlags", offsetof(stowage_cuda_calls, event_create)},
    {"cudaEventRecord", offsetof(stowage_cuda_calls, event_record)},
    {"cudaEventQuery", offsetof(stowage_cuda_calls, event_query)},
    {"cudaEventSynchronize", offsetof(stowage_cuda_calls, event_synchronize)},
};

/** Where PyTorch's libcudart is: among the global symbols, or loaded without them. */
static void *library_of_cuda(void) {
  static const char *const FILES[] = {"libcudart.so.13", "libcudart.so.12", "libcudart.so.11.0", "libcudart.so"};
  if (dlsym(RTLD_DEFAULT, "cudaMalloc")) return RTLD_DEFAULT;
  for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
    void *library = dlopen(FILES[i], RTLD_LAZY | RTLD_NOLOAD);
    if (library) return library;
  }
  return NULL;
}

bool stowage_cuda_find(char *why, size_t room) {
  if (stowage_cuda.malloc) return true;
  void *library = library_of_cuda();
  if (!library && !dlsym(RTLD_DEFAULT, "cudaMalloc"))
    return snprintf(why, room, "no libcudart is loaded: this PyTorch was built without CUDA, or has it linked in"), false;
  stowage_cuda_calls found;
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
    void *function = dlsym(library, NAMES[i].name);
    if (!function) return snprintf(why, room, "libcudart has no function %s", NAMES[i].name), false;
    *(void **)((char *)&found + NAMES[i].place) = function;
  }
  stowage_cuda = found;
  return true;
}

/** Makes a device the thread's. @returns the one it was */
static int enter(int device) {
  int before = device;
  stowage_cuda.get_device(&before);
  if (before != device) stowage_cuda.set_device(device);
  return before;
}

static void leave(int before, int device) {
  if (before != device) stowage_cuda.set_device(before);
}

enum { RELAXED = 2 };

void *stowage_cuda_take(int device, uint64_t bytes) {
  void *memory = NULL;
  int before = enter(device), mode = RELAXED;
  stowage_cuda.exchange_capture_mode(&mode);
  if (stowage_cuda.malloc(&memory, bytes)) {
    memory = NULL;
    stowage_cuda.get_last_error(); // or the next kernel reports it
  }
  stowage_cuda.exchange_capture_mode(&mode);
  leave(before, device);
  return memory;
}

void stowage_cuda_give(int device, void *memory) {
  int before = enter(device);
  stowage_cuda.device_synchronize();
  stowage_cuda.free(memory);
  leave(before, device);
}

void stowage_cuda_wait(int device) {
  int before = enter(device);
  stowage_cuda.device_synchronize();
  leave(before, device);
}

void stowage_cuda_room(int device, uint64_t *free_bytes, uint64_t *total) {
  size_t bytes = 0, all = 0;
  int before = enter(device);
  if (stowage_cuda.mem_get_info(&bytes, &all)) bytes = all = 0, stowage_cuda.get_last_error();
  leave(before, device);
  *free_bytes = bytes, *total = all;
}

bool stowage_cuda_is_capturing(void *stream) {
  int status = 0;
  // the legacy stream has none, and reports another stream's capture as an error
  if (stowage_cuda.stream_is_capturing(stream, &status)) return stowage_cuda.get_last_error(), false;
  return status != 0;
}

void *stowage_cuda_mark(int device, void *event, void *stream) {
  enum { DISABLE_TIMING = 2 };
  int before = enter(device); // the default stream is that of the thread's device
  if (!event && stowage_cuda.event_create(&event, DISABLE_TIMING)) event = NULL;
  if (event && stowage_cuda.event_record(event, stream)) event = NULL;
  if (!event) stowage_cuda.get_last_error();
  leave(before, device);
  return event;
}

void stowage_cuda_throw(const char *message) {
  typedef void thrower(const char *function, const char *file, uint32_t line, const char *message);
  const char *name = "_ZN3c106detail14torchCheckFailEPKcS2_jS2_";
  thrower *fail = (thrower *)dlsym(RTLD_DEFAULT, name);
  void *c10 = fail ? NULL : dlopen("libc10.so", RTLD_LAZY | RTLD_NOLOAD);
  if (c10) fail = (thrower *)dlsym(c10, name);
  if (fail) fail("stowage_cuda_malloc", "torch_cuda.c", 0, message);
  fprintf(stderr, "stowage: %s\n", message);
}

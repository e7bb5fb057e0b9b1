/**
 * Functions of the CUDA runtime that PyTorch has loaded, found by name: no header of CUDA and no library of it is needed to
 * compile this. Results are `cudaError_t`, 0 for success.
 */
#ifndef STOWAGE_CUDA_CALLS_H
#define STOWAGE_CUDA_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  int (*malloc)(void **pointer, size_t bytes);
  int (*free)(void *pointer);
  int (*mem_get_info)(size_t *free_bytes, size_t *total);
  int (*get_device)(int *device);
  int (*set_device)(int device);
  int (*device_synchronize)(void);
  int (*get_last_error)(void);
  int (*stream_is_capturing)(void *stream, int *status);
  int (*exchange_capture_mode)(int *mode);
  int (*event_create)(void **event, unsigned flags);
  int (*event_record)(void *event, void *stream);
  int (*event_query)(void *event);
  int (*event_synchronize)(void *event);
} stowage_cuda_calls;

/** All NULL until `stowage_cuda_find` has found them. */
extern stowage_cuda_calls stowage_cuda;

/** @returns false, with `why`, where some function is missing */
bool stowage_cuda_find(char *why, size_t room);

/** Memory of a device, NULL where it has none. It may be taken while a graph is captured, and is no part of that. */
void *stowage_cuda_take(int device, uint64_t bytes);
/** Waits for all work of the device, and gives the memory back. Not while a graph is captured. */
void stowage_cuda_give(int device, void *memory);
/** Waits for all work of the device. */
void stowage_cuda_wait(int device);
/** Bytes of the device that are free, and all of them; 0 where that cannot be had. */
void stowage_cuda_room(int device, uint64_t *free_bytes, uint64_t *total);
bool stowage_cuda_is_capturing(void *stream);
/** Records an event on a stream, a new one for NULL. @returns it; NULL where that fails, and it is lost */
void *stowage_cuda_mark(int device, void *event, void *stream);

/**
 * Throws `c10::Error` with the message through the caller, whom PyTorch has called: it becomes a RuntimeError of Python.
 * Returns, having printed the message, where this PyTorch has no function for that. The caller holds no lock.
 */
void stowage_cuda_throw(const char *message);

#endif

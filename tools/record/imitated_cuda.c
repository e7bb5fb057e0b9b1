/*
 * An imitated CUDA device: enough of the CUDA runtime, of the driver's virtual memory and of the management library to
 * run PyTorch's CUDA allocators on a machine without a GPU. Preloaded, it replaces functions of libcudart; under the
 * names libcuda.so.1 and libnvidia-ml.so.1 it is found in place of the driver's libraries.
 *
 * It hands out addresses with no memory behind them and counts their bytes. With `imitated_launch.c`, whole models run
 * and compute nothing. So it shows what an allocator decides, and nothing else. README.md beside this file says how to
 * build and use it.
 *
 * IMITATED_CUDA_BYTES    memory of the device, bytes (80 GiB by default); read at each allocation
 * IMITATED_CUDA_QUERIES  number of queries for which an event is not yet done (0 by default)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
  SUCCESS = 0,
  INVALID_VALUE = 1,
  OUT_OF_MEMORY = 2,
  NOT_READY = 600,
  NOT_SUPPORTED = 801,
  NOT_WHILE_CAPTURING = 900
};

#define GRANULE ((size_t)2 << 20)
#define MOST_RANGES 65536

/* A range of cudaMalloc, or of cuMemCreate, for which `address` is a handle. A free one can be reused. */
struct range {
  uintptr_t address;
  size_t bytes;
  int is_free;
};

static struct range ranges[MOST_RANGES];
static size_t range_count;
static size_t used, most;
static uint64_t generation; /* of a capture, which counts them */
static int is_capturing;
static _Thread_local int capture_mode; /* 2: relaxed, the only one in which memory may be had while capturing */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* No system places the memory of a process here, so no address has two meanings. */
static uintptr_t next_address = (uintptr_t)0x200000000000;

static size_t number_from(const char *name, size_t otherwise) {
  const char *text = getenv(name);
  return text ? strtoull(text, NULL, 10) : otherwise;
}

static size_t capacity(void) { return number_from("IMITATED_CUDA_BYTES", (size_t)80 << 30); }

static uintptr_t address_space(size_t bytes) {
  uintptr_t address = next_address;
  next_address += (bytes + GRANULE - 1) / GRANULE * GRANULE;
  return address;
}

/* Reuses a freed range of the same size, the last freed one first, as a driver may. */
static struct range *take_locked(size_t bytes) {
  if (bytes > capacity() || used > capacity() - bytes) return NULL;
  struct range *found = NULL;
  for (size_t i = range_count; i-- > 0 && !found;)
    if (ranges[i].is_free && ranges[i].bytes == bytes) found = &ranges[i];
  if (!found) {
    if (range_count == MOST_RANGES) return NULL;
    found = &ranges[range_count++];
    found->address = address_space(bytes);
    found->bytes = bytes;
  }
  found->is_free = 0;
  used += bytes;
  if (used > most) most = used;
  return found;
}

static struct range *take(size_t bytes) {
  pthread_mutex_lock(&lock);
  struct range *found = take_locked(bytes);
  pthread_mutex_unlock(&lock);
  return found;
}

static int give_back(uintptr_t address) {
  int status = INVALID_VALUE;
  pthread_mutex_lock(&lock);
  for (size_t i = 0; i < range_count; i++) {
    if (ranges[i].address != address || ranges[i].is_free) continue;
    ranges[i].is_free = 1;
    used -= ranges[i].bytes;
    status = SUCCESS;
    break;
  }
  pthread_mutex_unlock(&lock);
  return status;
}

/* --- For tests: what the device holds, and when its work is done --- */

/* Bytes of cudaMalloc and cuMemCreate that are not freed: now, and the most since the last reset. */
size_t imitated_cuda_bytes(void) { return used; }
size_t imitated_cuda_most(void) { return most; }
void imitated_cuda_reset_most(void) { most = used; }

/* Times that the host waited for the whole device. */
static unsigned waits;
unsigned imitated_cuda_waits(void) { return __atomic_load_n(&waits, __ATOMIC_SEQ_CST); }

/* Events recorded from `hold` on are pending until `release`. */
static unsigned is_holding, hold = 1, released;
void imitated_cuda_hold(void) { is_holding = 1; }
void imitated_cuda_release(void) { is_holding = 0, released = hold++; }

/* --- The runtime: memory --- */

int cudaMalloc(void **pointer, size_t bytes) {
  if (is_capturing && capture_mode != 2) return NOT_WHILE_CAPTURING;
  struct range *found = take(bytes);
  if (!found) return OUT_OF_MEMORY;
  *pointer = (void *)found->address;
  return SUCCESS;
}

int cudaFree(void *pointer) { return pointer ? give_back((uintptr_t)pointer) : SUCCESS; }

int cudaMemGetInfo(size_t *free_bytes, size_t *total) {
  *total = capacity();
  *free_bytes = *total - used;
  return SUCCESS;
}

/* --- The runtime: the device --- */

int cudaGetDeviceCount(int *count) { return *count = 1, SUCCESS; }
int cudaGetDevice(int *device) { return *device = 0, SUCCESS; }
int cudaSetDevice(int device) { return device == 0 ? SUCCESS : INVALID_VALUE; }
int cudaDriverGetVersion(int *version) { return *version = 13020, SUCCESS; }
int cudaRuntimeGetVersion(int *version) { return *version = 13020, SUCCESS; }
int cudaDeviceSynchronize(void) { return __atomic_add_fetch(&waits, 1, __ATOMIC_SEQ_CST), SUCCESS; }
int cudaGetLastError(void) { return SUCCESS; }
int cudaPeekAtLastError(void) { return SUCCESS; }
int cudaDeviceCanAccessPeer(int *can, int device, int peer) { return (void)device, (void)peer, *can = 0, SUCCESS; }
int cudaDeviceGetAttribute(int *value, int attribute, int device) {
  (void)device;
  /* the compute capability; PyTorch queries nothing else */
  *value = attribute == 75 ? 9 : 0;
  return SUCCESS;
}
const char *cudaGetErrorString(int error) {
  if (error == NOT_WHILE_CAPTURING) return "operation not permitted when stream is capturing";
  return error == OUT_OF_MEMORY ? "out of memory" : "imitated";
}
const char *cudaGetErrorName(int error) { return error == OUT_OF_MEMORY ? "cudaErrorMemoryAllocation" : "imitated"; }

/* --- The runtime: streams and events --- */

int cudaDeviceGetStreamPriorityRange(int *least, int *greatest) { return *least = 0, *greatest = -5, SUCCESS; }
int cudaStreamCreateWithPriority(void **stream, unsigned flags, int priority) {
  (void)flags, (void)priority;
  *stream = malloc(16);
  return SUCCESS;
}
int cudaStreamSynchronize(void *stream) { return (void)stream, SUCCESS; }
int cudaStreamQuery(void *stream) { return (void)stream, SUCCESS; }
int cudaStreamWaitEvent(void *stream, void *event, unsigned flags) {
  return (void)stream, (void)event, (void)flags, SUCCESS;
}

/* A graph is captured on all streams at once, and holds nothing. */
int cudaStreamBeginCapture(void *stream, int mode) {
  return (void)stream, (void)mode, is_capturing = 1, generation++, SUCCESS;
}
int cudaStreamEndCapture(void *stream, void **graph) {
  static int some_graph;
  return (void)stream, is_capturing = 0, *graph = &some_graph, SUCCESS;
}
int cudaStreamIsCapturing(void *stream, int *status) { return (void)stream, *status = is_capturing, SUCCESS; }
/* Leaves its other arguments alone: callers set them beforehand. */
int cudaStreamGetCaptureInfo(void *stream, int *status, unsigned long long *id) {
  if (id) *id = generation;
  return (void)stream, *status = is_capturing, SUCCESS;
}
int cudaStreamGetCaptureInfo_v2(void *stream, int *status, unsigned long long *id) {
  return cudaStreamGetCaptureInfo(stream, status, id);
}
int cudaThreadExchangeStreamCaptureMode(int *mode) {
  int before = capture_mode;
  return capture_mode = *mode, *mode = before, SUCCESS;
}
int cudaGraphInstantiate(void **executable, void *graph) { return *executable = graph, SUCCESS; }
int cudaGraphInstantiateWithFlags(void **executable, void *graph) { return *executable = graph, SUCCESS; }
int cudaGraphLaunch(void *executable, void *stream) { return (void)executable, (void)stream, SUCCESS; }
int cudaGraphDestroy(void *graph) { return (void)graph, SUCCESS; }
int cudaGraphExecDestroy(void *executable) { return (void)executable, SUCCESS; }
int cudaGraphGetNodes(void *graph, void **nodes, size_t *count) {
  return (void)graph, (void)nodes, *count = 1, SUCCESS;
}

struct event {
  size_t queries_left;
  unsigned hold; /* pending until this one is released; 0 for none */
};
int cudaEventCreateWithFlags(void **event, unsigned flags) {
  (void)flags;
  *event = calloc(1, sizeof(struct event));
  return SUCCESS;
}
int cudaEventCreate(void **event) { return cudaEventCreateWithFlags(event, 0); }
int cudaEventDestroy(void *event) { return free(event), SUCCESS; }
int cudaEventRecord(void *event, void *stream) {
  (void)stream;
  *(struct event *)event = (struct event){number_from("IMITATED_CUDA_QUERIES", 0), is_holding ? hold : 0};
  return SUCCESS;
}
int cudaEventRecordWithFlags(void *event, void *stream, unsigned flags) {
  return (void)flags, cudaEventRecord(event, stream);
}
int cudaEventQuery(void *event) {
  struct event *of = event;
  if (of->hold > released) return NOT_READY;
  if (of->queries_left == 0) return SUCCESS;
  of->queries_left--;
  return NOT_READY;
}
/* Nobody else runs here who could release it, so waiting ends at once. */
int cudaEventSynchronize(void *event) { return *(struct event *)event = (struct event){0, 0}, SUCCESS; }
int cudaEventElapsedTime(float *milliseconds, void *begin, void *end) {
  return (void)begin, (void)end, *milliseconds = 0, SUCCESS;
}

/* --- The driver: virtual memory, for expandable segments --- */

int cuMemAddressReserve(unsigned long long *address, size_t bytes) { return *address = address_space(bytes), SUCCESS; }
int cuMemAddressFree(void) { return SUCCESS; }
int cuMemCreate(unsigned long long *handle, size_t bytes) {
  if (is_capturing && capture_mode != 2) return NOT_WHILE_CAPTURING;
  struct range *found = take(bytes);
  if (!found) return OUT_OF_MEMORY;
  *handle = found->address;
  return SUCCESS;
}
int cuMemRelease(unsigned long long handle) { return give_back((uintptr_t)handle); }
int cuMemMap(void) { return SUCCESS; }
int cuMemUnmap(void) { return SUCCESS; }
int cuMemSetAccess(void) { return SUCCESS; }
int cuMemGetAllocationGranularity(size_t *bytes) { return *bytes = GRANULE, SUCCESS; }

/* --- The driver: whether there is a context --- */

int cuCtxGetCurrent(void **context) { return *context = NULL, SUCCESS; }
int cuCtxSetCurrent(void *context) { return (void)context, SUCCESS; }
int cuDeviceGet(int *device, int ordinal) { return *device = ordinal, SUCCESS; }
int cuDeviceGetAttribute(int *value, int attribute, int device) {
  return cudaDeviceGetAttribute(value, attribute, device);
}
int cuDevicePrimaryCtxRetain(void **context, int device) { return (void)device, *context = NULL, SUCCESS; }
int cuDevicePrimaryCtxGetState(int device, unsigned *flags, int *is_active) {
  return (void)device, *flags = 0, *is_active = 1, SUCCESS;
}
int cuGetErrorString(int error, const char **text) { return *text = cudaGetErrorString(error), SUCCESS; }

/* --- The management library, queried for the device's fabric --- */

int nvmlInit_v2(void) { return SUCCESS; }
int nvmlDeviceGetHandleByPciBusId_v2(const char *id, void **device) { return (void)id, *device = NULL, SUCCESS; }
int nvmlDeviceGetComputeRunningProcesses(void *device, unsigned *count) { return (void)device, *count = 0, SUCCESS; }

/* Functions that PyTorch looks up and does not need here. */
static int not_supported(void) { return NOT_SUPPORTED; }
#define STUB(name) \
  int name(void) { return NOT_SUPPORTED; }
STUB(cuFuncGetAttribute)
STUB(cuFuncSetAttribute)
STUB(cuFuncSetCacheConfig)
STUB(cuLaunchCooperativeKernel)
STUB(cuLaunchKernel)
STUB(cuLinkAddData_v2)
STUB(cuLinkComplete)
STUB(cuLinkCreate_v2)
STUB(cuModuleGetFunction)
STUB(cuModuleLoad)
STUB(cuModuleLoadData)
STUB(cuModuleLoadDataEx)
STUB(cuModuleUnload)
STUB(cuOccupancyMaxActiveBlocksPerMultiprocessor)
STUB(cuPointerGetAttribute)
STUB(cuTensorMapEncodeTiled)
STUB(cuMemExportToShareableHandle)
STUB(cuMemImportFromShareableHandle)
STUB(cuMemGetAllocationPropertiesFromHandle)
STUB(cuMemRetainAllocationHandle)
STUB(cuMemsetD32Async)
STUB(cuMulticastAddDevice)
STUB(cuMulticastBindMem)
STUB(cuMulticastCreate)
STUB(cuMulticastUnbind)
STUB(cuStreamWriteValue32)
STUB(nvmlDeviceGetGpuFabricInfoV)
STUB(nvmlDeviceGetNvLinkRemoteDeviceType)
STUB(nvmlDeviceGetNvLinkRemotePciInfo_v2)
STUB(nvmlSystemGetCudaDriverVersion_v2)

/* Looks up functions of the driver that are not linked. */
static int entry_point(const char *name, void **function) {
  void *known = dlsym(RTLD_DEFAULT, name);
  *function = known ? known : (void *)not_supported;
  return SUCCESS;
}
int cudaGetDriverEntryPoint(const char *name, void **function, unsigned long long flags, int *status) {
  (void)flags;
  if (status) *status = 0;
  return entry_point(name, function);
}
int cudaGetDriverEntryPointByVersion(const char *name, void **function, unsigned version, unsigned long long flags,
                                     int *status) {
  (void)version, (void)flags;
  if (status) *status = 0;
  return entry_point(name, function);
}

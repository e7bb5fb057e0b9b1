/*
 * An imitated CUDA device: enough of the CUDA runtime, of the driver's virtual memory and of the management library to
 * run PyTorch's own caching allocator on a machine without a GPU. Preloaded, it replaces functions of libcudart; under
 * the names libcuda.so.1 and libnvidia-ml.so.1 it is found in place of the driver's libraries.
 *
 * It hands out addresses with no memory behind them; nothing may be launched or copied. So it shows what the allocator
 * decides, and nothing else. README.md beside this file says how to build and use it.
 *
 * IMITATED_CUDA_BYTES    memory of the device, bytes (80 GiB by default)
 * IMITATED_CUDA_QUERIES  number of queries for which an event is not yet done (0 by default)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NOT_READY = 600, NOT_SUPPORTED = 801 };

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
static size_t used;
static uintptr_t next_address = (uintptr_t)0x7f0000000000;

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
static struct range *take(size_t bytes) {
  if (used + bytes > capacity()) return NULL;
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
  return found;
}

static int give_back(uintptr_t address) {
  for (size_t i = 0; i < range_count; i++) {
    if (ranges[i].address != address || ranges[i].is_free) continue;
    ranges[i].is_free = 1;
    used -= ranges[i].bytes;
    return SUCCESS;
  }
  return INVALID_VALUE;
}

/* --- The runtime: memory --- */

int cudaMalloc(void **pointer, size_t bytes) {
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
int cudaDeviceSynchronize(void) { return SUCCESS; }
int cudaGetLastError(void) { return SUCCESS; }
int cudaPeekAtLastError(void) { return SUCCESS; }
int cudaDeviceCanAccessPeer(int *can, int device, int peer) { return (void)device, (void)peer, *can = 0, SUCCESS; }
int cudaDeviceGetAttribute(int *value, int attribute, int device) {
  (void)device;
  /* the compute capability; PyTorch queries nothing else */
  *value = attribute == 75 ? 9 : 0;
  return SUCCESS;
}
const char *cudaGetErrorString(int error) { return error == OUT_OF_MEMORY ? "out of memory" : "imitated"; }
const char *cudaGetErrorName(int error) { return error == OUT_OF_MEMORY ? "cudaErrorMemoryAllocation" : "imitated"; }

/* The first fields of `cudaDeviceProp` have the same offsets from CUDA 11 to 13. */
static int properties(unsigned char *properties) {
  size_t total = capacity();
  memset(properties, 0, 400);
  strcpy((char *)properties, "imitated");
  memcpy(properties + 288, &total, sizeof total);
  ((int *)properties)[308 / 4] = 32; /* warpSize */
  ((int *)properties)[360 / 4] = 9;  /* major */
  ((int *)properties)[384 / 4] = 1;  /* multiProcessorCount of CUDA 13 */
  ((int *)properties)[388 / 4] = 1;  /* of CUDA before 13 */
  return SUCCESS;
}
int cudaGetDeviceProperties(void *to, int device) { return (void)device, properties(to); }
int cudaGetDeviceProperties_v2(void *to, int device) { return (void)device, properties(to); }

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
int cudaStreamIsCapturing(void *stream, int *status) { return (void)stream, *status = 0, SUCCESS; }
/* Leaves its other arguments alone, since nothing is captured. */
int cudaStreamGetCaptureInfo(void *stream, int *status) { return (void)stream, *status = 0, SUCCESS; }
int cudaStreamGetCaptureInfo_v2(void *stream, int *status) { return (void)stream, *status = 0, SUCCESS; }
int cudaThreadExchangeStreamCaptureMode(int *mode) { return (void)mode, SUCCESS; }

int cudaEventCreateWithFlags(void **event, unsigned flags) {
  (void)flags;
  *event = calloc(1, sizeof(size_t));
  return SUCCESS;
}
int cudaEventDestroy(void *event) { return free(event), SUCCESS; }
int cudaEventRecord(void *event, void *stream) {
  (void)stream;
  *(size_t *)event = number_from("IMITATED_CUDA_QUERIES", 0);
  return SUCCESS;
}
int cudaEventQuery(void *event) {
  size_t *left = event;
  if (*left == 0) return SUCCESS;
  --*left;
  return NOT_READY;
}
int cudaEventSynchronize(void *event) { return *(size_t *)event = 0, SUCCESS; }

/* --- The driver: virtual memory, for expandable segments --- */

int cuMemAddressReserve(unsigned long long *address, size_t bytes) { return *address = address_space(bytes), SUCCESS; }
int cuMemAddressFree(void) { return SUCCESS; }
int cuMemCreate(unsigned long long *handle, size_t bytes) {
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

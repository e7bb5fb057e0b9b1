/* LD_PRELOAD: of the calls on files below FAULT_FOLDER, or on stdout, the n-th of one name fails, is short, or is where
   the process gets a signal. Once a write has failed or was short, all later ones fail: the disk stays full. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES 4096

static atomic_bool watched[FILES];
static atomic_int calls;
static atomic_bool full;

static const char *setting(const char *name) {
  const char *text = getenv(name);
  return text ? text : "";
}

__attribute__((constructor)) static void begin(void) { watched[1] = *setting("FAULT_STDOUT") != 0; }

static bool below(const char *path) {
  const char *folder = setting("FAULT_FOLDER");
  return *folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static bool is_watched(int file) { return file >= 0 && file < FILES && watched[file]; }

/* Leaves a file that says that the call was reached. */
static void mark(void) {
  int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
  int file = real(setting("FAULT_REACHED"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  if (file >= 0) syscall(SYS_close, file);
}

/* Whether this call is to fail, with errno set; `is_short`: whether half of it is done instead. */
static bool fails(const char *name, bool *is_short) {
  int error = atoi(setting("FAULT_ERRNO"));
  bool is_write = strcmp(name, "write") == 0;
  if (full && is_write) {
    errno = error;
    return true;
  }
  if (strcmp(setting("FAULT_CALL"), name) != 0) return false;
  if (atomic_fetch_add(&calls, 1) + 1 != atoi(setting("FAULT_N"))) return false;
  mark();
  int number = atoi(setting("FAULT_SIGNAL"));
  if (number) {
    kill(getpid(), number);
    // a handler runs in another thread: the call goes on, as it would
    return false;
  }
  full = is_write;
  if (is_write && is_short && *setting("FAULT_SHORT")) {
    *is_short = true;
    return false;
  }
  errno = error;
  return true;
}

#define REAL(type, name, ...)                                   \
  static type (*real)(__VA_ARGS__);                             \
  if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static int noted(int file, const char *path) {
  if (file >= 0 && file < FILES) watched[file] = below(path);
  return file;
}

#define OPEN(symbol)                                            \
  int symbol(const char *path, int flags, ...) {                \
    REAL(int, #symbol, const char *, int, ...);                 \
    va_list more;                                               \
    va_start(more, flags);                                      \
    int mode = va_arg(more, int);                               \
    va_end(more);                                               \
    if (below(path) && (flags & O_ACCMODE) != O_RDONLY && fails("open", NULL)) return -1; \
    return noted(real(path, flags, mode), path);                \
  }
OPEN(open)
OPEN(open64)

ssize_t write(int file, const void *bytes, size_t count) {
  REAL(ssize_t, "write", int, const void *, size_t);
  bool is_short = false;
  if (is_watched(file) && fails("write", &is_short)) return -1;
  return real(file, bytes, is_short ? (count + 1) / 2 : count);
}

#define PWRITE(symbol, type)                                    \
  ssize_t symbol(int file, const void *bytes, size_t count, type at) { \
    REAL(ssize_t, #symbol, int, const void *, size_t, type);    \
    bool is_short = false;                                      \
    if (is_watched(file) && fails("write", &is_short)) return -1; \
    return real(file, bytes, is_short ? (count + 1) / 2 : count, at); \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int file, const struct iovec *parts, int count) {
  REAL(ssize_t, "writev", int, const struct iovec *, int);
  if (is_watched(file) && fails("write", NULL)) return -1;
  return real(file, parts, count);
}

#define ON_FILE(symbol)                                         \
  int symbol(int file) {                                        \
    REAL(int, #symbol, int);                                    \
    if (is_watched(file) && fails("fsync", NULL)) return -1;    \
    return real(file);                                          \
  }
ON_FILE(fsync)
ON_FILE(fdatasync)

int close(int file) {
  REAL(int, "close", int);
  if (file != 1 && is_watched(file)) watched[file] = false;
  return real(file);
}

int fchmod(int file, mode_t mode) {
  REAL(int, "fchmod", int, mode_t);
  if (is_watched(file) && fails("fchmod", NULL)) return -1;
  return real(file, mode);
}

int rename(const char *from, const char *to) {
  REAL(int, "rename", const char *, const char *);
  if (below(to) && fails("rename", NULL)) return -1;
  return real(from, to);
}

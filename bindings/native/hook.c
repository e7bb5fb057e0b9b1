/** Pointers of procedure linkage tables, exchanged. Relocations and sections: System V ABI, gABI chapter 5. */
#define _GNU_SOURCE
#include "hook.h"

#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__x86_64__)
#define IS_POINTER(type) ((type) == R_X86_64_JUMP_SLOT || (type) == R_X86_64_GLOB_DAT)
#elif defined(__aarch64__)
#define IS_POINTER(type) ((type) == R_AARCH64_JUMP_SLOT || (type) == R_AARCH64_GLOB_DAT)
#else
#define IS_POINTER(type) 0
#endif

typedef struct {
  stowage_hook *hooks;
  unsigned count;
  bool failed;
} request;

/** `dlpi_adds` and `dlpi_subs` at the last exchange. */
static unsigned long long adds, subs;

typedef struct {
  const ElfW(Sym) *symbols;
  const char *names;
  const ElfW(Rela) *tables[2];
  size_t bytes[2];
} dynamic_part;

/** Whether the page is one that the loader made read-only after relocation. */
static bool is_read_only(const struct dl_phdr_info *info, uintptr_t page) {
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &info->dlpi_phdr[i];
    uintptr_t from = info->dlpi_addr + part->p_vaddr;
    if (part->p_type == PT_GNU_RELRO && page + 1 > from - from % (uintptr_t)sysconf(_SC_PAGESIZE) &&
        page < from + part->p_memsz)
      return true;
  }
  return false;
}

static bool exchange(const struct dl_phdr_info *info, void **at, void *to) {
  uintptr_t size = (uintptr_t)sysconf(_SC_PAGESIZE), page = (uintptr_t)at & ~(size - 1);
  if (mprotect((void *)page, size, PROT_READ | PROT_WRITE)) return false;
  __atomic_store_n(at, to, __ATOMIC_RELEASE);
  if (is_read_only(info, page)) mprotect((void *)page, size, PROT_READ);
  return true;
}

static void exchange_table(
    const struct dl_phdr_info *info, const dynamic_part *part, const ElfW(Rela) *rela, size_t bytes, request *asked) {
  for (size_t i = 0; i < bytes / sizeof *rela; i++) {
    if (!IS_POINTER(ELF64_R_TYPE(rela[i].r_info))) continue;
    const char *name = part->names + part->symbols[ELF64_R_SYM(rela[i].r_info)].st_name;
    for (unsigned k = 0; k < asked->count; k++) {
      stowage_hook *hook = &asked->hooks[k];
      void **at = (void **)(info->dlpi_addr + rela[i].r_offset);
      if (strcmp(name, hook->name) || *at == hook->to) continue;
      if (exchange(info, at, hook->to)) hook->exchanged++;
      else asked->failed = true;
    }
  }
}

static bool read_dynamic(const struct dl_phdr_info *info, dynamic_part *part) {
  const ElfW(Dyn) *entry = NULL;
  for (int i = 0; i < info->dlpi_phnum; i++)
    if (info->dlpi_phdr[i].p_type == PT_DYNAMIC) entry = (const void *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
  if (!entry) return false;
  for (; entry->d_tag != DT_NULL; entry++) {
    const void *at = (const void *)entry->d_un.d_ptr;
    if (entry->d_tag == DT_SYMTAB) part->symbols = at;
    if (entry->d_tag == DT_STRTAB) part->names = at;
    if (entry->d_tag == DT_JMPREL) part->tables[0] = at;
    if (entry->d_tag == DT_PLTRELSZ) part->bytes[0] = entry->d_un.d_val;
    if (entry->d_tag == DT_RELA) part->tables[1] = at;
    if (entry->d_tag == DT_RELASZ) part->bytes[1] = entry->d_un.d_val;
  }
  // the loader's own page (vdso) has offsets in place of addresses
  return part->symbols && part->names && (uintptr_t)part->symbols > info->dlpi_addr;
}

static int visit(struct dl_phdr_info *info, size_t size, void *data) {
  (void)size;
  dynamic_part part = {0};
  __atomic_store_n(&adds, info->dlpi_adds, __ATOMIC_RELAXED);
  __atomic_store_n(&subs, info->dlpi_subs, __ATOMIC_RELAXED);
  if (!read_dynamic(info, &part)) return 0;
  for (int i = 0; i < 2; i++)
    if (part.tables[i]) exchange_table(info, &part, part.tables[i], part.bytes[i], data);
  return 0;
}

bool stowage_hook_all(stowage_hook *hooks, unsigned count) {
  request asked = {hooks, count, false};
  dl_iterate_phdr(visit, &asked);
  return !asked.failed;
}

static int compare(struct dl_phdr_info *info, size_t size, void *is_stale) {
  (void)size;
  *(bool *)is_stale = info->dlpi_adds != __atomic_load_n(&adds, __ATOMIC_RELAXED) ||
                      info->dlpi_subs != __atomic_load_n(&subs, __ATOMIC_RELAXED);
  return 1; // the first entry has the counts of all
}

bool stowage_hook_is_stale(void) {
  bool is_stale = false;
  dl_iterate_phdr(compare, &is_stale);
  return is_stale;
}

// libtorch makes many of its statics when they are first needed: in the middle of computing. Each is registered to be destroyed at
// exit, before what was registered earlier. So a process that exits just then would run their destructors before it can be told to
// stop computing, and they would pull the memory from under the running kernel; and one that forks just then may copy the locked list
// of them, and its child could never exit. Nothing is lost by never destroying them: the process ends. So libtorch's own calls of
// __cxa_atexit, the function that registers, are led to one that does not.

#include "shim.h"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

namespace {

using Register = int (*)(void (*)(void *), void *, void *);

int do_not_register(void (*)(void *), void *, void *) { return 0; }

#ifdef __x86_64__
constexpr uint32_t IN_TABLE = R_X86_64_GLOB_DAT, IN_CALL_TABLE = R_X86_64_JUMP_SLOT;
#else
constexpr uint32_t IN_TABLE = R_AARCH64_GLOB_DAT, IN_CALL_TABLE = R_AARCH64_JUMP_SLOT;
#endif

// Where a library is, and the parts of its dynamic section that say which addresses the loader filled in.
struct Library {
  uintptr_t base = 0;
  uintptr_t protected_begin = 0, protected_end = 0;
  const ElfW(Sym) *symbols = nullptr;
  const char *names = nullptr;
  const ElfW(Rela) *relocations[2] = {};
  size_t sizes[2] = {};
};

Library read(const dl_phdr_info &info) {
  Library library;
  library.base = info.dlpi_addr;
  for (int i = 0; i < info.dlpi_phnum; i++) {
    const ElfW(Phdr) &part = info.dlpi_phdr[i];
    const uintptr_t begin = library.base + part.p_vaddr;
    if (part.p_type == PT_GNU_RELRO) {
      library.protected_begin = begin;
      library.protected_end = begin + part.p_memsz;
    }
    if (part.p_type != PT_DYNAMIC) continue;
    for (auto entry = reinterpret_cast<const ElfW(Dyn) *>(begin); entry->d_tag != DT_NULL; entry++) {
      // The loader may have made these addresses absolute.
      const uintptr_t value = entry->d_un.d_ptr, address = value < library.base ? library.base + value : value;
      switch (entry->d_tag) {
        case DT_SYMTAB: library.symbols = reinterpret_cast<const ElfW(Sym) *>(address); break;
        case DT_STRTAB: library.names = reinterpret_cast<const char *>(address); break;
        case DT_RELA: library.relocations[0] = reinterpret_cast<const ElfW(Rela) *>(address); break;
        case DT_JMPREL: library.relocations[1] = reinterpret_cast<const ElfW(Rela) *>(address); break;
        case DT_RELASZ: library.sizes[0] = value; break;
        case DT_PLTRELSZ: library.sizes[1] = value; break;
        default: break;
      }
    }
  }
  return library;
}

void replace(const Library &library, uintptr_t place) {
  const uintptr_t page = place & ~(static_cast<uintptr_t>(sysconf(_SC_PAGESIZE)) - 1);
  const size_t length = place + sizeof(Register) - page;
  if (mprotect(reinterpret_cast<void *>(page), length, PROT_READ | PROT_WRITE) != 0) return;
  __atomic_store_n(reinterpret_cast<Register *>(place), &do_not_register, __ATOMIC_RELEASE);
  if (place >= library.protected_begin && place < library.protected_end) {
    mprotect(reinterpret_cast<void *>(page), length, PROT_READ);
  }
}

int visit(dl_phdr_info *info, size_t, void *) {
  if (info->dlpi_name == nullptr) return 0;
  const char *slash = std::strrchr(info->dlpi_name, '/'), *name = slash ? slash + 1 : info->dlpi_name;
  if (std::strncmp(name, "libtorch", 8) != 0 && std::strncmp(name, "libc10", 6) != 0) return 0;
  const Library library = read(*info);
  if (!library.symbols || !library.names) return 0;
  for (int table = 0; table < 2; table++) {
    for (size_t i = 0; library.relocations[table] && i < library.sizes[table] / sizeof(ElfW(Rela)); i++) {
      const ElfW(Rela) &relocation = library.relocations[table][i];
      const uint32_t type = static_cast<uint32_t>(ELF64_R_TYPE(relocation.r_info));
      if (type != IN_TABLE && type != IN_CALL_TABLE) continue;
      const ElfW(Sym) &symbol = library.symbols[ELF64_R_SYM(relocation.r_info)];
      if (std::strcmp(library.names + symbol.st_name, "__cxa_atexit") == 0) replace(library, library.base + relocation.r_offset);
    }
  }
  return 0;
}

}  // namespace

extern "C" void gx_keep_statics(void) { dl_iterate_phdr(visit, nullptr); }

#else

extern "C" void gx_keep_statics(void) {}

#endif

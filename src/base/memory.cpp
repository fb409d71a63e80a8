#include "base/memory.hpp"

#include "base/build_options.hpp"

#if CHENGGE_JEMALLOC
#include <jemalloc/jemalloc.h>
#else
#include <malloc.h>
#endif

namespace chengge {

#if CHENGGE_JEMALLOC

namespace {

#define TEXT_OF_VALUE(value) #value
#define TEXT_OF(name) TEXT_OF_VALUE(name)
constexpr const char* purge_all = "arena." TEXT_OF(MALLCTL_ARENAS_ALL) ".purge";
#undef TEXT_OF
#undef TEXT_OF_VALUE

} // namespace

void give_memory_back() { ::mallctl(purge_all, nullptr, nullptr, nullptr, 0); }

#else

void give_memory_back() { ::malloc_trim(0); }

#endif

} // namespace chengge

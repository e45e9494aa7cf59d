// Tensors in main memory: the bytes that they take now, the most since the last reset, and the pages that they lie in.
#include "lm_torch.h"

#include <atomic>
#include <cstdint>
#include <cstring>

#include <malloc.h>
#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>
#endif

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

namespace {

std::atomic<int64_t> taken{0};
std::atomic<int64_t> most{0};
c10::Allocator* inner = nullptr;

// glibc knows how large a block is, so that no size has to be kept beside it.
int64_t size_of(void* block) { return static_cast<int64_t>(malloc_usable_size(block)); }

void take(int64_t bytes) {
  const int64_t now = taken.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  int64_t before = most.load(std::memory_order_relaxed);
  while (now > before && !most.compare_exchange_weak(before, now, std::memory_order_relaxed)) {
  }
}

#ifdef __linux__
constexpr size_t kHugePage = 2 << 20;
std::atomic<uintptr_t> advised{0};  // the heap's end when its pages were last asked to be huge; 0: never ask

// Where the heap has grown, its new pages are asked to be huge before they are touched: a real model's step otherwise spends a tenth of its time on
// faulting in and clearing pages of 4 KiB, and matrix products on missing translations.
void advise(const void* block, size_t bytes) {
  uintptr_t from = advised.load(std::memory_order_relaxed);
  const uintptr_t end = reinterpret_cast<uintptr_t>(block) + bytes;
  if (from == 0 || bytes < kHugePage || end <= from) return;
  const uintptr_t heap = reinterpret_cast<uintptr_t>(sbrk(0)), top = heap / kHugePage * kHugePage;
  if (end > heap || top <= from) return;  // mapped elsewhere
  if (!advised.compare_exchange_strong(from, top, std::memory_order_relaxed)) return;  // another thread does it
  madvise(reinterpret_cast<void*>(from), top - from, MADV_HUGEPAGE);  // refused: the pages stay small
}

void start_advising() { advised.store((reinterpret_cast<uintptr_t>(sbrk(0)) + kHugePage - 1) / kHugePage * kHugePage); }
#else
void advise(const void*, size_t) {}
void start_advising() {}
#endif

void give_back(void* block) {
  if (block == nullptr) return;
  taken.fetch_sub(size_of(block), std::memory_order_relaxed);
  inner->raw_deleter()(block);
}

// libtorch's own allocator, counted. Without "override": newer versions ask for an allocate that is not const, and for copy_data.
struct CountingAllocator final : c10::Allocator {
  c10::DataPtr allocate(size_t bytes) const { return count(inner->allocate(bytes)); }
  c10::DataPtr allocate(size_t bytes) { return count(inner->allocate(bytes)); }
  c10::DeleterFnPtr raw_deleter() const { return &give_back; }
  void copy_data(void* target, const void* source, size_t bytes) const { std::memcpy(target, source, bytes); }

 private:
  static c10::DataPtr count(c10::DataPtr block) {
    if (block.get() == nullptr || !block.compare_exchange_deleter(inner->raw_deleter(), &give_back)) return block;
    const int64_t bytes = size_of(block.get());
    take(bytes);
    advise(block.get(), static_cast<size_t>(bytes));
    return block;
  }
};

}  // namespace

LM_API void lm_count_memory(int huge_pages) {
  static CountingAllocator counting;
  if (inner != nullptr) return;
  if (huge_pages != 0) start_advising();
  inner = c10::GetCPUAllocator();
  if (inner->raw_deleter() != nullptr) c10::SetCPUAllocator(&counting, /*priority=*/1);
}
LM_API int64_t lm_memory() { return taken.load(std::memory_order_relaxed); }
LM_API int64_t lm_most_memory() { return most.load(std::memory_order_relaxed); }
LM_API void lm_reset_most_memory() { most.store(taken.load(std::memory_order_relaxed), std::memory_order_relaxed); }

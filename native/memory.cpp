// Bytes of tensors in main memory: what they take now, and the most since the last reset.
#include "lm_torch.h"

#include <atomic>
#include <cstring>

#include <malloc.h>

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
    if (block.get() != nullptr && block.compare_exchange_deleter(inner->raw_deleter(), &give_back)) take(size_of(block.get()));
    return block;
  }
};

}  // namespace

LM_API void lm_count_memory() {
  static CountingAllocator counting;
  if (inner != nullptr) return;
  inner = c10::GetCPUAllocator();
  if (inner->raw_deleter() != nullptr) c10::SetCPUAllocator(&counting, /*priority=*/1);
}
LM_API int64_t lm_memory() { return taken.load(std::memory_order_relaxed); }
LM_API int64_t lm_most_memory() { return most.load(std::memory_order_relaxed); }
LM_API void lm_reset_most_memory() { most.store(taken.load(std::memory_order_relaxed), std::memory_order_relaxed); }

#include "tharsis/io/arrow_pool.h"

#include <atomic>

#include "tharsis/memory/idle.h"

namespace tharsis::io {

arrow::Status CountedPool::count(int64_t bytes) {
  if (budget_.try_take(bytes)) return arrow::Status::OK();
  if (budget_.used_bytes() + bytes > budget_.limit_bytes() + budget_.limit_bytes() / 4) {
    return arrow::Status::OutOfMemory("the memory limit of ",
                                      memory::bytes_text(budget_.limit_bytes()),
                                      " leaves no room for ", memory::bytes_text(bytes));
  }
  budget_.take(bytes);
  return arrow::Status::OK();
}

arrow::Status CountedPool::Allocate(int64_t size, int64_t alignment, uint8_t** out) {
  ARROW_RETURN_NOT_OK(count(size));
  const arrow::Status status = below_.Allocate(size, alignment, out);
  if (!status.ok()) budget_.give(size);
  return status;
}

arrow::Status CountedPool::Reallocate(int64_t old_size, int64_t new_size, int64_t alignment,
                                      uint8_t** ptr) {
  if (new_size > old_size) ARROW_RETURN_NOT_OK(count(new_size - old_size));
  const arrow::Status status = below_.Reallocate(old_size, new_size, alignment, ptr);
  const int64_t given = status.ok() ? old_size - new_size : new_size - old_size;
  if (given > 0) budget_.give(given);
  return status;
}

void CountedPool::Free(uint8_t* buffer, int64_t size, int64_t alignment) {
  below_.Free(buffer, size, alignment);
  budget_.give(size);
}

namespace {
std::atomic<arrow::MemoryPool*> pool{nullptr};
std::atomic<memory::Budget*> budget_of_pool{nullptr};
}  // namespace

arrow::MemoryPool* arrow_pool() {
  arrow::MemoryPool* const counted = pool.load(std::memory_order_acquire);
  return counted != nullptr ? counted : arrow::default_memory_pool();
}

// Pools are few and never freed: arrays that were allocated from them may outlive a session.
void set_arrow_budget(memory::Budget* budget) {
  [[maybe_unused]] static const bool once =
      (memory::on_release_idle([] { arrow::default_memory_pool()->ReleaseUnused(); }), true);
  budget_of_pool.store(budget, std::memory_order_release);
  pool.store(budget == nullptr ? nullptr : new CountedPool(*budget), std::memory_order_release);
}

memory::Budget* arrow_budget() { return budget_of_pool.load(std::memory_order_acquire); }

}  // namespace tharsis::io

#pragma once

#include <arrow/memory_pool.h>

#include "tharsis/memory/budget.h"

namespace tharsis::io {

/// Arrow's memory, counted in our budget. Never waits; a request that does not fit is counted all
/// the same unless it would pass the hard limit (the limit and a quarter), where it fails as out of
/// memory. `budget` outlives everything that was allocated.
class CountedPool final : public arrow::MemoryPool {
 public:
  explicit CountedPool(memory::Budget& budget) : budget_(budget) {}

  using arrow::MemoryPool::Allocate;
  using arrow::MemoryPool::Free;
  using arrow::MemoryPool::Reallocate;
  arrow::Status Allocate(int64_t size, int64_t alignment, uint8_t** out) override;
  arrow::Status Reallocate(int64_t old_size, int64_t new_size, int64_t alignment,
                           uint8_t** ptr) override;
  void Free(uint8_t* buffer, int64_t size, int64_t alignment) override;
  int64_t bytes_allocated() const override { return below_.bytes_allocated(); }
  int64_t total_bytes_allocated() const override { return below_.total_bytes_allocated(); }
  int64_t num_allocations() const override { return below_.num_allocations(); }
  int64_t max_memory() const override { return below_.max_memory(); }
  std::string backend_name() const override { return "tharsis"; }

 private:
  arrow::Status count(int64_t bytes);

  memory::Budget& budget_;
  arrow::MemoryPool& below_ = *arrow::default_memory_pool();
};

/// The pool of this process' session; the default pool of Arrow before a session is made.
arrow::MemoryPool* arrow_pool();
void set_arrow_budget(memory::Budget* budget);
/// What was set; null before a session is made.
memory::Budget* arrow_budget();

}  // namespace tharsis::io

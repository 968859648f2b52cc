#pragma once

#include <atomic>

#include "tharsis/runtime/run_fragment.h"

namespace tharsis::cluster {

/// Moves chunks between Stores of one process as the bytes that would travel between machines. Any
/// thread.
class LocalExchange final : public runtime::Exchange {
 public:
  Ref<memory::Chunk> move(const Ref<memory::Chunk>& chunk, memory::Store& to) override;
  /// Bytes moved so far.
  int64_t wire_bytes() const override { return wire_bytes_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> wire_bytes_{0};
};

}  // namespace tharsis::cluster

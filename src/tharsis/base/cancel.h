#pragma once

#include <atomic>

#include "tharsis/base/error.h"

namespace tharsis {

/// Set once by whoever wants the work to stop; asked by workers between batches.
class CancelToken {
 public:
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  void throw_if_cancelled() const {
    if (cancelled()) fail(ErrorCode::kCancelled, "the computation was cancelled");
  }

 private:
  std::atomic<bool> cancelled_{false};
};

}  // namespace tharsis

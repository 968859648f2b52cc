#pragma once

#include <cstdint>
#include <vector>

#include "tharsis/memory/budget.h"

namespace tharsis::memory {

/// Scratch of one worker: a stack of bytes. Whoever takes bytes during a batch returns to its mark
/// before it returns; what was emitted downstream is valid until then. One thread.
class Arena {
 public:
  explicit Arena(Budget& budget) : reservation_(budget, "scratch of a worker") {}

  struct Mark {
    size_t block;
    int64_t used;
  };
  Mark mark() const { return {current_, used_}; }
  void reset(Mark mark) {
    current_ = mark.block;
    used_ = mark.used;
  }

  /// Uninitialised, 64-byte aligned, padded by kPadding.
  void* take(int64_t bytes);
  template <class T>
  T* take_as(int64_t count) {
    return static_cast<T*>(take(count * static_cast<int64_t>(sizeof(T))));
  }

 private:
  std::vector<Buffer> blocks_;
  size_t current_ = 0;
  int64_t used_ = 0;
  Reservation reservation_;
};

/// Returns the arena to where it was when the scope began.
class ArenaScope {
 public:
  explicit ArenaScope(Arena& arena) : arena_(arena), mark_(arena.mark()) {}
  ~ArenaScope() { arena_.reset(mark_); }
  ArenaScope(const ArenaScope&) = delete;
  ArenaScope& operator=(const ArenaScope&) = delete;

 private:
  Arena& arena_;
  Arena::Mark mark_;
};

}  // namespace tharsis::memory

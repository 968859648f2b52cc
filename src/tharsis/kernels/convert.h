#pragma once

#include "tharsis/kernels/loops.h"

namespace tharsis::kernels {

/// Values that loops work on at a time where they need scratch: 8 KiB of the widest lane stay in
/// L1.
inline constexpr int64_t kChunk = 1024;

/// Turns numbers and bools of one type into another as C does: integers wrap, floats are truncated
/// towards zero, everything but zero is true. At most three loops, one after the other: widened to
/// the lane of `from`, from lane to lane, narrowed to `to`. Times convert as int64.
class Conversion {
 public:
  Conversion(TypeId from, TypeId to);

  /// Nothing to do: the bytes are the same.
  bool identity() const { return count_ == 0; }
  /// Converts n <= kChunk values into `out`; `scratch` holds 2 * kChunk values of eight bytes.
  void run(const void* in, void* out, void* scratch, int64_t n) const;

 private:
  void step(Loop loop);
  std::array<Loop, 3> loops_{};
  int count_ = 0;
};

}  // namespace tharsis::kernels

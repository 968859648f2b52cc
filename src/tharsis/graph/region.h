#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace tharsis {

inline constexpr int kMaxRank = 8;

/// A box of an index space: [begin, end) on each axis.
struct Region {
  std::array<int64_t, kMaxRank> begin{};
  std::array<int64_t, kMaxRank> end{};
  uint8_t rank = 0;

  int64_t length(int axis) const { return end[axis] - begin[axis]; }
  int64_t size() const {
    int64_t n = 1;
    for (int axis = 0; axis < rank; ++axis) n *= length(axis);
    return n;
  }
};

/// An affine map from output positions to input positions: input axis j is at
/// offset[j] + step[j] * out[axis[j]], or fixed at offset[j] where axis[j] is -1. Output axes that
/// no input axis names are broadcast. Slices, steps, transposes, broadcasts and new axes are
/// accesses.
struct Access {
  std::vector<int16_t> axis;
  std::vector<int64_t> offset;
  std::vector<int64_t> step;
};

/// A part of an output region that one input makes, through an access.
struct Piece {
  uint16_t input = 0;
  Access access;
  Region out;
};

}  // namespace tharsis

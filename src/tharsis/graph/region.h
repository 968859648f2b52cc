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
  friend bool operator==(const Region&, const Region&) = default;
};

/// All of an index space.
Region whole_region(const std::vector<int64_t>& shape);

/// An affine map from output positions to input positions: input axis j is at
/// offset[j] + step[j] * out[axis[j]], or fixed at offset[j] where axis[j] is -1. Output axes that
/// no input axis names are broadcast. Slices, steps, transposes, broadcasts and new axes are
/// accesses.
struct Access {
  std::vector<int16_t> axis;
  std::vector<int64_t> offset;
  std::vector<int64_t> step;
  friend bool operator==(const Access&, const Access&) = default;
};

Access identity_access(int rank);
/// Output axes are those of an operand of `rank` axes that is broadcast to `out_shape`; an input
/// axis of length 1 that meets a longer one is fixed.
Access broadcast_access(const std::vector<int64_t>& in_shape,
                        const std::vector<int64_t>& out_shape);
/// First `outer` (out → middle), then `inner` (middle → in).
Access composed(const Access& outer, const Access& inner);
/// The box around the input positions that `out` asks for.
Region image(const Access& access, const Region& out);

/// A part of an output region that one input makes, through an access.
struct Piece {
  uint16_t input = 0;
  Access access;
  Region out;
};

/// An affine map from positions of an index space to positions in the C order of an array: an
/// access of an array that lies in memory.
struct Walk {
  int64_t base = 0;
  std::array<int64_t, kMaxRank> stride{};  // 0: the same values along this axis
  friend bool operator==(const Walk&, const Walk&) = default;
};

/// How `access` walks through the C order of an array of `shape`.
Walk walk(const Access& access, const std::vector<int64_t>& shape);

}  // namespace tharsis

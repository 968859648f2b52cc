#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

#include "tharsis/types/dtype.h"

namespace tharsis::ops {

/// Numbers as words whose unsigned order is that of the values, and back. -0.0 and 0.0 are one.
template <class T>
inline uint64_t to_word(T value) {
  constexpr uint64_t kSign = uint64_t{1} << 63;
  if constexpr (std::is_floating_point_v<T>) {
    const auto bits = std::bit_cast<uint64_t>(static_cast<double>(value) + 0.0);
    return bits ^ (static_cast<uint64_t>(static_cast<int64_t>(bits) >> 63) | kSign);
  } else {
    return static_cast<uint64_t>(static_cast<int64_t>(value)) ^ kSign;
  }
}

template <class T>
inline T from_word(uint64_t word) {
  constexpr uint64_t kSign = uint64_t{1} << 63;
  if constexpr (std::is_floating_point_v<T>) {
    const uint64_t flip = (word & kSign) != 0 ? kSign : ~uint64_t{0};
    return static_cast<T>(std::bit_cast<double>(word ^ flip));
  } else {
    return static_cast<T>(word ^ kSign);
  }
}

}  // namespace tharsis::ops

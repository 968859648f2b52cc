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

/// Calls visit(T{}) with the memory type of numbers of this type.
template <class Visit>
auto with_number(const DType& dtype, Visit visit) {
  switch (dtype.id) {
    case TypeId::kBool:
    case TypeId::kUInt8:
      return visit(uint8_t{});
    case TypeId::kInt8:
      return visit(int8_t{});
    case TypeId::kInt16:
      return visit(int16_t{});
    case TypeId::kUInt16:
      return visit(uint16_t{});
    case TypeId::kInt32:
    case TypeId::kCategory:
      return visit(int32_t{});
    case TypeId::kUInt32:
      return visit(uint32_t{});
    case TypeId::kUInt64:
      return visit(uint64_t{});
    case TypeId::kFloat32:
      return visit(float{});
    case TypeId::kFloat64:
      return visit(double{});
    default:
      return visit(int64_t{});
  }
}

}  // namespace tharsis::ops

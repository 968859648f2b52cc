#pragma once

#include <cmath>
#include <string_view>
#include <type_traits>

#include "tharsis/base/error.h"
#include "tharsis/base/string_ref.h"
#include "tharsis/types/dtype.h"

namespace tharsis::ops {

enum class Running : uint8_t { kSum, kProd, kMin, kMax };

/// An error in the words of `who` for another name.
Running running_named(std::string_view name, std::string_view who);

/// The type of a running value: as NumPy's cumsum, integers widen to 64 bits; extremes keep theirs.
DType running_type(Running function, const DType& in, std::string_view who);

template <class T>
T running_step(Running function, const T& so_far, const T& value) {
  if constexpr (std::is_same_v<T, StringRef>) {
    return (value < so_far) == (function == Running::kMin) ? value : so_far;
  } else {
    // Whole numbers wrap around, as NumPy's do.
    using Wrapping = std::conditional_t<std::is_floating_point_v<T>, T, uint64_t>;
    switch (function) {
      case Running::kSum:
        return static_cast<T>(static_cast<Wrapping>(so_far) + static_cast<Wrapping>(value));
      case Running::kProd:
        return static_cast<T>(static_cast<Wrapping>(so_far) * static_cast<Wrapping>(value));
      case Running::kMin:
        return value < so_far ? value : so_far;
      default:
        return so_far < value ? value : so_far;
    }
  }
}

/// Calls visit(In{}, Out{}) with the memory types of a running value over a column of `in`.
template <class Visit>
auto with_running(Running function, const DType& in, Visit visit) {
  const bool extreme = function == Running::kMin || function == Running::kMax;
  const auto both = [&](auto narrow, auto wide) {
    return extreme ? visit(narrow, narrow) : visit(narrow, wide);
  };
  switch (in.id) {
    case TypeId::kBool:
      return both(uint8_t{}, int64_t{});
    case TypeId::kInt8:
      return both(int8_t{}, int64_t{});
    case TypeId::kInt16:
      return both(int16_t{}, int64_t{});
    case TypeId::kInt32:
    case TypeId::kCategory:
      return both(int32_t{}, int64_t{});
    case TypeId::kUInt8:
      return both(uint8_t{}, uint64_t{});
    case TypeId::kUInt16:
      return both(uint16_t{}, uint64_t{});
    case TypeId::kUInt32:
      return both(uint32_t{}, uint64_t{});
    case TypeId::kUInt64:
      return both(uint64_t{}, uint64_t{});
    case TypeId::kFloat32:
      return both(float{}, float{});
    case TypeId::kFloat64:
      return both(double{}, double{});
    default:
      return both(int64_t{}, int64_t{});
  }
}

}  // namespace tharsis::ops

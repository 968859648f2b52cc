#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "tharsis/base/error.h"

namespace tharsis::ops {

/// NumPy's quantile: between the two values next to q * (n - 1).
struct Quantile {
  double q = 0.5;
  enum Way : uint8_t { kLinear, kLower, kHigher, kNearest, kMidpoint } way = kLinear;

  /// Of [begin, end), which it reorders; NaN of nothing.
  double of(double* begin, double* end) const {
    const int64_t n = end - begin;
    if (n == 0) return std::nan("");
    const double place = q * static_cast<double>(n - 1);
    const auto below = static_cast<int64_t>(std::floor(place));
    const double rest = place - static_cast<double>(below);
    std::nth_element(begin, begin + below, end);
    const double low = begin[below];
    if (rest == 0 || below + 1 == n) return low;
    const double high = *std::min_element(begin + below + 1, end);
    switch (way) {
      case kLower:
        return low;
      case kHigher:
        return high;
      case kNearest:
        return rest > 0.5 || (rest == 0.5 && below % 2 == 1) ? high : low;
      case kMidpoint:
        return (low + high) / 2;
      default:
        return rest < 0.5 ? low + (high - low) * rest : high - (high - low) * (1 - rest);
    }
  }
};

/// An error if there is none of this name.
inline Quantile::Way interpolation(const std::string& name) {
  constexpr std::string_view kNames[] = {"linear", "lower", "higher", "nearest", "midpoint"};
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (name == kNames[i]) return static_cast<Quantile::Way>(i);
  }
  fail(ErrorCode::kInvalidArgument, "quantile: there is no interpolation='{}'", name);
}

}  // namespace tharsis::ops

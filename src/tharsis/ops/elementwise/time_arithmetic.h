#pragma once

#include "tharsis/ops/elementwise/arguments.h"

namespace tharsis::ops {

/// The operators that times have.
enum class TimeOp : uint8_t {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kFloorDivide,
  kRemainder,
  kNegative,
  kAbsolute,
  kPositive,
  kSign,
  kMaximum,
  kMinimum,
  kFmax,
  kFmin,
};

bool any_time(std::span<const DType> in);

/// timestamp ± duration, timestamp - timestamp, duration with durations and numbers; units agree on
/// the finest. A DType error names `who` where there is no meaning.
DType time_result(TimeOp op, std::span<const DType> in, std::string_view who);
Column time_arithmetic(TimeOp op, const ScalarCall& call, const Arguments& args);

}  // namespace tharsis::ops

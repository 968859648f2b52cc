#pragma once

#include "tharsis/ops/elementwise/arguments.h"

namespace tharsis::ops {

enum class Overflow : uint8_t { kError, kSaturate };

/// A column of times in another unit: exact towards finer ones (an Overflow error names `who` and
/// the first value that does not fit, or the value is saturated), rounded down towards coarser
/// ones.
Column in_unit(const Column& column, TimeUnit unit, int64_t rows, memory::Arena& arena,
               std::string_view who, Overflow overflow = Overflow::kError);

/// The finest unit among the times in `in`.
TimeUnit finest_unit(std::span<const DType> in);

}  // namespace tharsis::ops

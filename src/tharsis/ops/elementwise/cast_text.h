#pragma once

#include "tharsis/ops/elementwise/arguments.h"

namespace tharsis::ops {

// Casts between text and the other types. Each answers one value per row of the one argument.

/// Numbers, bools and times as text, as pandas' astype(str) writes them. Timestamps and durations
/// end with `digits` digits of a fraction: -1: those of the value, none if it is whole seconds; -2:
/// the date only.
Column text_of(const DType& out, const Arguments& args, int64_t digits);

/// Numbers, bools and times that text writes; an error tells the first row that writes none.
Column read_text(const DType& out, const Arguments& args);

/// How a message names row `row` of the batch.
std::string row_text(const Batch& batch, int64_t row);

}  // namespace tharsis::ops

#pragma once

#include "tharsis/ops/elementwise/arguments.h"

namespace tharsis::ops {

/// The type that holds either of two values, `who` in its DType error; times agree on the finest
/// unit, a category next to its own values stays one.
DType either_type(const DType& a, const DType& b, std::string_view who);

/// `column` in the form that `type` has in memory; labels next to a category become its codes.
Column in_type(const Column& column, const DType& type, int64_t rows, memory::Arena& arena,
               std::string_view who);

/// One of two columns of one type per row: `a` where the condition's byte is set.
Column selected(const uint8_t* condition, const Column& a, const Column& b, const DType& out,
                const Arguments& args);

}  // namespace tharsis::ops

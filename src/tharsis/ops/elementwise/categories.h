#pragma once

#include <optional>

#include "tharsis/ops/elementwise/arguments.h"

namespace tharsis::ops {

/// The code of a value among categories; numbers are equal across their types.
std::optional<int32_t> code_of(const Scalar& value, const std::vector<Label>& categories);

/// The one type of all labels: bool, int64, float64 or str; a DType error names `who` otherwise.
DType label_type(const std::vector<Label>& labels, std::string_view who);

/// The labels of the rows of a category column, which is flat or constant.
Column category_values(const Column& column, int64_t rows, memory::Arena& arena,
                       std::string_view who);

}  // namespace tharsis::ops

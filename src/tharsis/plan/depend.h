#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "tharsis/graph/op.h"

namespace tharsis::plan {

/// How often each node is an input, below `roots`; a root counts once more.
std::unordered_map<const Node*, int> uses_of(const std::vector<Expr>& roots);

/// The fields of `base` that the fields `wanted` of `expr` are computed from, row by row. Nothing
/// where something else is looked at: other rows, positions, or a call whose answer is not a
/// function of the row.
std::optional<Fieldset> fields_read(const Expr& expr, const Fieldset& wanted, const Node& base);

/// The field of `base` that the last field of `expr` is, through views only.
std::optional<int64_t> field_of(const Expr& expr, const Node& base);

/// `expr` over `with` in the place of output 0 of `base`.
Expr replaced(const Expr& expr, const Node& base, const Expr& with);

/// The last field of a series only: what a mask is looked at.
Fieldset last_field(const Expr& series);

}  // namespace tharsis::plan

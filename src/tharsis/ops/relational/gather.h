#pragma once

#include <cstdint>
#include <span>

#include "tharsis/memory/arena.h"
#include "tharsis/memory/column.h"

namespace tharsis::ops {

/// Rows of `mask`, a bool column, that are present and true, ascending; answers how many.
int32_t true_rows(const memory::Column& mask, int64_t n, uint32_t* rows);

/// The values of `column` at `rows`, in scratch. Dictionaries and constants stay what they are;
/// text is referred to.
memory::Column gather(const memory::Column& column, std::span<const uint32_t> rows,
                      memory::Arena& arena);

/// The whole numbers of a flat column as int64.
void to_int64(const memory::Column& column, int64_t rows, int64_t* out);

/// A flat view of `column`: itself, or one value per row in scratch.
memory::Column flat(const memory::Column& column, int64_t rows, memory::Arena& arena);

}  // namespace tharsis::ops

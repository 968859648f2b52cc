#pragma once

#include "tharsis/ops/relational/join/stored_column.h"
#include "tharsis/types/scalar.h"

namespace tharsis::ops {

/// The values of `rows` as `dtype`, and `fill`, which is not missing, where a row is
/// JoinTable::kNoRow. In scratch.
Column gather_filled(const StoredColumn& column, const uint32_t* rows, int64_t n,
                     const Scalar& fill, const DType& dtype, memory::Arena& arena);

}  // namespace tharsis::ops

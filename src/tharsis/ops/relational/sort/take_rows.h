#pragma once

#include <cstdint>
#include <span>

#include "tharsis/graph/flow.h"

namespace tharsis::ops {

/// Rows [begin, begin + count) of a batch.
struct RowSpan {
  const Batch* batch = nullptr;
  int64_t begin = 0;
  int64_t count = 0;
};

/// Rows in another order, in buffers of their own: row i of the answer is row `order[i]` of all
/// spans, one after the other. Text is copied; a dictionary that all spans share is kept. Reads at
/// random and writes in order, which costs a third of the opposite: fastest where a column of n
/// rows fits L2. Needs scratch for one column.
Batch take_rows(std::span<const RowSpan> spans, const uint32_t* order, int64_t n,
                memory::Arena& arena);

}  // namespace tharsis::ops

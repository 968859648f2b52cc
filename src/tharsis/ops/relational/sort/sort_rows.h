#pragma once

#include <span>
#include <vector>

#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/sort/key_layout.h"
#include "tharsis/ops/relational/sort/take_rows.h"

namespace tharsis::ops {

/// The keys of a sort over frames of one type.
struct SortKeys {
  std::vector<int64_t> fields;
  std::vector<DType> dtypes;
  std::vector<KeyOrder> orders;

  SortKeys(const SortAttrs& attrs, const Meta& in);
  std::vector<Column> columns(const Batch& batch) const;
};

/// Sorts the rows of `spans`: answers which row comes first, second, … `words` are their words of
/// level 0; further levels are encoded for rows that tie there.
memory::Buffer sorted_order(const SortKeys& keys, const KeyLayout& layout,
                            std::span<const RowSpan> spans, std::span<const uint64_t> words);

}  // namespace tharsis::ops

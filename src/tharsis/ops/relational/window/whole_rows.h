#pragma once

#include <functional>
#include <vector>

#include "tharsis/graph/op.h"

namespace tharsis::ops {

/// New data columns for the rows of one chunk, with buffers of their own.
using ChunkColumns = std::function<std::vector<Column>(size_t chunk, const Batch& rows, Worker&)>;

/// A frame over the rows of `in`: its index levels as they are, then what `columns` answers for
/// each chunk; chunks are asked for on all workers.
std::vector<Ref<Value>> over_rows(Meta meta, const Value& in, Driver& driver,
                                  const ChunkColumns& columns);

/// As `in`, with other data fields; the rows stay where they are.
Meta rows_meta(const Meta& in, std::vector<Field> data);

/// The field of a frame that holds its index levels and the data fields `needed`, for pruning.
Fieldset with_index(const Meta& in, std::span<const int64_t> needed);

/// Owned buffers of a column while it is made.
struct OwnColumn {
  explicit OwnColumn(int64_t bytes) : data(bytes) {}
  memory::Buffer data;
  memory::Buffer validity;  // empty: all present
  std::shared_ptr<const void> text;

  /// Clears the bit of `row` of `rows`.
  void set_missing(int64_t row, int64_t rows);
};
Column owned(DType dtype, std::shared_ptr<OwnColumn> column);

}  // namespace tharsis::ops

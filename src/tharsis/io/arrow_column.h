#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <vector>

#include "tharsis/memory/column.h"
#include "tharsis/types/meta.h"

namespace tharsis::io {

/// Our type for an Arrow type, with the flavour that the asker wants for missing values. An
/// Unsupported error names types that the engine does not hold (lists, decimals, …). Dictionaries
/// of text are text; categories come from `category_from_arrow`.
DType dtype_from_arrow(const arrow::DataType& type, Flavour flavour);
std::shared_ptr<arrow::DataType> dtype_to_arrow(const DType& dtype);
/// What pandas makes of a column of a file that has gaps: whole numbers become float64, bools are
/// nullable.
DType with_gaps(const DType& dtype);

/// The values of `array` as a column of `dtype` (of dtype_from_arrow, or float64 for whole numbers
/// with gaps). Fixed-width values are not copied, except where NumPy's flavour wants NaN for what
/// is missing, or where bytes behind the last value may not be read. The column owns what it refers
/// to.
memory::Column column_from_arrow(const std::shared_ptr<arrow::Array>& array, const DType& dtype);

/// `column` as an Arrow array of dtype_to_arrow(column.dtype), without a copy where the layouts
/// agree: text becomes large_utf8 (also from dictionaries), bool becomes bits, categories become
/// dictionaries. With `nan_is_null` NumPy's NaN become nulls.
std::shared_ptr<arrow::Array> column_to_arrow(const memory::Column& column, int64_t rows,
                                              arrow::MemoryPool* pool, bool nan_is_null = false);

std::shared_ptr<arrow::Schema> schema_to_arrow(const Schema& schema);
std::shared_ptr<arrow::RecordBatch> batch_to_arrow(const memory::Batch& batch, const Schema& schema,
                                                   arrow::MemoryPool* pool,
                                                   bool nan_is_null = false);

}  // namespace tharsis::io

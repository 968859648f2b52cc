#pragma once

#include <parquet/column_reader.h>

#include <memory>

#include "tharsis/memory/column.h"

namespace tharsis::io {

/// Text of one column of a row group, from the pages into our layout: short values are copied once
/// and no Arrow array is made in between. One thread. Throws parquet::ParquetException where the
/// pages are broken.
class ParquetTextReader {
 public:
  /// REQUIRES: a column of byte arrays that is not nested.
  ParquetTextReader(std::shared_ptr<parquet::ColumnReader> column, DType dtype);

  /// The next `rows` values, or fewer at the end; answers how many.
  int64_t next(int64_t rows, memory::Column& out);

 private:
  struct Taken;
  std::shared_ptr<parquet::ByteArrayReader> column_;
  const DType dtype_;
};

}  // namespace tharsis::io

#pragma once

#include <parquet/metadata.h>

#include <memory>
#include <optional>
#include <span>

#include "tharsis/io/parquet_page.h"
#include "tharsis/memory/column.h"

namespace tharsis::io {

/// Whether all pages of the column are plain values of exactly `dtype`.
bool is_plain(const parquet::FileMetaData& file, int column, const DType& dtype);

/// Reads a plain column from its pages into our layout, without an Arrow array in between. Rows
/// that nobody wants are passed over. One thread. Throws parquet::ParquetException.
class ParquetPlainReader {
 public:
  using Rows = std::optional<std::span<const uint32_t>>;

  virtual ~ParquetPlainReader() = default;
  /// REQUIRES: is_plain of all row groups.
  static std::unique_ptr<ParquetPlainReader> create(const ParquetChunk& chunk, DType dtype);

  /// The next `rows` rows; with `wanted`, ascending positions among them, only those. The column
  /// owns its values.
  virtual memory::Column next(int64_t rows, const Rows& wanted) = 0;
};

}  // namespace tharsis::io

#pragma once

#include <memory>
#include <string>

#include "tharsis/memory/column.h"
#include "tharsis/types/meta.h"

namespace tharsis::io {

/// Writes one Parquet file. It has its name only when `close` has returned: a failure leaves
/// nothing behind. One thread.
class ParquetWriter {
 public:
  virtual ~ParquetWriter() = default;
  /// `compression`: snappy, zstd, gzip, lz4 or none. `pandas_note` is stored for pandas.
  static std::unique_ptr<ParquetWriter> create(const std::string& path, const Schema& schema,
                                               const std::string& compression,
                                               const std::string& pandas_note);
  virtual void write(const memory::Batch& batch) = 0;
  virtual void close() = 0;
};

}  // namespace tharsis::io

#pragma once

#include <parquet/arrow/reader.h>
#include <parquet/exception.h>

#include <memory>
#include <string>
#include <vector>

#include "tharsis/base/error.h"
#include "tharsis/io/parquet.h"
#include "tharsis/types/dtype.h"

namespace tharsis::io {

/// A column of a row group: plain ones are read by us, all others by Arrow.
struct ParquetField {
  int leaf = 0;  // the Parquet column
  DType dtype;
  bool plain = false;
};

/// Calls `read`; what it throws becomes an error that names the file.
template <class Read>
auto from_parquet(const std::string& path, const Read& read) {
  try {
    return read();
  } catch (const parquet::ParquetException& error) {
    fail(ErrorCode::kStorage, "'{}': {}", path, error.what());
  }
}

/// An open file, and Arrow's reader of it.
struct OpenParquet {
  std::shared_ptr<arrow::io::RandomAccessFile> source;
  std::unique_ptr<parquet::arrow::FileReader> reader;
};

/// Batches of one row group of an open file.
std::unique_ptr<ParquetReader> read_row_group(OpenParquet file, int row_group,
                                              std::vector<ParquetField> fields, int64_t batch_rows,
                                              std::string path);

/// The same of chosen rows. `tested` are the fields that the choice looks at. REQUIRES: all fields
/// are plain.
std::unique_ptr<ParquetReader> read_chosen_rows(OpenParquet file, int row_group,
                                                std::vector<ParquetField> fields,
                                                std::vector<int> tested, RowChoice choice,
                                                int64_t batch_rows, std::string path);

}  // namespace tharsis::io

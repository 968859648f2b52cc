#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tharsis/base/ref.h"
#include "tharsis/memory/column.h"
#include "tharsis/types/meta.h"

namespace tharsis::io {

struct RowGroup {
  int64_t first_row = 0;
  int64_t rows = 0;
  std::vector<int64_t> bytes;  // per column, as held in memory, estimated from the encoded size
};

/// Which rows of a row group are wanted, told from some of its columns.
struct RowChoice {
  std::vector<int> columns;  // of the file, among those that are read
  /// Given these columns of some rows: writes the positions of the wanted ones, ascending, and
  /// answers how many there are.
  std::function<int64_t(memory::Batch& columns, uint32_t* rows)> choose;
};

/// Reads batches of one row group. One thread.
class ParquetReader {
 public:
  virtual ~ParquetReader() = default;
  /// False at the end.
  virtual bool next(memory::Batch& out) = 0;
};

/// A Parquet file whose footer was read. Immutable; any thread.
class ParquetFile {
 public:
  virtual ~ParquetFile() = default;

  /// A StorageError names a file that is missing, cut off or no Parquet file.
  static Ref<ParquetFile> open(const std::string& path);

  /// Top-level columns with the types in which they are read: whole numbers with gaps are float64,
  /// as pandas has them.
  virtual const Schema& schema() const = 0;
  virtual int64_t rows() const = 0;
  virtual const std::vector<RowGroup>& row_groups() const = 0;
  /// The file's note for pandas (JSON), empty if there is none.
  virtual std::string pandas_note() const = 0;

  /// The columns in batches of at most `batch_rows`.
  virtual std::unique_ptr<ParquetReader> read(int row_group, std::vector<int> columns,
                                              int64_t batch_rows) const = 0;
  /// Whether `read` with a choice of rows can leave out the values of the other rows.
  virtual bool can_choose(const std::vector<int>& columns) const = 0;
  /// The same of the chosen rows alone, which may be none of a batch. REQUIRES:
  /// can_choose(columns).
  virtual std::unique_ptr<ParquetReader> read(int row_group, std::vector<int> columns,
                                              int64_t batch_rows, RowChoice choice) const = 0;
};

}  // namespace tharsis::io

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tharsis/memory/column.h"
#include "tharsis/types/meta.h"

namespace tharsis::io {

struct CsvOptions {
  char delimiter = ',';
  bool header = true;                // the first line names the columns
  std::vector<std::string> names;    // replaces the names of the file; needed without a header
  std::vector<std::string> columns;  // to read; empty: all
  std::vector<std::pair<std::string, DType>> dtypes;  // given by the user; others are inferred
  std::vector<std::string> times;                     // columns to read as timestamps
  std::vector<std::string> missing;  // texts that stand for a missing value; empty: those of pandas
  int64_t skip_rows = 0;
  int64_t block_bytes = int64_t{4} << 20;  // what a thread reads at once; 0: Arrow reads all files

  /// What the user gave for a column; null: nothing.
  const DType* given_dtype(const std::string& name) const;
};

struct CsvTable {
  Schema schema;
  std::vector<memory::Batch> batches;
  std::vector<int64_t> bytes;  // of each batch; empty: not counted
};

/// Reads a CSV file on all cores: by us where it is simple, by Arrow where it is not, with the same
/// result. Types are found as pandas finds them: whole numbers, floats,
/// bools (True, False), else text; whole numbers with gaps are float64. A row with too many or too
/// few fields is a StorageError that tells the row.
/// Calls `poll` now and then from the thread that waits; what it throws ends the reading.
CsvTable read_csv(const std::string& path, const CsvOptions& options,
                  const std::function<void()>& poll = {});

}  // namespace tharsis::io

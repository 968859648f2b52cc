#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tharsis/io/csv_block.h"
#include "tharsis/memory/column.h"

namespace tharsis::io {

/// A file of simple lines.
struct PlainCsv {
  std::string path;
  int64_t begin = 0;  // of the first line of values
  CsvLines lines;
  int64_t block_bytes = 0;  // what a thread reads at once
};

struct PlainCsvRows {
  std::vector<memory::Batch> batches;
  std::vector<int64_t> bytes;  // of each
};

/// Reads the file on all cores, a batch per block, in order. Nothing where it is not so simple: a
/// quote within a value without quotes, a carriage return within a line, a line of another width, a
/// value that is not of its kind. Calls `poll` now and then from the thread that waits; what it
/// throws ends the reading.
std::optional<PlainCsvRows> read_plain_csv(const PlainCsv& file, const std::function<void()>& poll);

}  // namespace tharsis::io

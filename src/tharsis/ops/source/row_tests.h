#pragma once

#include <memory>
#include <vector>

#include "tharsis/graph/flow.h"
#include "tharsis/graph/program.h"
#include "tharsis/ops/source.h"

namespace tharsis::ops {

/// The tests of a source as a program over the columns they look at: the same functions that the
/// filter above runs. Immutable; any thread.
class RowTests {
 public:
  /// `schema` is that of the file.
  RowTests(const std::vector<ColumnTestAttrs>& tests, const Schema& schema);

  bool empty() const { return columns_.empty(); }
  const std::vector<int>& columns() const { return columns_; }  // positions in the file

  /// Writes the rows of `columns` that pass all tests, ascending; answers how many.
  int64_t choose(Batch& columns, uint32_t* rows, Worker& worker) const;

 private:
  uint32_t append(const ColumnTestAttrs& test, const Schema& schema);

  std::vector<int> columns_;
  std::unique_ptr<Program> program_;
  std::vector<uint32_t> masks_;  // slots
};

}  // namespace tharsis::ops

#include "tharsis/ops/source/row_tests.h"

#include <algorithm>

#include "tharsis/graph/op.h"
#include "tharsis/ops/elementwise.h"
#include "tharsis/ops/relational/gather.h"

namespace tharsis::ops {

RowTests::RowTests(const std::vector<ColumnTestAttrs>& tests, const Schema& schema) {
  for (const ColumnTestAttrs& test : tests) {
    if (std::find(columns_.begin(), columns_.end(), test.column) == columns_.end())
      columns_.push_back(static_cast<int>(test.column));
  }
  program_ = std::make_unique<Program>(static_cast<uint32_t>(columns_.size()));
  for (const ColumnTestAttrs& test : tests) masks_.push_back(append(test, schema));
}

int64_t RowTests::choose(Batch& columns, uint32_t* rows, Worker& worker) const {
  const memory::ArenaScope scope(worker.arena);
  program_->run(columns, worker);
  int64_t count = true_rows(columns.columns[masks_[0]], columns.rows, rows);
  for (size_t i = 1; i < masks_.size(); ++i) {
    const Column mask = flat(columns.columns[masks_[i]], columns.rows, worker.arena);
    const auto fails = [&](uint32_t row) {
      return !mask.valid(row) || mask.values<uint8_t>()[row] == 0;
    };
    count = std::remove_if(rows, rows + count, fails) - rows;
  }
  return count;
}

// Answers the slot of the mask.
uint32_t RowTests::append(const ColumnTestAttrs& test, const Schema& schema) {
  ComputeAttrs attrs;
  attrs.function = test.function;
  attrs.constants = test.constants;
  attrs.args.push_back(0);
  for (size_t i = 0; i < test.constants.size(); ++i)
    attrs.args.push_back(-1 - static_cast<int64_t>(i));
  Call call;
  call.op = find_op("compute");
  call.attrs = std::move(attrs);
  const Field& field = schema[static_cast<size_t>(test.column)];
  call.in = {std::make_shared<const Meta>(frame_meta({field}, 0, Dim{}, Key{}))};
  const auto at = std::find(columns_.begin(), columns_.end(), test.column);
  const std::vector<uint32_t> slot{static_cast<uint32_t>(at - columns_.begin())};
  return call.op->emit(call, {&slot, 1}, *program_).back();
}

}  // namespace tharsis::ops

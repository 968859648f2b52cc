#include "tharsis/engine/session.h"

#include <gtest/gtest.h>

#include "tharsis/base/error.h"
#include "tharsis/memory/value.h"
#include "tharsis/ops/elementwise.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/table.h"

namespace tharsis::engine {
namespace {

// A frame k = i % groups, v = i of `rows` rows in chunks of `chunk`.
Expr numbers(Session& session, int64_t rows, int64_t groups, int64_t chunk) {
  std::vector<Batch> batches;
  for (int64_t begin = 0; begin < rows; begin += chunk) {
    const int64_t n = std::min(chunk, rows - begin);
    Batch batch;
    batch.rows = n;
    for (int c = 0; c < 2; ++c) {
      auto bytes = std::make_shared<memory::Buffer>(n * 8);
      for (int64_t i = 0; i < n; ++i)
        bytes->as<int64_t>()[i] = c == 0 ? (begin + i) % groups : begin + i;
      Column column;
      column.dtype = TypeId::kInt64;
      column.data = bytes->data();
      column.owner = std::move(bytes);
      batch.columns.push_back(std::move(column));
    }
    batches.push_back(std::move(batch));
  }
  const Meta meta = frame_meta(
      {{Label(std::string("k")), TypeId::kInt64}, {Label(std::string("v")), TypeId::kInt64}}, 0,
      Dim{rows}, fresh_key());
  return stored_leaf(memory::frame_value(session.store(), meta, std::move(batches)));
}

Expr sum_by_key(const Expr& frame) {
  ops::GroupByAttrs attrs;
  attrs.keys = {0};
  attrs.aggregates = {{"sum", 1, 1, 0, Label(std::string("v"))}};
  return call(ops::group_by_op(), std::move(attrs), {frame});
}

int64_t total(const Value& value, size_t column) {
  int64_t sum = 0;
  for (const auto& chunk : value.chunks) {
    const memory::Pin pin = chunk->store().pin(chunk);
    for (int64_t i = 0; i < pin->rows; ++i) sum += pin->columns[column].values<int64_t>()[i];
  }
  return sum;
}

TEST(Session, TheAnswerDoesNotDependOnHowItRuns) {
  constexpr int64_t kRows = 50000, kGroups = 7000;
  for (const int workers : {1, 2, 7}) {
    for (const int nodes : {1, 3}) {
      for (const bool spill : {false, true}) {
        Options options;
        options.workers = workers;
        options.nodes = nodes;
        options.split_bytes = 100000;
        options.inline_bytes = 0;
        options.spill_always = spill;
        Session session(options);
        const Ref<Value> value = session.run(sum_by_key(numbers(session, kRows, kGroups, 3000)));
        ASSERT_EQ(value->rows(), kGroups);
        EXPECT_EQ(total(*value, 1), kRows * (kRows - 1) / 2);
        const RunReport report = session.last_report();
        EXPECT_EQ(report.spilled_bytes > 0, spill);
        EXPECT_EQ(report.wire_bytes > 0, nodes > 1);
      }
    }
  }
}

TEST(Session, AnEqualExpressionFindsTheKeptResultWhileItLives) {
  Session session;
  const Expr frame = numbers(session, 100, 10, 100);
  const Expr first = sum_by_key(frame);
  const Ref<Value> value = session.run(first);
  EXPECT_EQ(session.run(sum_by_key(frame)), value);
  session.set_keep_results(false);
  EXPECT_EQ(session.run(first), value);  // kept with its own node
  EXPECT_NE(session.run(sum_by_key(frame)), value);
}

// Splits that have ended wait for the others in the store, which writes them out.
TEST(Session, RowsBeyondMemoryAreCollected) {
  constexpr int64_t kRows = 3000000;
  Options options;
  options.memory_limit = int64_t{16} << 20;
  options.split_bytes = 1 << 20;
  Session session(options);
  const Expr frame = numbers(session, kRows, 7, 100000);
  ops::ProjectAttrs last;
  last.from = {1};
  last.labels = {Label(std::string("v"))};
  last.series = true;
  const Expr series = ops::project(frame, last);
  const Ref<Value> value = session.run(ops::compute("add", {series, series}));
  EXPECT_EQ(value->rows(), kRows);
  EXPECT_EQ(total(*value, 0), kRows * (kRows - 1));
  EXPECT_GT(session.last_report().spilled_bytes, 0);
}

// A long chain is one program; its results do not grow with the rows of a usual batch.
TEST(Session, AChainOfManyFunctionsOfASeries) {
  Options options;
  options.memory_limit = int64_t{256} << 20;
  Session session(options);
  const Expr frame = numbers(session, 20000, 7, 20000);
  Expr x = ops::project(frame, {.from = {1}, .labels = {Label(std::string("v"))}, .series = true});
  for (int i = 0; i < 10000; ++i) x = ops::compute("add", {x, Scalar{TypeId::kInt64, int64_t{1}}});
  EXPECT_EQ(total(*session.run(x), 0), int64_t{20000} * 19999 / 2 + int64_t{20000} * 10000);
}

TEST(Session, AnUnknownRuleIsAnErrorWithANearName) {
  Session session;
  EXPECT_THROW(session.set_rules_off({"prune_column"}), Error);
}

}  // namespace
}  // namespace tharsis::engine

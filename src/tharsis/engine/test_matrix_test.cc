#include "tharsis/engine/test_matrix.h"

#include <gtest/gtest.h>

#include <set>

#include "tharsis/ops/elementwise.h"
#include "tharsis/ops/relational.h"

namespace tharsis::testing {
namespace {

Series counted(int64_t rows) {
  std::vector<std::optional<int64_t>> values(rows);
  for (int64_t i = 0; i < rows; ++i) values[i] = i % 7 == 0 ? std::nullopt : std::optional(i * 3);
  return ints("v", values);
}

Expr odd_rows(const Expr& frame) {
  const Expr v = ops::project(frame, {.from = {0}, .labels = {"v"}, .series = true});
  Scalar limit{TypeId::kInt64, int64_t{600}};
  limit.weak = true;
  return ops::filter(frame, ops::compute("greater", {v, limit}));
}

TEST(Matrix, CellsAreDifferent) {
  std::set<std::string> names;
  for (const Cell& cell : cells()) names.insert(cell.name());
  EXPECT_EQ(names.size(), cells().size());
  EXPECT_GE(names.size(), 9u);
}

TEST(Matrix, APairThatNoCellMeetsIsSeen) {
  std::array<Cell, 9> same{};
  EXPECT_FALSE(meet_every_pair(same));
}

// The checks of the knobs can fail: what ran in another way is found out.
TEST(Matrix, KnobsWithoutEffectAreNamed) {
  CellEngine idle(Cell{.splits = 0, .stores = 1, .spill = 1});
  EXPECT_EQ(idle.without_effect(SinkKind::kCollect), "splits, spill");
  CellEngine plain(Cell{.splits = 2});
  plain.run(odd_rows(plain.frame({counted(2000)})));
  EXPECT_EQ(plain.without_effect(SinkKind::kCollect), "");
  plain.session().mutable_options().split_bytes = 1 << 10;
  plain.run(odd_rows(plain.frame({counted(2000)})));
  EXPECT_EQ(plain.without_effect(SinkKind::kCollect), "splits");
  CellEngine small(Cell{.splits = 2, .chunks = 2, .batches = 1});
  small.session().mutable_options().batch_rows = 1000;
  small.run(odd_rows(small.frame({counted(2000)})));
  EXPECT_EQ(small.without_effect(SinkKind::kCollect), "batches");
}

class CollectCells : public ::testing::TestWithParam<Cell> {};

TEST_P(CollectCells, KeepTheOrderOfTheRows) {
  CellEngine engine(GetParam());
  const Series values = counted(5000);
  const Series names = texts("t", std::vector<std::optional<std::string>>(5000, "a text of a row"));
  std::vector<std::string> expected;
  for (int64_t i = 201; i < 5000; ++i) {
    if (i % 7 != 0) expected.push_back(std::to_string(i * 3) + "|a text of a row");
  }
  EXPECT_EQ(rows(*engine.run(odd_rows(engine.frame({values, names})))), expected);
  EXPECT_EQ(engine.without_effect(SinkKind::kCollect), "");
}

INSTANTIATE_TEST_SUITE_P(Matrix, CollectCells, ::testing::ValuesIn(cells()),
                         [](const auto& test) { return test.param.name(); });

}  // namespace
}  // namespace tharsis::testing

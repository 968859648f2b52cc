#include "tharsis/ops/window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "tharsis/base/error.h"
#include "tharsis/engine/test_matrix.h"
#include "tharsis/ops/elementwise.h"
#include "tharsis/ops/relational.h"

namespace tharsis {
namespace {

using testing::Engine;
using testing::Series;
using Ints = std::vector<std::optional<int64_t>>;

// k: few values and gaps; v: whole numbers; r: floats with NaN; t: text with gaps.
std::vector<Series> some_rows(int64_t n, uint64_t seed = 5) {
  std::mt19937_64 random(seed);
  Ints k, v;
  std::vector<double> r;
  std::vector<std::optional<std::string>> t;
  for (int64_t i = 0; i < n; ++i) {
    k.push_back(random() % 9 == 0 ? std::nullopt : std::optional<int64_t>(random() % 5));
    v.push_back(static_cast<int64_t>(random() % 100) - 50);
    r.push_back(random() % 6 == 0 ? NAN : static_cast<double>(random() % 40) / 4);
    t.push_back(random() % 7 == 0
                    ? std::nullopt
                    : std::optional<std::string>("text " + std::to_string(random() % 30)));
  }
  return {testing::ints("k", k), testing::ints("v", v), testing::floats("r", r),
          testing::texts("t", t)};
}

int64_t int_at(const Series& series, int64_t row) { return series.column.values<int64_t>()[row]; }
double real_at(const Series& series, int64_t row) { return series.column.values<double>()[row]; }

ops::RunningAttrs running_of(const char* function, std::vector<int64_t> columns) {
  return {.function = function, .columns = std::move(columns)};
}

std::vector<std::string> run(Engine& engine, const Expr& expr) {
  return testing::rows(*engine.run(expr));
}

TEST(Running, EqualsALoopWhateverTheChunks) {
  const auto rows = some_rows(1000);
  for (const int64_t chunk_rows : {1, 37, 1000}) {
    Engine engine({.workers = 3});
    const Expr frame = engine.frame(rows, {.chunk_rows = chunk_rows});
    const auto sums = run(engine, ops::running(frame, running_of("sum", {1, 2})));
    const auto most = run(engine, ops::running(frame, running_of("max", {1, 2})));
    int64_t sum = 0, max = INT64_MIN;
    double real = 0, real_max = -INFINITY;
    for (int64_t i = 0; i < 1000; ++i) {
      sum += int_at(rows[1], i);
      max = std::max(max, int_at(rows[1], i));
      const double value = real_at(rows[2], i);
      if (!std::isnan(value)) {
        real += value;
        real_max = std::max(real_max, value);
      }
      const bool nan = std::isnan(value);
      ASSERT_EQ(sums[i], fmt::format("{}|{}", sum, nan ? NAN : real)) << i;
      ASSERT_EQ(most[i], fmt::format("{}|{}", max, nan ? NAN : real_max)) << i;
    }
  }
}

TEST(Running, StandsBesideItsFrame) {
  Engine engine;
  const Expr frame = engine.frame({testing::ints("a", {1, 2, 3})});
  const Expr both = ops::zip({frame, ops::running(frame, running_of("prod", {0}))});
  EXPECT_EQ(run(engine, both), (std::vector<std::string>{"1|1", "2|2", "3|6"}));
}

TEST(Running, TextHasNoSum) {
  Engine engine;
  const Expr frame = engine.frame({testing::texts("a", {"x"})});
  EXPECT_THROW(ops::running(frame, running_of("sum", {0})), Error);
}

TEST(Shift, EqualsALoopWhateverTheChunks) {
  const auto rows = some_rows(200);
  for (const int64_t chunk_rows : {1, 37, 200}) {
    for (const int64_t periods : {0, 1, -1, 50, -199, 200, 1000}) {
      Engine engine({.workers = 3});
      const Expr frame = engine.frame(rows, {.chunk_rows = chunk_rows});
      const auto got = run(engine, ops::shift(frame, {.columns = {1, 3}, .periods = periods}));
      for (int64_t i = 0; i < 200; ++i) {
        const int64_t from = i - periods;
        const bool there = from >= 0 && from < 200;
        const std::string expected =
            there ? fmt::format("{}|{}", int_at(rows[1], from), testing::cell(rows[3].column, from))
                  : "nan|-";
        ASSERT_EQ(got[i], expected) << i << " of " << periods;
      }
    }
  }
}

TEST(Shift, AFillKeepsTheType) {
  Engine engine;
  const Expr frame = engine.frame({testing::ints("a", {1, 2, 3})});
  const Expr shifted = ops::shift(
      frame, {.columns = {0}, .periods = -1, .fill = Scalar{TypeId::kInt64, int64_t{9}}});
  EXPECT_EQ(shifted.meta().field(0).dtype, DType(TypeId::kInt64));
  EXPECT_EQ(run(engine, shifted), (std::vector<std::string>{"2", "3", "9"}));
}

TEST(Take, PositionsInAnyOrderAndFromTheEnd) {
  Engine engine;
  const Expr frame = engine.frame(some_rows(100), {.chunk_rows = 7});
  const auto all = run(engine, frame);
  const Expr positions = engine.frame({testing::ints("p", {5, 99, -1, 0, 5, -100}, TypeId::kInt32)},
                                      {.chunk_rows = 4});
  const Expr taken = ops::take(frame, positions);
  EXPECT_EQ(taken.meta().index_levels, 1);
  EXPECT_EQ(run(engine, taken),
            (std::vector<std::string>{"5|" + all[5], "99|" + all[99], "99|" + all[99],
                                      "0|" + all[0], "5|" + all[5], "0|" + all[0]}));
  const Expr wrong = engine.frame({testing::ints("p", {100})});
  EXPECT_THROW(engine.run(ops::take(frame, wrong)), Error);
}

// By definition: how many values are smaller, and how many equal stand before.
std::vector<double> plain_rank(const std::vector<double>& values, const ops::RankAttrs& attrs) {
  const size_t n = values.size();
  std::vector<double> out(n);
  const auto before = [&](size_t a, size_t b) {  // whether a comes before b
    const bool x = std::isnan(values[a]), y = std::isnan(values[b]);
    if (x || y) return x != y && x == (attrs.missing == "top");
    return attrs.ascending ? values[a] < values[b] : values[b] < values[a];
  };
  double most = 0;
  for (size_t i = 0; i < n; ++i) {
    if (std::isnan(values[i]) && attrs.missing == "keep") {
      out[i] = NAN;
      continue;
    }
    int64_t less = 0, equal = 0, earlier = 0;
    std::map<double, int> distinct;
    for (size_t j = 0; j < n; ++j) {
      if (std::isnan(values[j]) && attrs.missing == "keep") continue;
      if (before(j, i)) {
        ++less;
        distinct[std::isnan(values[j]) ? 1e99 : values[j]] = 1;
      } else if (!before(i, j)) {
        ++equal;
        earlier += j < i;
      }
    }
    const auto first = static_cast<double>(less + 1);
    const auto last = static_cast<double>(less + equal);
    out[i] = attrs.method == "min"     ? first
             : attrs.method == "max"   ? last
             : attrs.method == "first" ? first + static_cast<double>(earlier)
             : attrs.method == "dense" ? static_cast<double>(distinct.size() + 1)
                                       : (first + last) / 2;
    most = std::max(most, attrs.method == "dense" ? out[i] : last);
  }
  for (double& value : out) {
    if (attrs.percent) value /= most;
  }
  return out;
}

TEST(Rank, EqualsItsDefinition) {
  const auto rows = some_rows(120);
  std::vector<double> values;
  for (int64_t i = 0; i < 120; ++i) values.push_back(real_at(rows[2], i));
  Engine engine;
  const Expr frame = engine.frame(rows, {.chunk_rows = 50});
  for (const char* method : {"average", "min", "max", "first", "dense"}) {
    for (const char* missing : {"keep", "top", "bottom"}) {
      for (const bool ascending : {true, false}) {
        for (const bool pct : {false, true}) {
          const ops::RankAttrs attrs{.columns = {2},
                                     .method = method,
                                     .ascending = ascending,
                                     .missing = missing,
                                     .percent = pct};
          const auto got = run(engine, ops::rank(frame, attrs));
          const auto expected = plain_rank(values, attrs);
          for (size_t i = 0; i < got.size(); ++i) {
            ASSERT_EQ(got[i], fmt::format("{}", expected[i]))
                << method << missing << ascending << pct << i;
          }
        }
      }
    }
  }
}

TEST(Rank, OfTextAndWithLabels) {
  Engine engine;
  const Expr frame = engine.frame(
      {testing::ints("i", {7, 8, 9}), testing::texts("t", {"b", "a", "b"})}, {.index_levels = 1});
  EXPECT_EQ(run(engine, ops::rank(frame, {.columns = {1}})),
            (std::vector<std::string>{"7|2.5", "8|1", "9|2.5"}));
}

TEST(Rank, WithinGroupsEqualsRankingEachAlone) {
  const auto rows = some_rows(300);
  std::map<std::string, std::vector<int64_t>> groups;
  for (int64_t i = 0; i < 300; ++i) groups[testing::cell(rows[0].column, i)].push_back(i);
  for (const int64_t chunk_rows : {7, 300}) {
    Engine engine({.workers = 3});
    const ops::RankAttrs attrs{.columns = {2}, .method = "min", .keys = {0}};
    const auto got = run(engine, ops::rank(engine.frame(rows, {.chunk_rows = chunk_rows}), attrs));
    for (const auto& [key, group] : groups) {
      std::vector<double> values;
      for (const int64_t row : group) values.push_back(real_at(rows[2], row));
      const auto expected = plain_rank(values, attrs);
      for (size_t g = 0; g < group.size(); ++g)
        ASSERT_EQ(got[group[g]], key == "-" ? "nan" : fmt::format("{}", expected[g])) << key;
    }
  }
}

TEST(Rank, ManyRowsAreSortedByAllWorkers) {
  std::mt19937_64 random(3);
  std::vector<double> values(400'000);
  for (double& value : values) value = static_cast<double>(random() % 50'000);
  Engine engine({.workers = 3});
  const Expr frame = engine.frame({testing::floats("x", values)}, {.chunk_rows = 30'000});
  const auto got = run(engine, ops::rank(frame, {.columns = {0}, .method = "max"}));
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 0; i < values.size(); i += 97) {
    const auto last = std::upper_bound(sorted.begin(), sorted.end(), values[i]) - sorted.begin();
    ASSERT_EQ(got[i], fmt::format("{}", last)) << i;
  }
}

TEST(InGroups, EqualALoopWhateverTheChunks) {
  const auto rows = some_rows(300);
  const Column& keys = rows[0].column;
  for (const int64_t chunk_rows : {1, 41, 300}) {
    for (const bool dropna : {true, false}) {
      Engine engine;
      const Expr frame = engine.frame(rows, {.chunk_rows = chunk_rows});
      const auto run_of = [&](ops::RunningAttrs attrs) {
        attrs.keys = {0};
        attrs.dropna = dropna;
        return run(engine, ops::running(frame, std::move(attrs)));
      };
      const auto shifted = [&](int64_t periods, Scalar fill) {
        ops::ShiftAttrs attrs{.columns = {3}, .periods = periods, .fill = std::move(fill)};
        attrs.keys = {0};
        attrs.dropna = dropna;
        return run(engine, ops::shift(frame, std::move(attrs)));
      };
      const auto counts = run_of({.function = "count"});
      const auto behind = run_of({.function = "count", .backwards = true});
      const auto sums = run_of(running_of("sum", {1}));
      const auto down = shifted(2, {});
      const auto up = shifted(-1, {});
      const auto filled = shifted(1, Scalar{TypeId::kString, "a text of more than twelve bytes"});
      std::map<std::string, std::vector<int64_t>> groups;
      for (int64_t i = 0; i < 300; ++i) groups[testing::cell(keys, i)].push_back(i);
      for (const auto& [key, group] : groups) {
        int64_t sum = 0;
        for (size_t g = 0; g < group.size(); ++g) {
          const int64_t row = group[g];
          if (key == "-" && dropna) {
            ASSERT_EQ(counts[row] + sums[row] + down[row] + up[row], "----");
            continue;
          }
          sum += int_at(rows[1], row);
          ASSERT_EQ(counts[row], std::to_string(g));
          ASSERT_EQ(behind[row], std::to_string(group.size() - 1 - g));
          ASSERT_EQ(sums[row], std::to_string(sum));
          ASSERT_EQ(down[row], g < 2 ? "-" : testing::cell(rows[3].column, group[g - 2]));
          ASSERT_EQ(up[row],
                    g + 1 == group.size() ? "-" : testing::cell(rows[3].column, group[g + 1]));
          ASSERT_EQ(filled[row], g == 0 ? "a text of more than twelve bytes"
                                        : testing::cell(rows[3].column, group[g - 1]));
        }
      }
    }
  }
}

TEST(InGroups, RowsOfNoGroupMakeFloats) {
  Engine engine;
  const Expr frame =
      engine.frame({testing::ints("k", {1, std::nullopt, 1}), testing::ints("v", {5, 6, 7})});
  ops::RunningAttrs attrs = running_of("sum", {1});
  attrs.keys = {0};
  attrs.gaps = true;
  EXPECT_EQ(run(engine, ops::running(frame, attrs)), (std::vector<std::string>{"5", "nan", "12"}));
}

TEST(Running, OnlyTheColumnsThatAreNeededAreMade) {
  Engine engine;
  const Expr frame = engine.frame(some_rows(50));
  const Expr sums = ops::running(frame, running_of("sum", {1, 2}));
  ops::ProjectAttrs second{.from = {1}, .labels = {"r"}};
  const auto all = run(engine, sums), one = run(engine, ops::project(sums, second));
  for (size_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i].substr(all[i].find('|') + 1), one[i]);
}

class WindowCells : public ::testing::TestWithParam<testing::Cell> {};

// Behind a filter, so that rows come out of a pass.
TEST_P(WindowCells, EqualLoops) {
  constexpr int64_t kRows = 600;
  static const auto rows = some_rows(kRows);
  testing::CellEngine engine(GetParam());
  const Expr stored = engine.frame(rows);
  const Expr v = ops::project(stored, {.from = {1}, .labels = {"v"}, .series = true});
  const Expr frame =
      ops::filter(stored, ops::compute("greater", {v, Scalar{TypeId::kInt64, int64_t{-1000}}}));
  std::vector<double> reals;
  for (int64_t i = 0; i < kRows; ++i) reals.push_back(real_at(rows[2], i));
  const ops::RankAttrs by_size{.columns = {2}, .method = "min"};
  const auto expected_ranks = plain_rank(reals, by_size);
  ops::RunningAttrs in_groups = running_of("sum", {1});
  in_groups.keys = {0};
  in_groups.dropna = false;
  const auto values =
      engine.run({ops::running(frame, running_of("sum", {1})), ops::running(frame, in_groups),
                  ops::shift(frame, {.columns = {3}, .periods = 2}), ops::rank(frame, by_size)});
  const auto sums = testing::rows(*values[0]), group_sums = testing::rows(*values[1]);
  const auto shifted = testing::rows(*values[2]), ranks = testing::rows(*values[3]);
  int64_t sum = 0;
  std::map<std::string, int64_t> sum_of;
  for (int64_t i = 0; i < kRows; ++i) {
    sum += int_at(rows[1], i);
    int64_t& group_sum = sum_of[testing::cell(rows[0].column, i)];
    group_sum += int_at(rows[1], i);
    const auto last_of = [](const std::string& row) { return row.substr(row.rfind('|') + 1); };
    ASSERT_EQ(last_of(sums[i]), std::to_string(sum)) << i;
    ASSERT_EQ(last_of(group_sums[i]), std::to_string(group_sum)) << i;
    ASSERT_EQ(last_of(shifted[i]), i < 2 ? "-" : testing::cell(rows[3].column, i - 2)) << i;
    ASSERT_EQ(last_of(ranks[i]), fmt::format("{}", expected_ranks[i])) << i;
  }
  EXPECT_EQ(engine.without_effect(testing::SinkKind::kWindow), "");
}

INSTANTIATE_TEST_SUITE_P(Matrix, WindowCells, ::testing::ValuesIn(testing::cells()),
                         [](const auto& test) { return test.param.name(); });

}  // namespace
}  // namespace tharsis

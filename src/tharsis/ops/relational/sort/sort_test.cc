#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>

#include "tharsis/engine/test_matrix.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/sort/radix_sort.h"

namespace tharsis {
namespace {

using testing::Engine;
using testing::Series;

// The rows of `columns` in the order of `keys`, by a plain stable sort over cells.
struct PlainKey {
  size_t column;
  bool descending = false;
};

int compare_cells(const Series& series, int64_t a, int64_t b) {
  const Column& column = series.column;
  if (column.dtype.is_string()) {
    const std::string x = testing::cell(column, a), y = testing::cell(column, b);
    return x < y ? -1 : y < x;
  }
  if (column.dtype.is_float()) {
    const double x = column.values<double>()[a], y = column.values<double>()[b];
    return x < y ? -1 : y < x;
  }
  if (column.dtype.is_bool()) return column.values<uint8_t>()[a] - column.values<uint8_t>()[b];
  const int64_t x = column.values<int64_t>()[a], y = column.values<int64_t>()[b];
  return x < y ? -1 : y < x;
}

bool is_missing(const Series& series, int64_t row) {
  if (!series.column.valid(row)) return true;
  return series.column.dtype.is_float() && std::isnan(series.column.values<double>()[row]);
}

std::vector<std::string> plain_sort(const std::vector<Series>& columns,
                                    const std::vector<PlainKey>& keys, bool missing_first) {
  std::vector<int64_t> order(columns[0].rows);
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    for (const PlainKey& key : keys) {
      const Series& series = columns[key.column];
      const bool x = is_missing(series, a), y = is_missing(series, b);
      if (x != y) return x == missing_first;
      if (x) continue;
      const int c = compare_cells(series, a, b);
      if (c != 0) return key.descending ? c > 0 : c < 0;
    }
    return a < b;
  });
  std::vector<std::string> out;
  for (const int64_t row : order) {
    std::string line;
    for (size_t i = 0; i < columns.size(); ++i)
      line += (i ? "|" : "") + testing::cell(columns[i].column, row);
    out.push_back(line);
  }
  return out;
}

ops::SortAttrs sort_attrs(const std::vector<PlainKey>& keys, bool missing_first) {
  ops::SortAttrs attrs;
  attrs.missing_first = missing_first;
  attrs.ignore_index = true;
  for (const PlainKey& key : keys) {
    attrs.keys.push_back(static_cast<int64_t>(key.column));
    attrs.descending.push_back(key.descending);
  }
  return attrs;
}

// Numbers with all that is odd about them, text of any length, and the row number, which shows
// whether ties kept their order.
std::vector<Series> odd_rows(int64_t n, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::optional<int64_t>> small, wide, row;
  std::vector<double> real;
  std::vector<std::optional<std::string>> text;
  std::vector<std::optional<bool>> flag;
  for (int64_t i = 0; i < n; ++i) {
    const auto pick = random() % 10;
    small.push_back(pick == 0 ? std::nullopt : std::optional<int64_t>(random() % 7));
    wide.push_back(static_cast<int64_t>(random()));
    const double odd[] = {0.0, -0.0, NAN, INFINITY, -INFINITY, 1e-300, -1.5};
    real.push_back(pick < 3 ? odd[random() % 7] : static_cast<double>(random() % 100) / 7 - 5);
    const auto kind = random() % 6;
    if (kind == 0) {
      text.emplace_back();
    } else if (kind == 1) {
      text.emplace_back(std::string(random() % 5, 'a'));
    } else if (kind == 2) {
      text.emplace_back("a text that is longer than a prefix " + std::to_string(random() % 9));
    } else {
      text.emplace_back("k" + std::to_string(random() % 50));
    }
    flag.push_back(random() % 5 == 0 ? std::nullopt : std::optional<bool>(random() % 2));
    row.push_back(i);
  }
  return {testing::ints("small", small), testing::ints("wide", wide),
          testing::floats("real", real), testing::texts("text", text),
          testing::bools("flag", flag),  testing::ints("row", row)};
}

class SortCells : public ::testing::TestWithParam<testing::Cell> {};

TEST_P(SortCells, EqualAPlainStableSort) {
  static const auto columns = odd_rows(3000, 1);
  static const std::vector<std::vector<PlainKey>> key_sets = {
      {{2}},       {{2, true}},           {{3}},
      {{3, true}}, {{0}, {3, true}},      {{4}, {0, true}, {3}},
      {{1}},       {{3}, {2, true}, {1}}, {{3}, {1}, {2}, {0}}};
  static std::map<std::pair<size_t, bool>, std::vector<std::string>> sorted;
  testing::CellEngine engine(GetParam());
  const Expr frame = engine.frame(columns);
  for (size_t i = 0; i < key_sets.size(); ++i) {
    for (const bool missing_first : {false, true}) {
      auto& expected = sorted[{i, missing_first}];
      if (expected.empty()) expected = plain_sort(columns, key_sets[i], missing_first);
      const auto value = engine.run(ops::sort(frame, sort_attrs(key_sets[i], missing_first)));
      ASSERT_EQ(testing::rows(*value), expected) << "keys " << i;
    }
  }
  EXPECT_EQ(engine.without_effect(testing::SinkKind::kSort), "");
}

INSTANTIATE_TEST_SUITE_P(Matrix, SortCells, ::testing::ValuesIn(testing::cells()),
                         [](const auto& test) { return test.param.name(); });

// Enough rows for several parts, gathered in place and through chunks.
TEST(Sort, ManyPartsAreInOrder) {
  const auto columns = odd_rows(150'000, 2);
  for (const bool spill : {false, true}) {
    Engine engine({.workers = 3, .split_bytes = 1 << 20, .spill_always = spill});
    const Expr frame = engine.frame(columns, {.chunk_rows = 9'000});
    for (const std::vector<PlainKey>& keys :
         {std::vector<PlainKey>{{1}}, {{0}}, {{4}}, {{3}, {0}}}) {
      engine.reset();
      const auto value = engine.run(ops::sort(frame, sort_attrs(keys, false)));
      ASSERT_EQ(testing::rows(*value), plain_sort(columns, keys, false));
      if (spill || keys[0].column == 3) continue;
      EXPECT_GT(engine.reports()[0].fragments[0].sinks[0].parts, 1u);
    }
  }
}

// Rows that come in order, within each chunk or all of them, also where keys are equal.
TEST(Sort, WhatIsSortedComesOutTheSame) {
  std::vector<std::optional<int64_t>> runs, all, row;
  for (int64_t i = 0; i < 200'000; ++i) {
    runs.emplace_back(i % 9'000 * 3);
    all.emplace_back(i / 1'000);
    row.emplace_back(i);
  }
  const std::vector<Series> columns = {testing::ints("runs", runs), testing::ints("all", all),
                                       testing::ints("row", row)};
  for (const bool spill : {false, true}) {
    Engine engine({.workers = 3, .split_bytes = 1 << 20, .spill_always = spill});
    const Expr frame = engine.frame(columns, {.chunk_rows = 9'000});
    for (const std::vector<PlainKey>& keys :
         {std::vector<PlainKey>{{0}}, {{1}}, {{2}}, {{1}, {0}}}) {
      ASSERT_EQ(testing::rows(*engine.run(ops::sort(frame, sort_attrs(keys, false)))),
                plain_sort(columns, keys, false));
    }
  }
}

// Whole numbers that ascend are not sorted at all: the answer is the rows where they were.
TEST(Sort, WhatIsInOrderStaysWhereItIs) {
  std::vector<std::optional<int64_t>> key, row;
  for (int64_t i = 0; i < 20'000; ++i) {
    key.emplace_back(i / 3 - 500);
    row.emplace_back(i);
  }
  const auto data_of = [](const Value& value) {
    return value.chunks[0]->store().pin(value.chunks[0])->columns[0].data;
  };
  for (const int64_t odd : {-1, 7'777, 12'000, 19'999}) {
    auto some = key;
    if (odd >= 0) some[odd] = odd == 12'000 ? std::nullopt : std::optional(int64_t{-600});
    const std::vector<Series> columns = {testing::ints("key", some), testing::ints("row", row)};
    Engine engine({.workers = 2});
    const Expr frame = engine.frame(columns, {.chunk_rows = 6'000});
    const auto value = engine.run(ops::sort(frame, sort_attrs({{0}}, false)));
    ASSERT_EQ(testing::rows(*value), plain_sort(columns, {{0}}, false));
    EXPECT_EQ(data_of(*value) == data_of(*engine.run(frame)), odd < 0);
  }
}

// Whole numbers in stretches without gaps, shuffled, at both ends of their range, once with a pair.
TEST(Sort, DenseNumbersFindTheirPlaces) {
  constexpr int64_t kLong = 3'000;
  for (const bool pair : {false, true}) {
    for (const int64_t stretches : {int64_t{1}, int64_t{3}, int64_t{7}}) {
      std::vector<std::optional<int64_t>> key, row;
      for (int64_t i = 0; i < stretches * kLong; ++i) {
        const int64_t stretch = i % stretches;
        const int64_t base = stretch == 0   ? INT64_MIN
                             : stretch == 1 ? INT64_MAX - kLong
                                            : stretch << 32;
        key.emplace_back(base + i / stretches * 7 % kLong);
        row.emplace_back(i);
      }
      if (pair) key.back() = key.front();
      const std::vector<Series> columns = {testing::ints("key", key), testing::ints("row", row)};
      Engine engine;
      const auto value = engine.run(ops::sort(engine.frame(columns), sort_attrs({{0}}, false)));
      ASSERT_EQ(testing::rows(*value), plain_sort(columns, {{0}}, false));
    }
  }
}

TEST(Sort, TextsThatBeginAlikeAreToldApart) {
  std::mt19937_64 random(3);
  std::vector<std::optional<std::string>> urls, zeros;
  for (int i = 0; i < 5000; ++i) {
    urls.emplace_back("https://www.example.com/items/" + std::to_string(random() % 100'000) +
                      (i % 3 ? "" : "/a page with a rather long name " + std::to_string(i % 10)));
    zeros.emplace_back(std::string("ab") + std::string(random() % 4, '\0'));
  }
  const std::vector<Series> columns = {testing::texts("url", urls), testing::texts("zeros", zeros)};
  Engine engine({.split_bytes = 1 << 14});
  const Expr frame = engine.frame(columns, {.chunk_rows = 512});
  for (const std::vector<PlainKey>& keys :
       {std::vector<PlainKey>{{0}}, {{0, true}}, {{1}}, {{1, true}, {0}}}) {
    ASSERT_EQ(testing::rows(*engine.run(ops::sort(frame, sort_attrs(keys, false)))),
              plain_sort(columns, keys, false));
  }
}

TEST(Sort, DictionariesAreKeptWhereTheyAreOne) {
  std::vector<std::optional<std::string>> names;
  for (int i = 0; i < 1000; ++i) {
    names.push_back(i % 9 == 0 ? std::nullopt
                               : std::optional<std::string>("name " + std::to_string(i * 7 % 13)));
  }
  const Series plain = testing::texts("name", names);
  Engine engine({.split_bytes = 1 << 10});
  const Expr frame = engine.frame({testing::coded(plain)}, {.chunk_rows = 100});
  const auto value = engine.run(ops::sort(frame, sort_attrs({{0, true}}, true)));
  EXPECT_EQ(testing::rows(*value), plain_sort({plain}, {{0, true}}, true));
}

TEST(Sort, EmptyOneRowAndAllEqual) {
  Engine engine;
  const auto empty = engine.frame({testing::ints("a", {}), testing::texts("b", {})});
  EXPECT_TRUE(testing::rows(*engine.run(ops::sort(empty, sort_attrs({{0}, {1}}, false)))).empty());
  const auto one = engine.frame({testing::ints("a", {5}), testing::texts("b", {"x"})});
  EXPECT_EQ(testing::rows(*engine.run(ops::sort(one, sort_attrs({{0}, {1}}, false)))),
            std::vector<std::string>{"5|x"});
  std::vector<std::optional<int64_t>> same(100'000, 7), row(100'000);
  std::iota(row.begin(), row.end(), 0);
  const std::vector<Series> columns = {testing::ints("same", same), testing::ints("row", row)};
  const auto equal = engine.frame(columns, {.chunk_rows = 1000});
  const auto value = engine.run(ops::sort(equal, sort_attrs({{0}}, false)));
  EXPECT_EQ(testing::rows(*value), plain_sort(columns, {{0}}, false));
}

TEST(Sort, RowsTakeTheLabelsOfARangeWithThem) {
  Engine engine;
  const auto frame = engine.frame({testing::ints("a", {3, 1, 2})});
  ops::SortAttrs attrs{.keys = {0}, .descending = {0}};
  const Expr sorted = ops::sort(frame, attrs);
  EXPECT_EQ(sorted.meta().index_levels, 1);
  EXPECT_EQ(testing::rows(*engine.run(sorted)), (std::vector<std::string>{"1|1", "2|2", "0|3"}));
}

TEST(Sort, IgnoringTheIndexDropsItEvenWhereItIsAKey) {
  Engine engine;
  const auto frame = engine.frame(
      {testing::ints("i", {3, 1, 2}), testing::texts("v", {"c", "a", "b"})}, {.index_levels = 1});
  ops::SortAttrs attrs{.keys = {0}, .descending = {1}};
  attrs.ignore_index = true;
  const Expr sorted = ops::sort(frame, attrs);
  EXPECT_EQ(sorted.meta().index_levels, 0);
  EXPECT_EQ(testing::rows(*engine.run(sorted)), (std::vector<std::string>{"c", "b", "a"}));
}

TEST(Sort, RowsThatDoNotFitAreWrittenOutAndComeBackInOrder) {
  std::vector<std::optional<int64_t>> values(2'000'000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int64_t>(i * 7919 % 2'000'003);
  Engine engine({.workers = 2, .split_bytes = 1 << 20, .memory_limit = 16 << 20});
  const auto frame = engine.frame({testing::ints("v", values)}, {.chunk_rows = 20'000});
  const auto sorted = testing::rows(*engine.run(ops::sort(frame, sort_attrs({{0}}, false))));
  EXPECT_GT(engine.spilled_bytes(), 16 << 20);
  std::sort(values.begin(), values.end());
  for (size_t i = 0; i < values.size(); ++i) ASSERT_EQ(sorted[i], std::to_string(*values[i]));
}

TEST(SortWords, EqualsAStableSort) {
  std::mt19937_64 random(4);
  for (const int64_t n : {1, 2, 23, 100, 511, 512, 5000, 40'000}) {
    for (const int bits : {0, 1, 8, 20, 23, 40, 64}) {
      std::vector<ops::WordRow> pairs(n), scratch(n);
      for (int64_t i = 0; i < n; ++i) {
        uint64_t word = bits == 0 ? 5 : random() >> (64 - bits);
        if (bits == 40 && i % 2) word = 1000 + i % 3;  // one heavy prefix
        pairs[i] = {word, static_cast<uint32_t>(i)};
      }
      auto expected = pairs;
      std::sort(expected.begin(), expected.end(), [](const auto& a, const auto& b) {
        return a.word != b.word ? a.word < b.word : a.row < b.row;
      });
      ops::sort_words(pairs.data(), scratch.data(), n);
      for (int64_t i = 0; i < n; ++i) ASSERT_EQ(pairs[i].row, expected[i].row) << n << " " << bits;
    }
  }
}

}  // namespace
}  // namespace tharsis

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "tharsis/base/error.h"
#include "tharsis/engine/test_matrix.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/groupby/key_table.h"

namespace tharsis {
namespace {

using ops::JoinHow;
using testing::Engine;
using testing::Series;

bool is_missing(const Column& column, int64_t row) {
  if (!column.valid(row)) return true;
  return column.dtype.is_float() && std::isnan(column.values<double>()[row]);
}

// Text of a key that tells equal keys from others; missing ones are alike, and so are the zeros.
std::string key_text(const Column& column, int64_t row) {
  if (is_missing(column, row)) return "-";
  if (column.dtype.is_float()) return fmt::format("={}", column.values<double>()[row] + 0.0);
  return "=" + testing::cell(column, row);
}

struct Frames {
  std::vector<Series> left, right;
};

// A whole number becomes a float where the other side may have no partner for it.
std::string cell_with_gaps(const Column& column, int64_t row, bool gaps) {
  if (row < 0) return gaps && (column.dtype.is_number()) ? "nan" : "-";
  if (gaps && column.dtype.is_integer()) {
    return column.valid(row) ? fmt::format("{}", static_cast<double>(column.values<int64_t>()[row]))
                             : "nan";
  }
  return testing::cell(column, row);
}

// The join by two loops, in pandas' order.
std::vector<std::string> plain_join(const Frames& frames, const std::vector<size_t>& keys,
                                    JoinHow how, bool nulls_equal) {
  // Rows of a side with a missing key meet nobody where missing values are not equal.
  const auto key_texts = [&](const std::vector<Series>& side) {
    std::vector<std::string> out;
    for (int64_t row = 0; row < side[0].rows; ++row) {
      std::string text = "key";
      bool none = false;
      for (const size_t k : keys) {
        if (!nulls_equal && is_missing(side[k].column, row)) none = true;
        text += key_text(side[k].column, row) + "|";
      }
      out.push_back(none ? "" : text);
    }
    return out;
  };
  const auto left_texts = key_texts(frames.left), right_texts = key_texts(frames.right);
  const auto match = [&](int64_t l, int64_t r) {
    return !left_texts[l].empty() && left_texts[l] == right_texts[r];
  };
  std::vector<std::pair<int64_t, int64_t>> pairs;
  const int64_t n = frames.left[0].rows, m = frames.right[0].rows;
  if (how == JoinHow::kRight) {
    for (int64_t r = 0; r < m; ++r) {
      bool any = false;
      for (int64_t l = 0; l < n; ++l) {
        if (!match(l, r)) continue;
        pairs.emplace_back(l, r);
        any = true;
      }
      if (!any) pairs.emplace_back(-1, r);
    }
  } else {
    std::vector<bool> met(m, false);
    for (int64_t l = 0; l < n; ++l) {
      bool any = false;
      for (int64_t r = 0; r < m; ++r) {
        if (!match(l, r)) continue;
        any = met[r] = true;
        if (how == JoinHow::kInner || how == JoinHow::kLeft || how == JoinHow::kOuter)
          pairs.emplace_back(l, r);
      }
      if (!any && (how == JoinHow::kLeft || how == JoinHow::kOuter || how == JoinHow::kAnti))
        pairs.emplace_back(l, -1);
      if (any && how == JoinHow::kSemi) pairs.emplace_back(l, -1);
    }
    for (int64_t r = 0; how == JoinHow::kOuter && r < m; ++r) {
      if (!met[r]) pairs.emplace_back(-1, r);
    }
  }
  const bool left_gaps = how == JoinHow::kRight || how == JoinHow::kOuter;
  const bool right_gaps = how == JoinHow::kLeft || how == JoinHow::kOuter;
  const bool narrow = how == JoinHow::kSemi || how == JoinHow::kAnti;
  std::vector<std::string> out;
  for (const auto& [l, r] : pairs) {
    std::string line;
    for (const Series& series : frames.left)
      line += cell_with_gaps(series.column, l, left_gaps) + "|";
    for (const Series& series : frames.right) {
      if (!narrow) line += cell_with_gaps(series.column, r, right_gaps) + "|";
    }
    line.pop_back();
    out.push_back(line);
  }
  return out;
}

ops::JoinAttrs join_attrs(const Frames& frames, const std::vector<size_t>& keys, JoinHow how,
                          bool nulls_equal) {
  ops::JoinAttrs attrs;
  attrs.how = how;
  attrs.nulls_equal = nulls_equal;
  for (const size_t k : keys) {
    attrs.left_keys.push_back(static_cast<int64_t>(k));
    attrs.right_keys.push_back(static_cast<int64_t>(k));
  }
  for (size_t i = 0; i < frames.left.size(); ++i) {
    attrs.left.push_back(static_cast<int64_t>(i));
    attrs.labels.push_back("l_" + frames.left[i].label);
  }
  if (how == JoinHow::kSemi || how == JoinHow::kAnti) return attrs;
  for (size_t i = 0; i < frames.right.size(); ++i) {
    attrs.right.push_back(static_cast<int64_t>(i));
    attrs.labels.push_back("r_" + frames.right[i].label);
  }
  return attrs;
}

// small: few values; wide: all 64 bits; real: zeros of both signs and NaN; text; row: the number.
std::vector<Series> side(int64_t n, uint64_t seed, bool dictionary) {
  std::mt19937_64 random(seed);
  std::vector<std::optional<int64_t>> small, wide, row;
  std::vector<double> real;
  std::vector<std::optional<std::string>> text;
  for (int64_t i = 0; i < n; ++i) {
    small.push_back(random() % 11 == 0 ? std::nullopt : std::optional<int64_t>(random() % 30));
    const int64_t spread[] = {INT64_MIN, INT64_MAX, 0, -1, 77};
    wide.push_back(random() % 2 ? spread[random() % 5] : static_cast<int64_t>(random() % 9) << 55);
    const double odd[] = {0.0, -0.0, NAN, 1e300, -2.5};
    real.push_back(random() % 2 ? odd[random() % 5] : static_cast<double>(random() % 20));
    text.push_back(random() % 9 == 0 ? std::nullopt
                                     : std::optional<std::string>(
                                           (random() % 3 ? "key " : "a key that is rather long ") +
                                           std::to_string(random() % 12)));
    row.push_back(i);
  }
  Series texts = testing::texts("text", text);
  return {testing::ints("small", small), testing::ints("wide", wide), testing::floats("real", real),
          dictionary ? testing::coded(texts) : texts, testing::ints("row", row)};
}

class JoinCells : public ::testing::TestWithParam<testing::Cell> {};

TEST_P(JoinCells, EqualTwoLoops) {
  struct Case {
    std::vector<size_t> keys;
    JoinHow how;
    bool nulls_equal;
    std::vector<std::string> expected[2];
  };
  static const Frames frames[2] = {{side(180, 1, false), side(140, 2, true)},
                                   {side(180, 1, true), side(140, 2, false)}};
  static const std::vector<Case> cases = [] {
    std::vector<Case> out;
    const std::vector<std::vector<size_t>> key_sets = {{0},    {1},       {2},   {3},
                                                       {0, 3}, {1, 2, 3}, {2, 1}};
    for (const auto& keys : key_sets) {
      for (const JoinHow how : {JoinHow::kInner, JoinHow::kLeft, JoinHow::kRight, JoinHow::kSemi,
                                JoinHow::kAnti, JoinHow::kOuter}) {
        for (const bool nulls_equal : {true, false}) {
          Case& one = out.emplace_back(Case{keys, how, nulls_equal, {}});
          for (const bool dictionary : {false, true})
            one.expected[dictionary] = plain_join(frames[dictionary], keys, how, nulls_equal);
        }
      }
    }
    return out;
  }();
  const bool dictionary = GetParam().own[0] != 0;
  testing::CellEngine engine(GetParam());
  const Expr left = engine.frame(frames[dictionary].left);
  const Expr right = engine.frame(frames[dictionary].right);
  for (const Case& one : cases) {
    auto expected = one.expected[dictionary];
    auto got = testing::rows(*engine.run(ops::join(
        left, right, join_attrs(frames[dictionary], one.keys, one.how, one.nulls_equal))));
    if (one.how == JoinHow::kOuter) {
      // Sorted by key: the pairs are compared, their order below.
      std::sort(got.begin(), got.end());
      std::sort(expected.begin(), expected.end());
    }
    ASSERT_EQ(got, expected) << "first key " << one.keys[0] << " of " << one.keys.size() << " how "
                             << static_cast<int>(one.how) << " nulls " << one.nulls_equal;
  }
  EXPECT_EQ(engine.without_effect(testing::SinkKind::kJoin), "");
}

INSTANTIATE_TEST_SUITE_P(Matrix, JoinCells, ::testing::ValuesIn(testing::cells()),
                         [](const auto& test) { return test.param.name(); });

TEST(Join, OuterIsSortedByKey) {
  Frames frames{{testing::ints("k", {3, 1, std::nullopt, 1}), testing::ints("v", {1, 2, 3, 4})},
                {testing::ints("k", {2, 1, 9}), testing::ints("w", {5, 6, 7})}};
  Engine engine;
  const auto value = engine.run(ops::join(engine.frame(frames.left), engine.frame(frames.right),
                                          join_attrs(frames, {0}, JoinHow::kOuter, true)));
  EXPECT_EQ(testing::rows(*value),
            (std::vector<std::string>{"1|2|1|6", "1|4|1|6", "nan|nan|2|5", "3|1|nan|nan",
                                      "nan|nan|9|7", "nan|3|nan|nan"}));
}

TEST(Join, WithoutKeysIsTheProduct) {
  Frames frames{{testing::ints("a", {1, 2, 3})}, {testing::texts("b", {"x", "y"})}};
  Engine engine;
  const auto value = engine.run(ops::join(engine.frame(frames.left), engine.frame(frames.right),
                                          join_attrs(frames, {}, JoinHow::kInner, true)));
  EXPECT_EQ(testing::rows(*value),
            (std::vector<std::string>{"1|x", "1|y", "2|x", "2|y", "3|x", "3|y"}));
}

TEST(Join, EmptySides) {
  const Frames empty{{testing::ints("k", {}), testing::texts("v", {})},
                     {testing::ints("k", {}), testing::texts("v", {})}};
  const Frames some{{testing::ints("k", {1, 2}), testing::texts("v", {"a", "b"})},
                    {testing::ints("k", {2, 3}), testing::texts("v", {"c", "d"})}};
  Engine engine;
  for (const Frames& frames : {Frames{some.left, empty.right}, Frames{empty.left, some.right},
                               Frames{empty.left, empty.right}}) {
    for (const JoinHow how : {JoinHow::kInner, JoinHow::kLeft, JoinHow::kRight, JoinHow::kOuter,
                              JoinHow::kSemi, JoinHow::kAnti}) {
      for (const size_t key : {0, 1}) {
        const auto value =
            engine.run(ops::join(engine.frame(frames.left), engine.frame(frames.right),
                                 join_attrs(frames, {key}, how, true)));
        ASSERT_EQ(testing::rows(*value), plain_join(frames, {key}, how, true));
      }
    }
  }
}

TEST(Join, AMarkStandsBesideItsRows) {
  Engine engine;
  const Expr left =
      engine.frame({testing::ints("k", {1, 2, 3, std::nullopt, 2})}, {.chunk_rows = 2});
  for (const bool twice : {false, true}) {
    const Expr right =
        engine.frame({testing::ints("k", twice ? std::vector<std::optional<int64_t>>{2, 5, 2}
                                               : std::vector<std::optional<int64_t>>{2, 5})});
    ops::JoinAttrs attrs{.how = JoinHow::kMark, .left_keys = {0}, .right_keys = {0}, .left = {0}};
    attrs.labels = {"k", "in"};
    const Expr marked = ops::join(left, right, attrs);
    const Expr mask = ops::project(marked, {.from = {1}, .labels = {"in"}, .series = true});
    EXPECT_EQ(testing::rows(*engine.run(ops::filter(left, mask))),
              (std::vector<std::string>{"2", "2"}));
    EXPECT_EQ(testing::rows(*engine.run(marked)),
              (std::vector<std::string>{"1|false", "2|true", "3|false", "-|false", "2|true"}));
  }
}

TEST(Join, StrictNamesTheLabelThatNoRowHas) {
  Engine engine;
  const Expr labels = engine.frame({testing::texts("k", {"b", "a", "b"})});
  const Expr frame = engine.frame({testing::texts("k", {"a", "b"}), testing::ints("v", {1, 2})});
  ops::JoinAttrs attrs{.left_keys = {0}, .right_keys = {0}, .right = {0, 1}};
  attrs.labels = {"k", "v"};
  attrs.strict = true;
  EXPECT_EQ(testing::rows(*engine.run(ops::join(labels, frame, attrs))),
            (std::vector<std::string>{"b|2", "a|1", "b|2"}));
  const Expr wrong = engine.frame({testing::texts("k", {"a", "c"})});
  try {
    engine.run(ops::join(wrong, frame, attrs));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kColumnNotFound);
    EXPECT_NE(error.message().find("no row has the label 'c'"), std::string::npos)
        << error.message();
  }
}

// Many rows, so that the table is dealt in parts; once as an array, once through the directory.
TEST(Join, LargeTablesFindWhatAMapFinds) {
  for (const bool dense : {true, false}) {
    for (const int64_t repeat : {1, 3}) {
      constexpr int64_t kRight = 300'000;
      std::vector<std::optional<int64_t>> keys(kRight), rows(kRight);
      const auto key_of = [&](int64_t i) {
        const int64_t k = i / repeat * 7919 % 400'009;
        return dense ? k : k * 1'000'003'000'007;
      };
      std::vector<std::vector<int64_t>> by_key(400'009);
      for (int64_t i = 0; i < kRight; ++i) {
        keys[i] = key_of(i);
        rows[i] = i;
        by_key[i / repeat * 7919 % 400'009].push_back(i);
      }
      std::vector<std::optional<int64_t>> wanted(50'000);
      for (size_t i = 0; i < wanted.size(); ++i) {
        const int64_t k = static_cast<int64_t>(i) * 104'729 % 400'009;
        wanted[i] = dense ? k : k * 1'000'003'000'007;
      }
      Frames frames{{testing::ints("k", wanted)},
                    {testing::ints("k", keys), testing::ints("r", rows)}};
      Engine engine({.workers = 3, .split_bytes = 1 << 16});
      const auto value = engine.run(ops::join(engine.frame(frames.left),
                                              engine.frame(frames.right, {.chunk_rows = 10'000}),
                                              join_attrs(frames, {0}, JoinHow::kInner, true)));
      std::vector<std::string> expected;
      for (size_t i = 0; i < wanted.size(); ++i) {
        for (const int64_t r : by_key[i * 104'729 % 400'009])
          expected.push_back(fmt::format("{}|{}|{}", *wanted[i], *wanted[i], r));
      }
      ASSERT_EQ(testing::rows(*value), expected) << dense << repeat;
    }
  }
}

// One key in half of the rows of both sides: each batch of the left becomes many.
TEST(Join, SkewedKeysExpand) {
  std::vector<std::optional<int64_t>> left(400), right(600);
  for (size_t i = 0; i < left.size(); ++i) left[i] = i % 2 ? 7 : static_cast<int64_t>(i);
  for (size_t i = 0; i < right.size(); ++i) right[i] = i % 2 ? 7 : static_cast<int64_t>(i);
  Frames frames{{testing::ints("k", left)}, {testing::ints("k", right)}};
  Engine engine({.batch_rows = 100});
  const auto value = engine.run(ops::join(engine.frame(frames.left), engine.frame(frames.right),
                                          join_attrs(frames, {0}, JoinHow::kInner, true)));
  EXPECT_EQ(testing::rows(*value), plain_join(frames, {0}, JoinHow::kInner, true));
}

// A few rows that meet many are cut as what comes of them, and shared by the workers.
TEST(Join, FewRowsThatMeetManyAreManySplits) {
  for (const int64_t stride : {int64_t{1}, int64_t{1'000'003'000'007}}) {  // array, directory
    std::vector<std::optional<int64_t>> left(1000), right(100'000);
    for (size_t i = 0; i < left.size(); ++i) left[i] = static_cast<int64_t>(i % 100) * stride;
    for (size_t i = 0; i < right.size(); ++i) right[i] = static_cast<int64_t>(i % 100) * stride;
    Frames frames{{testing::ints("k", left)}, {testing::ints("k", right)}};
    Engine engine({.workers = 2, .split_bytes = 1 << 20, .inline_small = true});
    const Expr joined = ops::join(engine.frame(frames.left), engine.frame(frames.right),
                                  join_attrs(frames, {0}, JoinHow::kInner, true));
    ops::GroupByAttrs count;
    count.keys = {0};
    ops::Aggregate size;
    size.function = "size";
    count.aggregates = {size};
    const auto value = engine.run(ops::group_by(joined, count));
    ASSERT_EQ(value->rows(), 100);
    EXPECT_EQ(testing::rows(*value)[3], fmt::format("{}|10000", 3 * stride));
    int64_t splits = 0;
    for (const auto& pass : engine.reports().back().fragments) {
      splits = std::max(splits, pass.splits);
      if (pass.rows_in == 1000) {
        EXPECT_FALSE(pass.ran_inline);
      }
    }
    EXPECT_GE(splits, 8);  // 1,000 rows per key: 8 kB are worth 8 MB
  }
}

TEST(Join, KeysOfDifferentTypesAreComparedAsTheirCommonType) {
  Engine engine;
  const Expr left = engine.frame({testing::ints("k", {1, 2, 3}, TypeId::kInt32)});
  const Expr right = engine.frame({testing::floats("k", {2.0, 2.5, 3.0})});
  ops::JoinAttrs attrs{.left_keys = {0}, .right_keys = {0}, .left = {0}, .right = {0}};
  attrs.labels = {"a", "b"};
  EXPECT_EQ(testing::rows(*engine.run(ops::join(left, right, attrs))),
            (std::vector<std::string>{"2|2", "3|3"}));
}

TEST(Join, KeysWithoutACommonTypeAreAnErrorAtOnce) {
  Engine engine;
  const Expr left = engine.frame({testing::ints("k", {1})});
  const Expr right = engine.frame({testing::texts("name", {"a"})});
  ops::JoinAttrs attrs{.left_keys = {0}, .right_keys = {0}};
  try {
    ops::join(left, right, attrs);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kDType);
    EXPECT_NE(error.message().find("'k' (int64) and 'name' (str)"), std::string::npos)
        << error.message();
  }
}

TEST(Join, OnlyColumnsThatAreLookedAtAreGathered) {
  const Frames frames{side(100, 1, false), side(100, 2, false)};
  Engine engine;
  const Expr joined = ops::join(engine.frame(frames.left), engine.frame(frames.right),
                                join_attrs(frames, {0}, JoinHow::kInner, true));
  const Expr one = ops::project(joined, {.from = {9}, .labels = {"row"}});
  const auto value = engine.run(one);
  EXPECT_TRUE(engine.fired("prune_columns"));
  std::vector<std::string> expected;
  for (const std::string& line : plain_join(frames, {0}, JoinHow::kInner, true))
    expected.push_back(line.substr(line.rfind('|') + 1));
  EXPECT_EQ(testing::rows(*value), expected);
}

}  // namespace
}  // namespace tharsis

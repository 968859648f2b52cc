#include "tharsis/plan/rules.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tharsis/engine/testing.h"
#include "tharsis/ops/elementwise.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/table.h"

namespace tharsis {
namespace {

using testing::Engine;

Scalar number(int64_t value) {
  Scalar scalar{TypeId::kInt64, value};
  scalar.weak = true;
  return scalar;
}

Expr series(const Expr& frame, int64_t field) {
  return ops::project(
      frame, {.from = {field}, .labels = {frame.meta().field(field).label}, .series = true});
}

Expr compare(const Expr& frame, int64_t field, const char* function, int64_t value) {
  return ops::compute(function, {series(frame, field), number(value)});
}

// k = i % 10, v = i, w = text of i % 7.
Expr numbers(Engine& engine, int64_t n, int64_t chunk_rows = 100) {
  std::vector<std::optional<int64_t>> k, v;
  std::vector<std::optional<std::string>> w;
  for (int64_t i = 0; i < n; ++i) {
    k.push_back(i % 10);
    v.push_back(i);
    w.push_back("w" + std::to_string(i % 7));
  }
  return engine.frame({testing::ints("k", k), testing::ints("v", v), testing::texts("w", w)},
                      {.chunk_rows = chunk_rows});
}

ops::SortAttrs by(int64_t key, bool descending = false) {
  ops::SortAttrs attrs{.keys = {key}, .descending = {descending}};
  attrs.ignore_index = true;
  return attrs;
}

ops::GroupByAttrs sum_by(int64_t key, int64_t field) {
  ops::GroupByAttrs attrs;
  attrs.keys = {key};
  ops::Aggregate sum;
  sum.function = "sum";
  sum.field = field;
  sum.label = "sum";
  attrs.aggregates = {sum};
  return attrs;
}

ops::JoinAttrs on_first(const Expr& left, const Expr& right, ops::JoinHow how) {
  ops::JoinAttrs attrs{.how = how, .left_keys = {0}, .right_keys = {0}};
  for (size_t i = 0; i < left.meta().num_fields(); ++i) {
    attrs.left.push_back(static_cast<int64_t>(i));
    attrs.labels.push_back(left.meta().field(i).label);
  }
  for (size_t i = 0; i < right.meta().num_fields(); ++i) {
    attrs.right.push_back(static_cast<int64_t>(i));
    attrs.labels.push_back(right.meta().field(i).label);
  }
  return attrs;
}

// The graph that the rules made of the last run, as text.
std::string graph(const Engine& engine) { return engine.reports().back().graph; }

size_t count(const std::string& text, const std::string& word) {
  size_t n = 0;
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++n;
  return n;
}

// Runs what `build` makes with the rule and without it: the answers are equal, and the rule fired.
template <class Build>
std::vector<std::string> same_without(const std::string& rule, Build build) {
  Engine with({.split_bytes = 1 << 10, .batch_rows = 64});
  Engine without({.split_bytes = 1 << 10, .batch_rows = 64, .rules_off = {rule}});
  const auto expected = testing::rows(*without.run(build(without)));
  const auto got = testing::rows(*with.run(build(with)));
  EXPECT_EQ(got, expected);
  EXPECT_TRUE(with.fired(rule)) << graph(with);
  EXPECT_FALSE(without.fired(rule));
  return got;
}

TEST(Order, ASortBelowASumIsLeftOut) {
  Engine engine;
  const Expr sorted = ops::sort(numbers(engine, 1000), by(1, true));
  ops::GroupByAttrs total = sum_by(0, 1);
  total.keys.clear();
  const auto value = engine.run(ops::group_by(sorted, total));
  EXPECT_EQ(testing::rows(*value), std::vector<std::string>{"499500"});
  EXPECT_TRUE(engine.fired("order"));
  EXPECT_EQ(count(graph(engine), "sort("), 0u);
}

TEST(Order, ASortSomebodyAsksForStays) {
  for (const bool first : {false, true}) {
    const auto rows = [&](Engine& engine) {
      const Expr sorted = ops::sort(numbers(engine, 1000), by(1, true));
      ops::GroupByAttrs attrs = sum_by(0, 1);
      if (first) attrs.aggregates[0].function = "first";
      return testing::rows(*engine.run(ops::group_by(sorted, attrs)));
    };
    Engine with, without({.rules_off = {"order"}});
    EXPECT_EQ(rows(with), rows(without));
    // One sort is that of the groups; `first` asks for the one below too.
    EXPECT_EQ(count(graph(with), "sort("), first ? 2u : 1u) << graph(with);
  }
}

TEST(Limit, TheFirstRowsOfAFilterReadOneSplit) {
  Engine engine({.workers = 1, .split_bytes = 1 << 10, .batch_rows = 50});
  const Expr frame = numbers(engine, 20'000, 500);
  const Expr rows = ops::filter(frame, compare(frame, 0, "equal", 3));
  const auto value = engine.run(ops::slice(rows, {.start = 0, .stop = 4}));
  EXPECT_EQ(testing::rows(*value),
            (std::vector<std::string>{"3|3|w3", "3|13|w6", "3|23|w2", "3|33|w5"}));
  EXPECT_TRUE(engine.fired("limit"));
  EXPECT_LE(engine.rows_read(), 500);
}

TEST(Limit, RowsFromTheMiddleAndBySteps) {
  for (const ops::SliceAttrs& slice :
       {ops::SliceAttrs{5, 9, 1}, ops::SliceAttrs{1, 300, 7}, ops::SliceAttrs{0, 100'000, 1},
        ops::SliceAttrs{0, 0, 1}, ops::SliceAttrs{90, 20, 1}}) {
    same_without("limit", [&](Engine& engine) {
      const Expr frame = numbers(engine, 3000);
      return ops::slice(ops::filter(frame, compare(frame, 0, "less", 4)), slice);
    });
  }
}

TEST(Limit, SeveralLimitsInOnePassAreEachMet) {
  Engine engine({.workers = 3, .split_bytes = 1 << 10, .batch_rows = 50});
  const Expr frame = numbers(engine, 5000, 200);
  const Expr few = ops::filter(frame, compare(frame, 1, "greater", 4900));
  const Expr many = ops::filter(frame, compare(frame, 0, "less", 9));
  const auto values = engine.run(
      {ops::slice(few, {.start = 0, .stop = 5}), ops::slice(many, {.start = 0, .stop = 7})});
  EXPECT_EQ(values[0]->rows(), 5);
  EXPECT_EQ(testing::rows(*values[0])[0], "1|4901|w1");
  EXPECT_EQ(values[1]->rows(), 7);
}

TEST(Limit, TheFirstRowsOfASortAreThoseOfTheWholeSort) {
  for (const int64_t rows : {1, 10, 700}) {
    for (const bool descending : {false, true}) {
      const auto got = same_without("limit", [&](Engine& engine) {
        const Expr frame = numbers(engine, 3000);
        return ops::slice(ops::sort(frame, by(0, descending)), {.start = 0, .stop = rows});
      });
      EXPECT_EQ(static_cast<int64_t>(got.size()), rows);
    }
  }
  // Enough rows in one split for it to drop some on the way.
  Engine engine({.workers = 2, .split_bytes = 1 << 30});
  const Expr frame = numbers(engine, 200'000, INT64_MAX);
  const auto top = engine.run(ops::slice(ops::sort(frame, by(1, true)), {.start = 0, .stop = 3}));
  EXPECT_EQ(testing::rows(*top),
            (std::vector<std::string>{"9|199999|w2", "8|199998|w1", "7|199997|w0"}));
}

TEST(FoldConstants, AFunctionOfConstantsIsOne) {
  const auto rows = same_without("fold_constants", [](Engine& engine) {
    const Expr frame = numbers(engine, 20);
    const Expr two = ops::constant(frame, number(2), Label(std::string("two")));
    const Expr six = ops::compute("multiply", {two, number(3)}, Label(std::string("six")));
    return ops::compute("add", {series(frame, 1), six});
  });
  EXPECT_EQ(rows[4], "10");
}

TEST(FoldConstants, AConstantIsFoundBelowProjections) {
  const auto rows = same_without("fold_constants", [](Engine& engine) {
    const Expr frame = numbers(engine, 20);
    const Expr two = ops::constant(frame, number(2), Label(std::string("two")));
    const Expr all = ops::zip({frame, two});
    const Expr six =
        ops::compute("multiply", {series(all, 3), number(3)}, Label(std::string("six")));
    return ops::zip({series(all, 1), six});
  });
  EXPECT_EQ(rows[4], "4|6");
}

TEST(PushFilters, BelowAComputation) {
  Engine engine;
  const Expr frame = numbers(engine, 1000);
  const Expr twice = ops::compute("multiply", {series(frame, 1), number(2)});
  const Expr both = ops::zip({frame, twice});
  const auto value = engine.run(ops::filter(both, compare(frame, 0, "equal", 7)));
  EXPECT_EQ(testing::rows(*value)[1], "7|17|w3|34");
  EXPECT_EQ(value->rows(), 100);
  EXPECT_TRUE(engine.fired("push_filters"));
  // The product is computed of what the filter left.
  const std::string text = graph(engine);
  const std::string line = text.substr(text.find("multiply"), 200);
  EXPECT_NE(line.substr(0, line.find('\n')).find("series[? rows"), std::string::npos) << text;
}

TEST(PushFilters, BelowAComputationOfEachColumn) {
  Engine engine;
  const Expr frame = numbers(engine, 1000);
  const Expr both = ops::project(frame, {.from = {0, 1}});
  const Expr twice = ops::compute_each("multiply", {both, number(2)});
  const auto value = engine.run(ops::filter(twice, compare(frame, 0, "equal", 7)));
  EXPECT_EQ(testing::rows(*value)[1], "14|34");
  EXPECT_EQ(value->rows(), 100);
  EXPECT_TRUE(engine.fired("push_filters"));
  const std::string text = graph(engine);
  const std::string line = text.substr(text.find("compute_each"), 200);
  EXPECT_NE(line.substr(0, line.find('\n')).find("frame[? rows"), std::string::npos) << text;
}

TEST(PruneColumns, OfEachColumnOnlyThoseThatAreAskedFor) {
  const auto build = [](Engine& engine) {
    const Expr frame = numbers(engine, 1000);
    const Expr some = ops::project(frame, {.from = {1, 0}});
    const Expr more = ops::compute_each("add", {some, number(1)});
    const Expr twice = ops::compute_each("add", {more, series(frame, 1)});
    return series(ops::compute_each("add", {twice, some}), 1);
  };
  Engine engine;
  const auto value = engine.run(build(engine));
  EXPECT_EQ(testing::rows(*value)[13], "20");  // (3 + 1 + 13) + 3
  EXPECT_EQ(same_without("prune_columns", build)[13], "20");
  // Nothing but the one column behind the stored frame, and no projection that changes nothing.
  const std::string text = graph(engine);
  EXPECT_EQ(count(text, "compute_each"), 3) << text;
  EXPECT_EQ(count(text, ", v int64"), 1) << text;
  EXPECT_EQ(count(text, "project("), 4) << text;
}

TEST(PushFilters, BelowASort) {
  const auto rows = same_without("push_filters", [](Engine& engine) {
    const Expr sorted = ops::sort(numbers(engine, 1000), by(1, true));
    return ops::filter(sorted, compare(sorted, 0, "less", 2));
  });
  EXPECT_EQ(rows[0], "1|991|w4");
}

TEST(PushFilters, KeysOfGroupsBelowTheirGroupBy) {
  same_without("push_filters", [](Engine& engine) {
    const Expr groups = ops::group_by(numbers(engine, 1000), sum_by(0, 1));
    const Expr plain = ops::project(groups, {.from = {0, 1}, .labels = {"k", "sum"}});
    const Expr mask = ops::compute(
        "logical_and", {compare(plain, 0, "less", 5), compare(plain, 1, "greater", 49'600)});
    return ops::filter(plain, mask);
  });
}

TEST(PushFilters, ConjunctsGoToTheirSideOfAJoin) {
  for (const ops::JoinHow how : {ops::JoinHow::kInner, ops::JoinHow::kLeft}) {
    const auto build = [&](Engine& engine) {
      const Expr left = numbers(engine, 60), right = numbers(engine, 40);
      const Expr joined = ops::join(left, right, on_first(left, right, how));
      const Expr mask = ops::compute(
          "logical_and", {ops::compute("logical_and", {compare(joined, 1, "less", 30),
                                                       compare(joined, 4, "greater", 10)}),
                          ops::compute("less", {series(joined, 1), series(joined, 4)})});
      return ops::filter(joined, mask);
    };
    same_without("push_filters", build);
    Engine engine;
    engine.run(build(engine));
    EXPECT_EQ(count(graph(engine), "filter"), how == ops::JoinHow::kInner ? 3u : 2u)
        << graph(engine);
  }
}

// A join that two look at is not done twice.
TEST(PushFilters, WhatOthersLookAtStays) {
  Engine engine;
  const Expr sorted = ops::sort(numbers(engine, 100), by(1, true));
  const Expr some = ops::filter(sorted, compare(sorted, 0, "less", 2));
  engine.run({some, sorted});
  EXPECT_EQ(count(graph(engine), "sort("), 1u) << graph(engine);
}

// Graphs of every kind, for the rules together.
std::vector<Expr> all_kinds(Engine& engine) {
  const Expr frame = numbers(engine, 3000), other = numbers(engine, 50);
  const Expr sorted = ops::sort(frame, by(1, true));
  const Expr twice = ops::compute("multiply", {series(frame, 1), number(2)});
  const Expr again = ops::compute("multiply", {series(frame, 1), number(2)});
  const Expr joined = ops::join(frame, other, on_first(frame, other, ops::JoinHow::kInner));
  const Expr two = ops::constant(frame, number(2), Label(std::string("two")));
  ops::GroupByAttrs total = sum_by(0, 1);
  total.keys.clear();
  const Expr filtered = ops::filter(frame, compare(frame, 0, "less", 3));
  const Expr sums = ops::group_by(frame, sum_by(0, 1));
  ops::GroupByAttrs counted = sum_by(0, 1);
  counted.aggregates[0].function = "count";
  const Expr counts = ops::group_by(frame, counted);
  return {
      ops::join(sums, counts, on_first(sums, counts, ops::JoinHow::kInner)),
      filtered,
      ops::filter(filtered, compare(filtered, 1, "greater", 100)),
      ops::filter(sorted, compare(sorted, 0, "equal", 4)),
      ops::filter(ops::zip({frame, twice}), compare(frame, 0, "equal", 7)),
      ops::filter(joined, compare(joined, 1, "less", 500)),
      ops::group_by(frame, sum_by(0, 1)),
      ops::group_by(sorted, total),
      ops::group_by(joined, sum_by(2, 4)),
      ops::slice(sorted, {.start = 0, .stop = 5}),
      ops::slice(filtered, {.start = 2, .stop = 90, .step = 3}),
      ops::compute("add", {twice, again}),
      ops::compute("add", {series(frame, 1), ops::compute("add", {two, number(1)})}),
      ops::project(ops::zip({frame, twice}), {.from = {3}, .labels = {Label(int64_t{0})}}),
      ops::concat_rows({filtered, other}),
  };
}

std::vector<std::vector<std::string>> answers(Engine& engine, const std::vector<Expr>& graphs) {
  std::vector<std::vector<std::string>> out;
  for (const Expr& graph : graphs) out.push_back(testing::rows(*engine.run(graph)));
  return out;
}

TEST(Rules, NoneChangesAnAnswerAndEachFiresSomewhere) {
  Engine with({.split_bytes = 1 << 10, .batch_rows = 64});
  const auto expected = answers(with, all_kinds(with));
  for (const std::string& rule : plan::rule_names()) {
    EXPECT_TRUE(with.fired(rule)) << rule;
    Engine without({.split_bytes = 1 << 10, .batch_rows = 64, .rules_off = {rule}});
    EXPECT_EQ(answers(without, all_kinds(without)), expected) << "without " << rule;
    EXPECT_FALSE(without.fired(rule));
  }
}

TEST(Rules, EachCanBeSwitchedOffByItsName) {
  EXPECT_EQ(testing::sorted(plan::rule_names()),
            (std::vector<std::string>{"common", "fold_constants", "fuse_maps", "limit", "order",
                                      "prune_columns", "push_filters", "share"}));
}

}  // namespace
}  // namespace tharsis

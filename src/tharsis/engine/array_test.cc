#include <cmath>

#include "tharsis/engine/array_testing.h"

namespace tharsis::engine {
namespace {

using namespace testing;

TEST(Arrays, AProgramRunsOverAViewAndABroadcastOperand) {
  Session session;
  const auto x = numbers(300 * 40), row = numbers(40, 7);
  const Expr a = literal(session, TypeId::kFloat64, x, {300, 40});
  const Expr b = literal(session, TypeId::kFloat64, row, {40});
  const auto sum = run(session, a + b);
  for (int64_t i = 0; i < 300; ++i) {
    for (int64_t j = 0; j < 40; ++j) ASSERT_EQ(sum[i * 40 + j], x[i * 40 + j] + row[j]);
  }
}

TEST(Arrays, ReductionsAgreeWithAPlainLoop) {
  Session session;
  const auto x = numbers(700 * 33);
  const Expr a = literal(session, TypeId::kFloat64, x, {700, 33});
  const auto columns = run(session, ops::reduce("sum", a, {.axes = {0}}));
  const auto rows = run(session, ops::reduce("mean", a, {.axes = {1}}));
  const auto spread = run(session, ops::reduce("var", a, {.axes = {0, 1}}));
  double mean = 0;
  for (int64_t j = 0; j < 33; ++j) {
    double sum = 0;
    for (int64_t i = 0; i < 700; ++i) sum += x[i * 33 + j];
    EXPECT_NEAR(columns[j], sum, 1e-9);
    mean += sum / (700 * 33);
  }
  for (int64_t i = 0; i < 700; ++i) {
    double sum = 0;
    for (int64_t j = 0; j < 33; ++j) sum += x[i * 33 + j];
    EXPECT_NEAR(rows[i], sum / 33, 1e-12);
  }
  double squares = 0;
  for (const double value : x) squares += (value - mean) * (value - mean);
  EXPECT_NEAR(spread[0], squares / (700 * 33), 1e-11);
}

TEST(Arrays, StandardizedSumReadsItsInputTwice) {
  Session session;
  const auto x = numbers(5000 * 8);
  const Expr a = literal(session, TypeId::kFloat64, x, {5000, 8});
  const Expr centered = a - ops::reduce("mean", a, {.axes = {0}});
  const Expr scaled = centered / ops::reduce("std", a, {.axes = {0}});
  EXPECT_NEAR(run(session, ops::reduce_all("sum", scaled))[0], 0, 1e-9);
  EXPECT_EQ(session.last_report().fragments.size(), 2u);
  EXPECT_EQ(session.last_report().rows_read, 2 * 5000 * 8);
}

// Memory is refused now and then: states go to disk, and the answer stays.
TEST(Arrays, RefusedStatesSpill) {
  Options options;
  options.split_bytes = 1;
  options.inline_bytes = 0;
  Session session(options);
  const Expr x = literal(session, TypeId::kFloat64, numbers(20000 * 40), {20000, 40});
  const auto expected = run(session, ops::reduce("std", x + x, {.axes = {0}}));
  EXPECT_EQ(session.last_report().spilled_bytes, 0);
  session.budget().deny_every(3);
  const auto again = run(session, ops::reduce("std", x + x, {.axes = {0}, .keepdims = true}));
  session.budget().deny_every(0);
  EXPECT_GT(session.last_report().spilled_bytes, 0);
  EXPECT_EQ(again, expected);
}

TEST(Arrays, AResultThatDoesNotFitNamesItself) {
  Options options;
  options.memory_limit = int64_t{64} << 20;
  Session session(options);
  const Expr large = ops::full({1 << 24}, {TypeId::kFloat64, 1.0});
  try {
    run(session, large + large);
    FAIL() << "128 MB in 64";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBudget);
    EXPECT_NE(error.message().find("float64[16777216]"), std::string::npos) << error.message();
  }
  EXPECT_EQ(run(session, ops::reduce_all("sum", large + large))[0], 2.0 * (1 << 24));
}

// A long chain of nodes: no recursion, and as many passes as programs need.
TEST(Arrays, AChainOfManyAdditions) {
  Session session;
  const Expr one = literal(session, TypeId::kFloat64, std::vector<double>(10, 1.0), {10});
  Expr x = one;
  for (int i = 0; i < 200000; ++i) x = x + one;
  EXPECT_EQ(run(session, x), std::vector<double>(10, 200001.0));
}

TEST(Arrays, WhatIsDearAndUsedTwiceIsStored) {
  Session session;
  const Expr x = literal(session, TypeId::kFloat64, numbers(100000), {100000});
  const auto twice = [&](const Expr& y) {
    run(session, ops::reduce_all("sum", (y - ops::reduce_all("mean", y)) * y));
    size_t stores = 0;
    for (const auto& fragment : session.last_report().fragments) {
      for (const auto& sink : fragment.sinks) stores += sink.text == "store";
    }
    return stores;
  };
  EXPECT_EQ(twice(x + x), 0u) << "cheap: computed twice";
  EXPECT_EQ(twice(ops::compute("sin", {ops::compute("exp", {x})})), 1u) << "dear: stored once";
}

// A cast to the same type answers its argument: two sinks and a comparison of it in one pass.
TEST(Arrays, AFunctionThatAnswersItsArgumentKeepsIt) {
  Session session;
  const auto values = numbers(3000);
  const Expr x = literal(session, TypeId::kFloat64, values, {3000});
  const Expr same = ops::compute("cast", {x + x}, {}, {missing_scalar(TypeId::kFloat64)});
  const std::vector<Expr> roots = {
      ops::reduce_all("count_nonzero", ops::compute("equal", {same, same})),
      ops::reduce_all("sum", same)};
  const auto results = session.run(roots);
  double sum = 0;
  for (const double value : values) sum += 2 * value;
  EXPECT_EQ(values_of<int64_t>(*results[0])[0], 3000);
  EXPECT_NEAR(values_of<double>(*results[1])[0], sum, 1e-8);
}

TEST(Arrays, RowsByPosition) {
  Session session;
  constexpr int64_t rows = 70000, columns = 3;
  const auto values = numbers(rows * columns);
  std::vector<int64_t> positions;
  for (int64_t i = 0; i < rows; ++i) positions.push_back((i * 7919) % rows - (i % 2) * rows);
  const Expr x = literal(session, TypeId::kFloat64, values, {rows, columns});
  const Expr where = literal(session, TypeId::kInt64, positions, {rows});
  const auto taken = run(session, ops::take_rows(x, where));
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t from = (i * 7919) % rows;
    for (int64_t j = 0; j < columns; ++j)
      ASSERT_EQ(taken[i * columns + j], values[from * columns + j]) << "row " << i;
  }
  const Expr beyond = literal<int64_t>(session, TypeId::kInt64, {0, rows}, {2});
  EXPECT_THROW(session.run(ops::take_rows(x, beyond)), Error);
}

}  // namespace
}  // namespace tharsis::engine

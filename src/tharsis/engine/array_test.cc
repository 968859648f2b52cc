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

}  // namespace
}  // namespace tharsis::engine

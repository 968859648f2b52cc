#include "tharsis/engine/small_arrays.h"

#include "tharsis/engine/array_testing.h"

namespace tharsis::engine {
namespace {

using namespace testing;

std::optional<Expr> at_once(Session& session, std::string_view function,
                            std::vector<ops::Argument> arguments) {
  return session.small_arrays().compute(function, arguments);
}

TEST(SmallArrays, AreComputedAtOnceAsTheGraphWould) {
  Session session;
  const auto x = numbers(10), y = numbers(10, 7);
  const Expr a = literal(session, TypeId::kFloat64, x, {2, 5});
  const Expr b = literal(session, TypeId::kFloat64, y, {2, 5});
  for (const std::string_view function : {"add", "multiply", "arctan2", "maximum"}) {
    const auto now = at_once(session, function, {a, b});
    ASSERT_TRUE(now.has_value()) << function;
    ASSERT_NE(stored_value(*now), nullptr) << function;
    EXPECT_EQ(run(session, *now), run(session, ops::compute(function, {a, b}))) << function;
  }
}

TEST(SmallArrays, WhatTheyReadIsCounted) {
  Session session;
  const Expr a = literal(session, TypeId::kFloat64, numbers(10), {10});
  const int64_t before = session.rows_read_total();
  ASSERT_TRUE(at_once(session, "add", {a, a}).has_value());
  EXPECT_EQ(session.rows_read_total() - before, 20);
}

TEST(SmallArrays, LeaveToTheGraphWhatIsLargeOrOfSeveralShapes) {
  Session session;
  const int64_t many = SmallArrays::kElementsMax + 1;
  const Expr large = literal(session, TypeId::kFloat64, numbers(many), {many});
  const Expr row = literal(session, TypeId::kFloat64, numbers(5), {5});
  const Expr table = literal(session, TypeId::kFloat64, numbers(10), {2, 5});
  EXPECT_FALSE(at_once(session, "add", {large, large}).has_value());
  EXPECT_FALSE(at_once(session, "add", {table, row}).has_value());
  EXPECT_FALSE(at_once(session, "add", {row + row, row}).has_value());
}

// An error of the addition, but not of the comparison: the graph knows.
TEST(SmallArrays, LeaveToTheGraphANumberThatItsNeighbourCannotHold) {
  Session session;
  const Expr bytes = literal(session, TypeId::kInt8, std::vector<int8_t>{1, 2, 3}, {3});
  for (const std::string_view function : {"add", "equal"}) {
    EXPECT_TRUE(at_once(session, function, {bytes, Scalar{TypeId::kInt64, int64_t{100}, true}}));
    EXPECT_FALSE(at_once(session, function, {bytes, Scalar{TypeId::kInt64, int64_t{300}, true}}));
  }
}

}  // namespace
}  // namespace tharsis::engine

#include "tharsis/engine/explain.h"

#include "tharsis/engine/array_testing.h"
#include "tharsis/engine/testing.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/table.h"

namespace tharsis::engine {
namespace {

using namespace testing;
using runtime::StepReport;
using tharsis::testing::Engine;

// k = i % 10, v = i.
Expr rows(Engine& engine, int64_t n) {
  std::vector<std::optional<int64_t>> k, v;
  for (int64_t i = 0; i < n; ++i) {
    k.push_back(i % 10);
    v.push_back(i);
  }
  return engine.frame({tharsis::testing::ints("k", k), tharsis::testing::ints("v", v)},
                      {.chunk_rows = 100});
}

Expr series(const Expr& frame, int64_t field) {
  return ops::project(
      frame, {.from = {field}, .labels = {frame.meta().field(field).label}, .series = true});
}

Expr rows_with(const Expr& frame, const char* function, int64_t k) {
  return ops::filter(frame, ops::compute(function, {series(frame, 0), Scalar{TypeId::kInt64, k}}));
}

Expr sums(const Expr& frame) {
  ops::GroupByAttrs attrs;
  attrs.keys = {0};
  attrs.aggregates = {{"sum", 1, 1, 0, Label(std::string("v"))}};
  return call(ops::group_by_op(), std::move(attrs), {frame});  // as it is, without a sort behind it
}

RunReport analyzed(Engine& engine, std::vector<Expr> roots) {
  return engine.session().analyze(roots);
}

const StepReport& step(const RunReport& report, const std::string& text) {
  for (const auto& pass : report.fragments) {
    for (const StepReport& one : pass.steps) {
      if (one.text.starts_with(text)) return one;
    }
  }
  throw std::runtime_error("no step " + text + " in\n" + report.text());
}

TEST(Explain, EveryStepTellsItsRows) {
  Engine engine({.split_bytes = 1 << 10, .batch_rows = 64});
  const Expr frame = rows(engine, 5000);
  const RunReport report = analyzed(engine, {sums(rows_with(frame, "less", 4))});
  ASSERT_EQ(report.fragments.size(), 1u) << report.text();
  EXPECT_EQ(step(report, "read").rows_out, 5000);
  EXPECT_EQ(step(report, "read").bytes_out, 5000 * 16);
  EXPECT_EQ(step(report, "compute less").rows_in, 5000);
  EXPECT_EQ(step(report, "compute less").rows_out, 5000);
  EXPECT_GE(step(report, "compute less").bytes_out, 5000);
  EXPECT_EQ(step(report, "filter").rows_in, 5000);
  EXPECT_EQ(step(report, "filter").rows_out, 2000);
  EXPECT_EQ(step(report, "filter").bytes_out, 2000 * 16);
  EXPECT_EQ(step(report, "-> group_by").rows_in, 2000);
  EXPECT_EQ(step(report, "-> group_by").rows_out, 4);
  for (const StepReport& one : report.fragments[0].steps) EXPECT_GT(one.seconds, 0) << one.text;
  EXPECT_GT(report.fragments[0].peak_bytes, 5000 * 16);
}

TEST(Explain, EstimatesFollowTheirRules) {
  Engine engine;
  const Expr frame = rows(engine, 3000);
  const RunReport few = analyzed(engine, {sums(rows_with(frame, "less", 4))});
  EXPECT_EQ(step(few, "read").rows_estimated, 3000);
  EXPECT_EQ(step(few, "filter").rows_estimated, 1000);
  EXPECT_EQ(step(few, "-> group_by").rows_estimated, 100);
  EXPECT_EQ(step(analyzed(engine, {rows_with(frame, "equal", 4)}), "filter").rows_estimated, 300);
  const std::string text = engine.session().explain(std::vector{rows_with(frame, "less", 4)});
  EXPECT_NE(text.find("about 1,000 rows"), std::string::npos) << text;
  EXPECT_NE(few.text().find("1,200"), std::string::npos) << few.text();
}

TEST(Explain, StepsThatSpillSayHowMuch) {
  Engine engine({.split_bytes = 1 << 12, .batch_rows = 64, .spill_always = true});
  const RunReport report = analyzed(engine, {sums(rows(engine, 5000))});
  int64_t sum = 0;
  for (const StepReport& one : report.fragments[0].steps) sum += one.spilled_bytes;
  EXPECT_GT(sum, 0);
  EXPECT_EQ(sum, report.fragments[0].spilled_bytes);
  EXPECT_EQ(step(report, "-> group_by").spilled_bytes, sum);
}

std::vector<std::string> decisions(const RunReport& report) {
  std::vector<std::string> out;
  for (const SharedValue& value : report.shared)
    out.push_back(value.text.substr(0, value.text.find(' ')) + ": " + value.decision());
  return out;
}

TEST(Explain, WhatIsUsedTwiceIsABranchIsStoredOrIsComputedAgain) {
  Engine engine;
  const Expr some = rows_with(rows(engine, 1000), "less", 4);
  EXPECT_EQ(decisions(analyzed(engine, {sums(some), some})),
            std::vector<std::string>{"filter: stored"});
  const Expr twice = ops::compute("add", {series(some, 1), series(some, 1)});
  EXPECT_EQ(decisions(analyzed(engine, {ops::compute("multiply", {twice, twice})})),
            std::vector<std::string>{"compute: a branch of one pass"});
  const Expr x = literal(engine.session(), TypeId::kFloat64, std::vector<double>(1000, 2), {1000});
  const auto centered = [&](const Expr& y) {
    return ops::reduce_all("sum", (y - ops::reduce_all("mean", y)));
  };
  EXPECT_EQ(decisions(analyzed(engine, {centered(x + x)})),
            std::vector<std::string>{"compute: computed 2 times"});
  const RunReport dear =
      analyzed(engine, {centered(ops::compute("sin", {ops::compute("exp", {x})}))});
  ASSERT_EQ(decisions(dear), std::vector<std::string>{"compute: stored"});
  EXPECT_GT(dear.shared[0].make_ns, dear.shared[0].store_ns);
}

TEST(Explain, RowsOfArraysAreElements) {
  Engine engine;
  const Expr x = literal(engine.session(), TypeId::kFloat64, testing::numbers(60000), {20000, 3});
  const Expr large = ops::select(x, ops::compute("greater", {x, Scalar{TypeId::kFloat64, 0.5}}));
  const Ref<Value> kept = engine.run(large);
  const RunReport report = analyzed(engine, {ops::reduce_all("sum", large * large)});
  EXPECT_EQ(step(report, "-> sum").rows_out, 1);
  const RunReport again = analyzed(engine, {ops::reduce("sum", x + x, {.axes = {0}})});
  EXPECT_EQ(step(again, "read").rows_in, 60000);
  EXPECT_EQ(step(again, "-> sum").rows_in, 60000);
  EXPECT_EQ(step(again, "-> sum").rows_out, 3);
  const RunReport select = analyzed(engine, {large});
  EXPECT_EQ(step(select, "select").rows_in, 60000);
  EXPECT_EQ(step(select, "select").rows_out, kept->rows());
}

TEST(Explain, AStoredRootIsMadeOnceMore) {
  Engine engine;
  const Expr groups = sums(rows(engine, 1000));
  const Ref<Value> value = engine.run(groups);
  const RunReport report = analyzed(engine, {groups});
  EXPECT_EQ(step(report, "-> group_by").rows_out, 10);
  EXPECT_EQ(stored_value(groups), value) << "and the result that is there stays";
  const Expr leaf = rows(engine, 10);
  EXPECT_TRUE(analyzed(engine, {leaf}).fragments.empty());
}

TEST(Explain, ARunThatIsNotAnalyzedMeasuresNoSteps) {
  Engine engine;
  engine.run(sums(rows(engine, 1000)));
  for (const auto& pass : engine.reports().back().fragments) EXPECT_TRUE(pass.steps.empty());
  EXPECT_NE(engine.reports().back().text().find("1,000 rows in"), std::string::npos);
}

TEST(Explain, NumbersAreGroupedByThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(-123456), "-123,456");
  EXPECT_EQ(grouped(1234567890), "1,234,567,890");
}

}  // namespace
}  // namespace tharsis::engine

// What the engine takes where there is nothing to compute: to build a node, to hand out a split, to
// walk a long chain. Budgets: 2 us + 20 ns a column for a node, 1 us for a split.
#include <benchmark/benchmark.h>

#include <atomic>

#include "tharsis/engine/testing.h"
#include "tharsis/ops/elementwise.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/table.h"

namespace tharsis {
namespace {

using testing::Engine;

Expr frame_of(Engine& engine, int64_t columns) {
  std::vector<testing::Series> all;
  for (int64_t c = 0; c < columns; ++c)
    all.push_back(testing::ints("column " + std::to_string(c), {1, 2, 3}));
  return engine.frame(all);
}

Expr series(const Expr& frame, int64_t field) {
  return ops::project(
      frame, {.from = {field}, .labels = {frame.meta().field(field).label}, .series = true});
}

Scalar one() {
  Scalar scalar{TypeId::kInt64, int64_t{1}};
  scalar.weak = true;
  return scalar;
}

void build_compute(benchmark::State& state) {
  ops::register_elementwise_ops();
  Engine engine;
  const Expr x = series(frame_of(engine, 1), 0);
  for (auto _ : state) benchmark::DoNotOptimize(ops::compute("add", {x, one()}));
}
BENCHMARK(build_compute);

void build_filter(benchmark::State& state) {
  ops::register_elementwise_ops();
  Engine engine;
  const Expr frame = frame_of(engine, state.range(0));
  const Expr mask = ops::compute("less", {series(frame, 0), one()});
  for (auto _ : state) benchmark::DoNotOptimize(ops::filter(frame, mask));
}
BENCHMARK(build_filter)->Arg(1)->Arg(10)->Arg(100)->Arg(1000);

void build_project(benchmark::State& state) {
  Engine engine;
  const Expr frame = frame_of(engine, state.range(0));
  ops::ProjectAttrs attrs;
  for (int64_t c = 0; c < state.range(0); ++c) {
    attrs.from.push_back(c);
    attrs.labels.push_back(frame.meta().field(c).label);
  }
  for (auto _ : state) benchmark::DoNotOptimize(ops::project(frame, attrs));
}
BENCHMARK(build_project)->Arg(1)->Arg(10)->Arg(100)->Arg(1000);

void build_group_by(benchmark::State& state) {
  Engine engine;
  const Expr frame = frame_of(engine, 10);
  ops::GroupByAttrs attrs;
  attrs.keys = {0};
  attrs.aggregates = {{"sum", 1, 1, 0, Label(std::string("v"))}};
  for (auto _ : state) benchmark::DoNotOptimize(call(ops::group_by_op(), attrs, {frame}));
}
BENCHMARK(build_group_by);

// Splits with nothing in them, on as many threads as the argument says.
void dispatch(benchmark::State& state) {
  Engine engine({.workers = static_cast<int>(state.range(0))});
  constexpr int64_t kSplits = 100'000;
  std::atomic<int64_t> sum{0};
  for (auto _ : state) {
    engine.session().parallel(kSplits, [&](int64_t i, Worker&) {
      if (i == kSplits - 1) sum.fetch_add(1, std::memory_order_relaxed);
    });
  }
  state.counters["ns/split"] =
      benchmark::Counter(static_cast<double>(state.iterations() * kSplits) * 1e-9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(dispatch)->Arg(1)->Arg(2)->UseRealTime();

// A pass whose splits hold one row each.
void pass_of_tiny_splits(benchmark::State& state) {
  ops::register_elementwise_ops();
  Engine engine({.workers = 2, .split_bytes = 1});
  constexpr int64_t kRows = 2000;
  const Expr frame = engine.frame(
      {testing::ints("v", std::vector<std::optional<int64_t>>(kRows, 1))}, {.chunk_rows = 1});
  engine.session().set_keep_results(false);
  for (auto _ : state) {
    ops::GroupByAttrs total;
    total.aggregates = {{"sum", 0, 1, 0, Label(std::string("v"))}};
    benchmark::DoNotOptimize(engine.session().run(call(ops::group_by_op(), total, {frame})));
  }
  state.counters["ns/split"] =
      benchmark::Counter(static_cast<double>(state.iterations() * kRows) * 1e-9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(pass_of_tiny_splits)->UseRealTime();

// Chains of functions of a series: building, explaining, running and freeing, per node.
void chain(benchmark::State& state) {
  ops::register_elementwise_ops();
  Engine engine;
  engine.session().set_keep_results(false);
  const Expr v = series(frame_of(engine, 1), 0);
  for (auto _ : state) {
    Expr x = v;
    for (int64_t i = 0; i < state.range(0); ++i) x = ops::compute("add", {x, one()});
    if (state.range(1) == 1) benchmark::DoNotOptimize(engine.session().explain(std::vector{x}));
    if (state.range(1) == 2) benchmark::DoNotOptimize(engine.session().run(x));
  }
  state.counters["ns/node"] =
      benchmark::Counter(static_cast<double>(state.iterations() * state.range(0)) * 1e-9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(chain)
    ->ArgsProduct({{1000, 100'000, 1'000'000}, {0, 1, 2}})
    ->ArgNames({"nodes", "then"})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace tharsis

BENCHMARK_MAIN();

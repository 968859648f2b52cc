// Nanoseconds per value of loops and of scalar functions, on one core: data in L2, as in a split.
#include <benchmark/benchmark.h>

#include <random>

#include "tharsis/kernels/loops.h"
#include "tharsis/ops/elementwise/scalar_testing.h"

namespace tharsis {
namespace {

using ops::testing::ScalarRun;

constexpr int64_t kRows = 4096;

void per_value(benchmark::State& state, int64_t rows) {
  state.counters["ns/value"] =
      benchmark::Counter(static_cast<double>(state.iterations() * rows) * 1e-9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

template <class T>
std::vector<T> values(int64_t rows, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<T> out;
  for (int64_t i = 0; i < rows; ++i) {
    const double unit = static_cast<double>(random() >> 11) * 0x1p-53;
    out.push_back(std::is_floating_point_v<T> ? static_cast<T>(unit + 0.01)
                                              : static_cast<T>(unit * 1000) + 1);
  }
  return out;
}

template <class T>
void loop(benchmark::State& state, std::string_view name, kernels::Lane lane,
          kernels::Target target) {
  if (!kernels::force_target(target)) return state.SkipWithError("not on this machine");
  const kernels::Loop run = kernels::loops_named(name).at(lane);
  const auto a = values<T>(kRows, 1), b = values<T>(kRows, 2);
  std::vector<double> out(kRows);
  const void* in[] = {a.data(), b.data()};
  for (auto _ : state) {
    run(in, out.data(), kRows);
    benchmark::ClobberMemory();
  }
  per_value(state, kRows);
  kernels::force_target({});
}

Column column_of(ScalarRun& run, const DType& type, uint64_t seed, int64_t rows) {
  const auto from = values<double>(rows, seed);
  return run.flat<double>(type, {from.begin(), from.end()});
}

// One call of a program, again and again.
class Expression {
 public:
  explicit Expression(int64_t rows) : rows_(rows) {
    for (uint64_t i = 0; i < 3; ++i) {
      inputs_.push_back(column_of(run_, TypeId::kFloat64, i + 1, rows));
    }
  }
  uint32_t slot(size_t i) const { return static_cast<uint32_t>(i); }
  uint32_t number(double value) { return program_.constant({TypeId::kFloat64, value}); }
  uint32_t call(std::string_view function, std::vector<uint32_t> in, std::vector<DType> types) {
    ScalarCall call;
    call.function = &require_function(function);
    call.in = std::move(types);
    call.out = call.function->infer(call);
    return program_.append(std::move(call), std::move(in));
  }
  uint32_t call(std::string_view function, std::vector<uint32_t> in) {
    std::vector<DType> types(in.size(), TypeId::kFloat64);
    return call(function, std::move(in), std::move(types));
  }
  void run(benchmark::State& state) {
    for (auto _ : state) {
      const memory::ArenaScope scope(run_.worker().arena);
      Batch batch;
      batch.rows = rows_;
      batch.columns = inputs_;
      program_.run(batch, run_.worker());
      benchmark::DoNotOptimize(batch.columns.back().data);
    }
    per_value(state, rows_);
  }

 private:
  int64_t rows_;
  ScalarRun run_;
  std::vector<Column> inputs_;
  Program program_{3};
};

void sin_exp_sqrt(benchmark::State& state) {
  Expression e(state.range(0));
  const uint32_t product = e.call("multiply", {e.call("sin", {0}), e.call("exp", {1})});
  e.call("add", {product, e.call("sqrt", {2})});
  e.run(state);
}
void two_a_plus_b_minus_c(benchmark::State& state) {
  Expression e(state.range(0));
  e.call("subtract", {e.call("add", {e.call("multiply", {e.number(2), 0}), 1}), 2});
  e.run(state);
}
void where_less(benchmark::State& state) {
  Expression e(state.range(0));
  const uint32_t less = e.call("less", {0, 1});
  e.call("where", {less, 0, 2}, {TypeId::kBool, TypeId::kFloat64, TypeId::kFloat64});
  e.run(state);
}
void add_only(benchmark::State& state) {
  Expression e(state.range(0));
  e.call("add", {0, 1});
  e.run(state);
}

BENCHMARK(add_only)->Arg(1024)->Arg(8192);
BENCHMARK(two_a_plus_b_minus_c)->Arg(1024)->Arg(8192);
BENCHMARK(where_less)->Arg(1024)->Arg(8192);
BENCHMARK(sin_exp_sqrt)->Arg(1024)->Arg(8192);

// Functions of frames: text of words, times of a year in seconds.
void frame_function(benchmark::State& state, std::string_view name, bool text,
                    std::vector<Scalar> params, DType type) {
  ScalarRun run;
  std::mt19937_64 random(7);
  ops::testing::Maybe<std::string> words;
  ops::testing::Maybe<int64_t> times;
  for (int64_t i = 0; i < kRows; ++i) {
    words.push_back("word " + std::to_string(random() % 100'000) + (i % 3 == 0 ? " and more" : ""));
    times.push_back(1'480'000'000 + static_cast<int64_t>(random() % 31'536'000));
  }
  const Column column = text ? run.flat<std::string>(type, words) : run.flat<int64_t>(type, times);
  for (auto _ : state) {
    const memory::ArenaScope scope(run.worker().arena);
    benchmark::DoNotOptimize(run.run(name, {column}, kRows, params).data);
  }
  per_value(state, kRows);
}

void register_all() {
  using kernels::Lane;
  using kernels::Target;
  const auto add = [](const char* name, Lane lane, auto tag) {
    for (const Target target : {Target::kAvx512, Target::kAvx2}) {
      const std::string full = std::string(name) + "/" + DType(kernels::lane_type(lane)).name() +
                               (target == Target::kAvx2 ? "/avx2" : "/avx512");
      benchmark::RegisterBenchmark(full.c_str(), [=](benchmark::State& state) {
        loop<decltype(tag)>(state, name, lane, target);
      });
    }
  };
  for (const char* name :
       {"add",    "multiply", "divide", "less",  "maximum", "floor_divide", "remainder",
        "sqrt",   "sin",      "cos",    "exp",   "log",     "log1p",        "tanh",
        "arctan", "cbrt",     "power",  "hypot", "arctan2", "logaddexp"}) {
    add(name, Lane::kF64, double{});
  }
  for (const char* name : {"add", "sin", "exp", "log", "power"}) add(name, Lane::kF32, float{});
  for (const char* name : {"add", "multiply", "less", "floor_divide", "power", "gcd"}) {
    add(name, Lane::kI64, int64_t{});
  }
  for (const char* name : {"add", "floor_divide"}) add(name, Lane::kI32, int32_t{});

  const auto text = [](std::string value) { return Scalar{TypeId::kString, std::move(value)}; };
  const auto frame = [](const char* name, bool is_text, std::vector<Scalar> params, DType type) {
    benchmark::RegisterBenchmark(
        name, [=](benchmark::State& state) { frame_function(state, name, is_text, params, type); });
  };
  const DType words(TypeId::kString), utc = timestamp_type(TimeUnit::kSecond, "UTC");
  const DType york = timestamp_type(TimeUnit::kSecond, "America/New_York");
  const DType plain = timestamp_type(TimeUnit::kSecond);
  frame("str_len", true, {}, words);
  frame("str_upper", true, {}, words);
  frame("str_slice", true, {{TypeId::kInt64, int64_t{2}}, {TypeId::kInt64, int64_t{8}}}, words);
  frame("str_contains", true, {text("and")}, words);
  frame("str_match", true, {text("word [0-4]+")}, words);
  frame("str_replace", true, {text("word"), text("term")}, words);
  frame("isin", true, {text("word 1"), text("word 2"), text("word 3")}, words);
  frame("year", false, {}, utc);
  frame("day_of_week", false, {}, utc);
  frame("hour", false, {}, york);
  frame("tz_localize", false, {missing_scalar(TypeId::kNull)}, york);
  frame("normalize", false, {}, york);
  frame("strftime", false, {text("%Y-%m-%d")}, plain);
  frame("cast", false, {missing_scalar(TypeId::kString)}, plain);
}

}  // namespace
}  // namespace tharsis

int main(int argc, char** argv) {
  tharsis::register_all();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}

#include "tharsis/base/error.h"
#include "tharsis/ops/datetime/civil.h"
#include "tharsis/ops/elementwise/arguments.h"
#include "tharsis/ops/elementwise/table.h"

namespace tharsis::ops {
namespace {

// Whole days, then what is left of them as pandas splits it: seconds of the day, microseconds of
// the second, nanoseconds of the microsecond.
int64_t days(int64_t value, int64_t per_second) {
  return floor_quotient(value, kSecondsPerDay * per_second);
}
int64_t seconds(int64_t value, int64_t per_second) {
  return floor_rest(value, kSecondsPerDay * per_second) / per_second;
}
int64_t microseconds(int64_t value, int64_t per_second) {
  const int64_t nanos = floor_rest(value, per_second) * (1'000'000'000 / per_second);
  return nanos / 1'000;
}
int64_t nanoseconds(int64_t value, int64_t per_second) {
  return floor_rest(value, per_second) * (1'000'000'000 / per_second) % 1'000;
}

void require_duration(const ScalarCall& call) {
  require(call.in[0].id == TypeId::kDuration, ErrorCode::kDType, "{}: {} is no duration",
          call.function->name(), call.in[0].name());
}

class DurationPart final : public ScalarFunction {
 public:
  using Of = int64_t (*)(int64_t value, int64_t per_second);
  DurationPart(std::string_view name, Of of, TypeId type) : name_(name), of_(of), type_(type) {}

  std::string_view name() const override { return name_; }
  DType infer(const ScalarCall& call) const override {
    require_duration(call);
    return DType(type_).with_flavour(call.in[0].flavour);
  }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    const Arguments args(in, batch, worker);
    const int64_t per_second = units_per_second(call.in[0].unit);
    const auto* values = args[0].values<int64_t>();
    void* data = args.room(call.out);
    for (int64_t i = 0; i < args.rows(); ++i) {
      const int64_t part = of_(values[i], per_second);
      if (type_ == TypeId::kInt64) {
        static_cast<int64_t*>(data)[i] = part;
      } else {
        static_cast<int32_t*>(data)[i] = static_cast<int32_t>(part);
      }
    }
    return args.result(call.out, data, args.present(call.out));
  }

 private:
  std::string_view name_;
  Of of_;
  TypeId type_;
};

class TotalSeconds final : public ScalarFunction {
 public:
  std::string_view name() const override { return "total_seconds"; }
  DType infer(const ScalarCall& call) const override {
    require_duration(call);
    return DType(TypeId::kFloat64).with_flavour(call.in[0].flavour);
  }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    const Arguments args(in, batch, worker);
    const auto per_second = static_cast<double>(units_per_second(call.in[0].unit));
    const auto* values = args[0].values<int64_t>();
    auto* out = args.room<double>();
    for (int64_t i = 0; i < args.rows(); ++i) out[i] = static_cast<double>(values[i]) / per_second;
    return args.result(call.out, out, args.present(call.out));
  }
};

}  // namespace

void add_duration_parts(FunctionTable& table) {
  table.add<DurationPart>("days", days, TypeId::kInt64);
  table.add<DurationPart>("seconds", seconds, TypeId::kInt32);
  table.add<DurationPart>("microseconds", microseconds, TypeId::kInt32);
  table.add<DurationPart>("nanoseconds", nanoseconds, TypeId::kInt32);
  table.add<TotalSeconds>();
}

}  // namespace tharsis::ops

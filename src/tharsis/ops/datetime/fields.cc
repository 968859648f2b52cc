#include "tharsis/base/error.h"
#include "tharsis/ops/datetime/civil.h"
#include "tharsis/ops/datetime/clock.h"
#include "tharsis/ops/elementwise/table.h"

namespace tharsis::ops {
namespace {

enum class Part : uint8_t { kDay, kClock, kRest };  // what a field is read from

using OfDays = int32_t (*)(int64_t days);
using OfSecond = int32_t (*)(int32_t second_of_day);
using OfNanos = int32_t (*)(int64_t nanos_of_second);

int32_t year(int64_t days) { return static_cast<int32_t>(civil_from_days(days).year); }
int32_t month(int64_t days) { return civil_from_days(days).month; }
int32_t day(int64_t days) { return civil_from_days(days).day; }
int32_t quarter(int64_t days) { return (month(days) + 2) / 3; }
int32_t day_of_year(int64_t days) {
  return static_cast<int32_t>(days - days_from_civil(civil_from_days(days).year, 1, 1)) + 1;
}
int32_t length_of_month(int64_t days) {
  const CivilDay civil = civil_from_days(days);
  return days_in_month(civil.year, civil.month);
}

// The ISO week is that of its Thursday.
int64_t thursday(int64_t days) { return days - weekday(days) + 3; }
int32_t iso_year(int64_t days) { return year(thursday(days)); }
int32_t iso_week(int64_t days) { return (day_of_year(thursday(days)) - 1) / 7 + 1; }
int32_t iso_day(int64_t days) { return weekday(days) + 1; }

int32_t is_leap(int64_t days) { return is_leap_year(civil_from_days(days).year); }
int32_t is_month_start(int64_t days) { return day(days) == 1; }
int32_t is_month_end(int64_t days) { return day(days + 1) == 1; }
int32_t is_quarter_start(int64_t days) {
  const CivilDay civil = civil_from_days(days);
  return civil.day == 1 && civil.month % 3 == 1;
}
int32_t is_quarter_end(int64_t days) { return is_quarter_start(days + 1); }
int32_t is_year_start(int64_t days) {
  const CivilDay civil = civil_from_days(days);
  return civil.day == 1 && civil.month == 1;
}
int32_t is_year_end(int64_t days) { return is_year_start(days + 1); }

struct DayField {
  std::string_view name;
  OfDays of;
  bool truth = false;
};
constexpr DayField kDayFields[] = {
    {"year", year},
    {"month", month},
    {"day", day},
    {"quarter", quarter},
    {"day_of_week", weekday},
    {"day_of_year", day_of_year},
    {"days_in_month", length_of_month},
    {"iso_year", iso_year},
    {"iso_week", iso_week},
    {"iso_day", iso_day},
    {"is_leap_year", is_leap, true},
    {"is_month_start", is_month_start, true},
    {"is_month_end", is_month_end, true},
    {"is_quarter_start", is_quarter_start, true},
    {"is_quarter_end", is_quarter_end, true},
    {"is_year_start", is_year_start, true},
    {"is_year_end", is_year_end, true},
};

void require_timestamp(const ScalarCall& call) {
  require(call.in[0].id == TypeId::kTimestamp, ErrorCode::kDType, "{}: {} is no timestamp",
          call.function->name(), call.in[0].name());
}

// A property of the day. Near rows are often of one day: the last answer is kept.
class DayFunction final : public ScalarFunction {
 public:
  explicit DayFunction(const DayField& field) : field_(field) {}
  std::string_view name() const override { return field_.name; }
  DType infer(const ScalarCall& call) const override {
    require_timestamp(call);
    const TypeId type = field_.truth ? TypeId::kBool : TypeId::kInt32;
    return DType(type).with_flavour(call.in[0].flavour);
  }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    const Arguments args(in, batch, worker);
    const auto* seconds = read_clock(args[0], args.rows(), args.arena(), false).seconds;
    if (!field_.truth)
      return args.result(call.out, fill<int32_t>(seconds, args), args.present(call.out));
    auto* out = fill<uint8_t>(seconds, args);
    if (call.out.flavour != Flavour::kNumpy) {
      return args.result(call.out, out, args.present(call.out));
    }
    // A missing time is no start and no end of anything.
    for (int64_t i = 0; i < args.rows(); ++i) out[i] &= args[0].valid(i);
    return args.result(call.out, out);
  }

 private:
  template <class T>
  T* fill(const int64_t* seconds, const Arguments& args) const {
    auto* out = args.room<T>();
    int64_t begin = 1, end = 0;  // seconds of the last day
    T value = 0;
    for (int64_t i = 0; i < args.rows(); ++i) {
      if (seconds[i] < begin || seconds[i] >= end) {
        const int64_t days = floor_quotient(seconds[i], kSecondsPerDay);
        begin = days * kSecondsPerDay;
        end = begin + kSecondsPerDay;
        value = static_cast<T>(field_.of(days));
      }
      out[i] = value;
    }
    return out;
  }

  DayField field_;
};

struct ClockField {
  std::string_view name;
  OfSecond of;
};
constexpr ClockField kClockFields[] = {
    {"hour", [](int32_t second) { return second / 3600; }},
    {"minute", [](int32_t second) { return second / 60 % 60; }},
    {"second", [](int32_t second) { return second % 60; }},
};

class ClockFunction final : public ScalarFunction {
 public:
  explicit ClockFunction(const ClockField& field) : field_(field) {}
  std::string_view name() const override { return field_.name; }
  DType infer(const ScalarCall& call) const override {
    require_timestamp(call);
    return DType(TypeId::kInt32).with_flavour(call.in[0].flavour);
  }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    const Arguments args(in, batch, worker);
    const auto* seconds = read_clock(args[0], args.rows(), args.arena(), false).seconds;
    auto* out = args.room<int32_t>();
    for (int64_t i = 0; i < args.rows(); ++i) {
      out[i] = field_.of(static_cast<int32_t>(floor_rest(seconds[i], kSecondsPerDay)));
    }
    return args.result(call.out, out, args.present(call.out));
  }

 private:
  ClockField field_;
};

// Microseconds of the second, nanoseconds of the microsecond.
class FractionFunction final : public ScalarFunction {
 public:
  FractionFunction(std::string_view name, OfNanos of) : name_(name), of_(of) {}
  std::string_view name() const override { return name_; }
  DType infer(const ScalarCall& call) const override {
    require_timestamp(call);
    return DType(TypeId::kInt32).with_flavour(call.in[0].flavour);
  }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    const Arguments args(in, batch, worker);
    const auto* rests = read_clock(args[0], args.rows(), args.arena(), true).rests;
    const int64_t nanos = 1'000'000'000 / units_per_second(call.in[0].unit);
    auto* out = args.room<int32_t>();
    for (int64_t i = 0; i < args.rows(); ++i) out[i] = of_(rests[i] * nanos);
    return args.result(call.out, out, args.present(call.out));
  }

 private:
  std::string_view name_;
  OfNanos of_;
};

}  // namespace

void add_time_fields(FunctionTable& table) {
  for (const DayField& field : kDayFields) table.add<DayFunction>(field);
  for (const ClockField& field : kClockFields) table.add<ClockFunction>(field);
  table.add<FractionFunction>("microsecond",
                              [](int64_t nanos) { return static_cast<int32_t>(nanos / 1'000); });
  table.add<FractionFunction>("nanosecond",
                              [](int64_t nanos) { return static_cast<int32_t>(nanos % 1'000); });
}

}  // namespace tharsis::ops

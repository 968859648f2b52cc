#include "tharsis/base/error.h"
#include "tharsis/kernels/calendar.h"
#include "tharsis/ops/datetime/civil.h"
#include "tharsis/ops/datetime/clock.h"
#include "tharsis/ops/elementwise/table.h"

namespace tharsis::ops {
namespace {

// Rows of one batch, taken apart as far as a field asks.
struct Dates {
  const int32_t *days, *year, *month, *day;
};

using OfDate = int32_t (*)(const Dates& dates, int64_t row);

int32_t year(const Dates& dates, int64_t i) { return dates.year[i]; }
int32_t month(const Dates& dates, int64_t i) { return dates.month[i]; }
int32_t day(const Dates& dates, int64_t i) { return dates.day[i]; }
int32_t quarter(const Dates& dates, int64_t i) { return (dates.month[i] + 2) / 3; }
// Monday is 0; the bias keeps the remainder positive.
int32_t day_of_week(const Dates& dates, int64_t i) {
  return static_cast<int32_t>((static_cast<uint32_t>(dates.days[i]) + 3 + 7 * (1u << 28)) % 7);
}
int32_t is_leap(const Dates& dates, int64_t i) {
  const int32_t y = dates.year[i];
  return static_cast<int32_t>(y % 4 == 0) &
         (static_cast<int32_t>(y % 100 != 0) | static_cast<int32_t>(y % 400 == 0));
}
int32_t day_of_year(const Dates& dates, int64_t i) {
  const int32_t m = dates.month[i];
  const int32_t before = (367 * m - 362) / 12;  // in a year whose February has 30 days
  return before - (m > 2 ? 2 - is_leap(dates, i) : 0) + dates.day[i];
}
int32_t length_of_month(const Dates& dates, int64_t i) {
  const int32_t m = dates.month[i];
  return m == 2 ? 28 + is_leap(dates, i) : 30 + ((m + (m >> 3)) & 1);
}

// The ISO week is that of its Thursday.
int64_t thursday(int64_t days) { return days - weekday(days) + 3; }
int32_t iso_year(const Dates& dates, int64_t i) {
  return static_cast<int32_t>(civil_from_days(thursday(dates.days[i])).year);
}
int32_t iso_week(const Dates& dates, int64_t i) {
  const int64_t day = thursday(dates.days[i]);
  return static_cast<int32_t>(day - days_from_civil(civil_from_days(day).year, 1, 1)) / 7 + 1;
}
int32_t iso_day(const Dates& dates, int64_t i) { return day_of_week(dates, i) + 1; }

int32_t is_month_start(const Dates& dates, int64_t i) { return dates.day[i] == 1; }
int32_t is_month_end(const Dates& dates, int64_t i) {
  return dates.day[i] == length_of_month(dates, i);
}
int32_t is_quarter_start(const Dates& dates, int64_t i) {
  return static_cast<int32_t>(dates.day[i] == 1) & static_cast<int32_t>(dates.month[i] % 3 == 1);
}
int32_t is_quarter_end(const Dates& dates, int64_t i) {
  return is_month_end(dates, i) & static_cast<int32_t>(dates.month[i] % 3 == 0);
}
int32_t is_year_start(const Dates& dates, int64_t i) {
  return static_cast<int32_t>(dates.day[i] == 1) & static_cast<int32_t>(dates.month[i] == 1);
}
int32_t is_year_end(const Dates& dates, int64_t i) {
  return static_cast<int32_t>(dates.day[i] == 31) & static_cast<int32_t>(dates.month[i] == 12);
}

// One loop per field, so that the compiler sees the function in it.
using Fill = void (*)(const Dates& dates, int64_t rows, int32_t* out);
template <OfDate of>
void fill(const Dates& dates, int64_t rows, int32_t* out) {
  for (int64_t i = 0; i < rows; ++i) out[i] = of(dates, i);
}

struct DayField {
  std::string_view name;
  Fill fill;
  bool dates = true;  // looks at more than the number of the day
  bool truth = false;
};
constexpr DayField kDayFields[] = {
    {"year", fill<year>},
    {"month", fill<month>},
    {"day", fill<day>},
    {"quarter", fill<quarter>},
    {"day_of_week", fill<day_of_week>, false},
    {"day_of_year", fill<day_of_year>},
    {"days_in_month", fill<length_of_month>},
    {"iso_year", fill<iso_year>, false},
    {"iso_week", fill<iso_week>, false},
    {"iso_day", fill<iso_day>, false},
    {"is_leap_year", fill<is_leap>, true, true},
    {"is_month_start", fill<is_month_start>, true, true},
    {"is_month_end", fill<is_month_end>, true, true},
    {"is_quarter_start", fill<is_quarter_start>, true, true},
    {"is_quarter_end", fill<is_quarter_end>, true, true},
    {"is_year_start", fill<is_year_start>, true, true},
    {"is_year_end", fill<is_year_end>, true, true},
};

void require_timestamp(const ScalarCall& call) {
  require(call.in[0].id == TypeId::kTimestamp, ErrorCode::kDType, "{}: {} is no timestamp",
          call.function->name(), call.in[0].name());
}

// A property of the day.
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
    const int64_t rows = args.rows();
    Dates dates{read_days(args[0], args, name()).days, nullptr, nullptr, nullptr};
    if (field_.dates) {
      auto *year = args.room<int32_t>(), *month = args.room<int32_t>();
      auto* day = args.room<int32_t>();
      kernels::civil_dates(dates.days, rows, year, month, day);
      dates = {dates.days, year, month, day};
    }
    auto* out = args.room<int32_t>();
    field_.fill(dates, rows, out);
    if (!field_.truth) return args.result(call.out, out, args.present(call.out));
    auto* truth = args.room<uint8_t>();
    for (int64_t i = 0; i < rows; ++i) truth[i] = out[i] != 0;
    if (call.out.flavour != Flavour::kNumpy) {
      return args.result(call.out, truth, args.present(call.out));
    }
    // A missing time is no start and no end of anything.
    for (int64_t i = 0; args[0].validity != nullptr && i < rows; ++i) truth[i] &= args[0].valid(i);
    return args.result(call.out, truth);
  }
  double cost_ns(const ScalarCall&) const override { return 4; }

 private:
  DayField field_;
};

// Hours, minutes and seconds, by what a unit of them is worth and how many there are.
class ClockFunction final : public ScalarFunction {
 public:
  ClockFunction(std::string_view name, int32_t seconds, int32_t count)
      : name_(name), seconds_(seconds), count_(count) {}
  std::string_view name() const override { return name_; }
  DType infer(const ScalarCall& call) const override {
    require_timestamp(call);
    return DType(TypeId::kInt32).with_flavour(call.in[0].flavour);
  }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    const Arguments args(in, batch, worker);
    const auto* seconds = read_days(args[0], args, name_).second_of_day;
    auto* out = args.room<int32_t>();
    // The bits of 1 / seconds: exact for the seconds of a day.
    const auto inverse = ((uint64_t{1} << 34) + static_cast<uint64_t>(seconds_) - 1) /
                         static_cast<uint64_t>(seconds_);
    for (int64_t i = 0; i < args.rows(); ++i) {
      const auto whole = static_cast<uint32_t>(static_cast<uint32_t>(seconds[i]) * inverse >> 34);
      out[i] = static_cast<int32_t>(count_ == 60 ? whole % 60 : whole);
    }
    return args.result(call.out, out, args.present(call.out));
  }
  double cost_ns(const ScalarCall&) const override { return 3; }

 private:
  std::string_view name_;
  int32_t seconds_;
  int32_t count_;
};

using OfNanos = int32_t (*)(int64_t nanos_of_second);

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
  table.add<ClockFunction>("hour", 3600, 24);
  table.add<ClockFunction>("minute", 60, 60);
  table.add<ClockFunction>("second", 1, 60);
  table.add<FractionFunction>("microsecond",
                              [](int64_t nanos) { return static_cast<int32_t>(nanos / 1'000); });
  table.add<FractionFunction>("nanosecond",
                              [](int64_t nanos) { return static_cast<int32_t>(nanos % 1'000); });
}

}  // namespace tharsis::ops

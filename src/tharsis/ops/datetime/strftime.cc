#include <array>

#include "tharsis/base/error.h"
#include "tharsis/ops/datetime/civil.h"
#include "tharsis/ops/datetime/clock.h"
#include "tharsis/ops/elementwise/strings.h"
#include "tharsis/ops/elementwise/table.h"

namespace tharsis::ops {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kDays{"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                "Friday", "Saturday", "Sunday"};

// One time, taken apart.
struct Reading {
  int64_t days;
  CivilDay civil;
  int32_t second_of_day;
  int64_t nanos;
  int32_t offset;
  bool zoned;
};

void put_number(std::string& out, int64_t value, size_t width) {
  const std::string digits = std::to_string(value);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

// Weeks begin with a Sunday or a Monday; days before the first one are in week 0.
int64_t week_of_year(const Reading& at, int32_t first_weekday) {
  const int64_t day = at.days - days_from_civil(at.civil.year, 1, 1);
  const int64_t since_first = (weekday(at.days) - first_weekday + 7) % 7;
  return (day + 7 - since_first) / 7;
}

void put_iso_week(std::string& out, const Reading& at, bool year) {
  const int64_t thursday = at.days - weekday(at.days) + 3;
  const int64_t of = civil_from_days(thursday).year;
  if (year) return put_number(out, of, 4);
  put_number(out, (thursday - days_from_civil(of, 1, 1)) / 7 + 1, 2);
}

void put_offset(std::string& out, const Reading& at) {
  if (!at.zoned) return;
  const int32_t magnitude = at.offset < 0 ? -at.offset : at.offset;
  out += at.offset < 0 ? '-' : '+';
  put_number(out, magnitude / 3600, 2);
  put_number(out, magnitude / 60 % 60, 2);
  if (magnitude % 60 != 0) put_number(out, magnitude % 60, 2);
}

void put_format(std::string& out, std::string_view format, const Reading& at);

// One directive of Python's strftime, in English.
void put_directive(std::string& out, char directive, const Reading& at) {
  const int32_t hour = at.second_of_day / 3600;
  switch (directive) {
    case 'Y':
      return put_number(out, at.civil.year, 4);
    case 'y':
      return put_number(out, floor_rest(at.civil.year, 100), 2);
    case 'm':
      return put_number(out, at.civil.month, 2);
    case 'd':
      return put_number(out, at.civil.day, 2);
    case 'e':
      out += at.civil.day < 10 ? " " : "";
      return put_number(out, at.civil.day, 1);
    case 'H':
      return put_number(out, hour, 2);
    case 'I':
      return put_number(out, (hour + 11) % 12 + 1, 2);
    case 'M':
      return put_number(out, at.second_of_day / 60 % 60, 2);
    case 'S':
      return put_number(out, at.second_of_day % 60, 2);
    case 'f':
      return put_number(out, at.nanos / 1'000, 6);
    case 'p':
      out += hour < 12 ? "AM" : "PM";
      return;
    case 'B':
      out += kMonths[static_cast<size_t>(at.civil.month - 1)];
      return;
    case 'b':
    case 'h':
      out += kMonths[static_cast<size_t>(at.civil.month - 1)].substr(0, 3);
      return;
    case 'A':
      out += kDays[static_cast<size_t>(weekday(at.days))];
      return;
    case 'a':
      out += kDays[static_cast<size_t>(weekday(at.days))].substr(0, 3);
      return;
    case 'w':
      return put_number(out, (weekday(at.days) + 1) % 7, 1);
    case 'u':
      return put_number(out, weekday(at.days) + 1, 1);
    case 'j':
      return put_number(out, at.days - days_from_civil(at.civil.year, 1, 1) + 1, 3);
    case 'U':
      return put_number(out, week_of_year(at, 6), 2);
    case 'W':
      return put_number(out, week_of_year(at, 0), 2);
    case 'G':
      return put_iso_week(out, at, true);
    case 'V':
      return put_iso_week(out, at, false);
    case 'F':
      return put_format(out, "%Y-%m-%d", at);
    case 'T':
      return put_format(out, "%H:%M:%S", at);
    case 'R':
      return put_format(out, "%H:%M", at);
    case 'D':
    case 'x':
      return put_format(out, "%m/%d/%y", at);
    case 'X':
      return put_format(out, "%H:%M:%S", at);
    case 'c':
      return put_format(out, "%a %b %e %H:%M:%S %Y", at);
    case 'z':
      return put_offset(out, at);
    case '%':
      out += '%';
      return;
    default:
      fail(ErrorCode::kUnsupported, "strftime: the directive %{} is not supported", directive);
  }
}

void put_format(std::string& out, std::string_view format, const Reading& at) {
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] == '%' && i + 1 < format.size()) {
      put_directive(out, format[++i], at);
    } else {
      out += format[i];
    }
  }
}

// Times as text, by a format or as the name of their month or day.
class FormatTime final : public ScalarFunction {
 public:
  FormatTime(std::string_view name, std::string_view format) : name_(name), format_(format) {}

  std::string_view name() const override { return name_; }
  DType infer(const ScalarCall& call) const override {
    require(call.in[0].id == TypeId::kTimestamp, ErrorCode::kDType, "{}: {} is no timestamp", name_,
            call.in[0].name());
    std::string probe;  // an unknown directive is an error now
    put_format(probe, format_of(call), Reading{0, {1970, 1, 1}, 0, 0, 0, false});
    return DType(TypeId::kString).with_flavour(call.in[0].flavour);
  }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    const Arguments args(in, batch, worker);
    const std::string format = format_of(call);
    const ClockReadings clock = read_clock(args[0], args.rows(), args.arena(), true);
    const Validity present = args.present(call.out);
    const int64_t per_second = units_per_second(call.in[0].unit);
    TextRoom room(args.arena());
    auto* refs = args.room<StringRef>();
    std::string text;
    for (int64_t i = 0; i < args.rows(); ++i) {
      refs[i] = StringRef();
      if (!present.at(i)) continue;
      const int64_t utc = floor_quotient(args[0].values<int64_t>()[i], per_second);
      const int64_t days = floor_quotient(clock.seconds[i], kSecondsPerDay);
      text.clear();
      put_format(
          text, format,
          Reading{days, civil_from_days(days),
                  static_cast<int32_t>(clock.seconds[i] - days * kSecondsPerDay),
                  clock.rests[i] * (1'000'000'000 / per_second),
                  static_cast<int32_t>(clock.seconds[i] - utc), !call.in[0].timezone().empty()});
      refs[i] = room.copy(text);
    }
    return args.result(call.out, refs, present);
  }
  double cost_ns(const ScalarCall&) const override { return 100; }

 private:
  std::string format_of(const ScalarCall& call) const {
    if (!format_.empty()) return std::string(format_);
    require(!call.params.empty() && call.params[0].dtype.is_string(), ErrorCode::kInvalidArgument,
            "strftime: no format given");
    return std::get<std::string>(call.params[0].value);
  }

  std::string_view name_;
  std::string_view format_;
};

}  // namespace

void add_strftime(FunctionTable& table) {
  table.add<FormatTime>("strftime", "");
  table.add<FormatTime>("month_name", "%B");
  table.add<FormatTime>("day_name", "%A");
}

}  // namespace tharsis::ops

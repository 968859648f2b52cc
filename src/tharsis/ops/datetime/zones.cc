#include "tharsis/base/error.h"
#include "tharsis/ops/datetime/civil.h"
#include "tharsis/ops/datetime/clock.h"
#include "tharsis/ops/datetime/parse.h"
#include "tharsis/ops/elementwise/params.h"
#include "tharsis/ops/elementwise/table.h"

namespace tharsis::ops {
namespace {

void require_timestamp(const ScalarCall& call) {
  require(call.in[0].id == TypeId::kTimestamp, ErrorCode::kDType, "{}: {} is no timestamp",
          call.function->name(), call.in[0].name());
}

DType in_zone(const DType& type, std::string zone) {
  if (!zone.empty()) TimeZone::named(zone);  // an error now, if there is none
  return timestamp_type(type.unit, std::move(zone)).with_flavour(type.flavour);
}

// params: the zone, or missing: its readings without one; ambiguous; nonexistent.
class Localize final : public ScalarFunction {
 public:
  std::string_view name() const override { return "tz_localize"; }
  DType infer(const ScalarCall& call) const override {
    require_timestamp(call);
    const std::string zone = text_param(call, 0);
    require(zone.empty() || call.in[0].timezone().empty(), ErrorCode::kDType,
            "tz_localize: the timestamps are in {} already; use tz_convert", call.in[0].timezone());
    doubtful(call);
    return in_zone(call.in[0], zone);
  }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    const Arguments args(in, batch, worker);
    if (call.out.timezone().empty()) return readings_of(args[0], args.rows(), args.arena());
    return moments_of(args[0], call.out, doubtful(call), args);
  }

 private:
  static DoubtfulReadings doubtful(const ScalarCall& call) {
    const std::string ambiguous = text_param(call, 1), nonexistent = text_param(call, 2);
    return doubtful_readings(ambiguous.empty() ? "raise" : ambiguous,
                             nonexistent.empty() ? "raise" : nonexistent);
  }
};

// params: the zone, or missing: UTC without one. The moments stay.
class Convert final : public ScalarFunction {
 public:
  std::string_view name() const override { return "tz_convert"; }
  DType infer(const ScalarCall& call) const override {
    require_timestamp(call);
    require(!call.in[0].timezone().empty(), ErrorCode::kDType,
            "tz_convert: the timestamps have no time zone; use tz_localize");
    return in_zone(call.in[0], text_param(call, 0));
  }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch&,
                  Worker&) const override {
    Column out = in[0];
    out.dtype = call.out;
    return out;
  }
};

enum class Direction : uint8_t { kDown, kUp, kNearest };

// floor, ceil and round to a multiple of a duration ("h", "15min"), on the clock of the zone; half
// goes to the even multiple.
class RoundTime final : public ScalarFunction {
 public:
  RoundTime(std::string_view name, Direction direction) : name_(name), direction_(direction) {}

  std::string_view name() const override { return name_; }
  DType infer(const ScalarCall& call) const override {
    require(call.in[0].is_time(), ErrorCode::kDType, "{}: {} is no time", name_, call.in[0].name());
    step(call);
    return call.in[0];
  }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    const Arguments args(in, batch, worker);
    const int64_t step = this->step(call);
    if (step == 1) return args[0];
    const bool zoned = !call.in[0].timezone().empty();
    const Column clock = zoned ? readings_of(args[0], args.rows(), args.arena()) : args[0];
    const auto* values = clock.values<int64_t>();
    auto* out = args.room<int64_t>();
    for (int64_t i = 0; i < args.rows(); ++i) out[i] = rounded(values[i], step);
    const Column result = args.result(clock.dtype, out, args.present(call.out));
    if (!zoned) return result;
    const DoubtfulReadings doubtful;
    return moments_of(result, call.out, doubtful, args);
  }

 private:
  // In units of the type.
  int64_t step(const ScalarCall& call) const {
    std::string freq = text_param(call, 0);
    if (!freq.empty() && (freq[0] < '0' || freq[0] > '9')) freq = "1" + freq;
    const auto nanos = parse_duration_ns(freq);
    require(nanos && *nanos > 0, ErrorCode::kInvalidArgument,
            "{}: '{}' is not a fixed frequency such as D, h, 15min or 500ms", name_, freq);
    const int64_t unit = 1'000'000'000 / units_per_second(call.in[0].unit);
    require(*nanos % unit == 0 || unit % *nanos == 0, ErrorCode::kInvalidArgument,
            "{}: '{}' is no multiple of the unit {}", name_, freq, unit_name(call.in[0].unit));
    return std::max<int64_t>(*nanos / unit, 1);
  }
  int64_t rounded(int64_t value, int64_t step) const {
    const int64_t rest = floor_rest(value, step);
    const int64_t down = value - rest;
    const bool up = direction_ == Direction::kUp ? rest > 0
                    : direction_ == Direction::kDown
                        ? false
                        : rest * 2 > step || (rest * 2 == step && floor_rest(down / step, 2) != 0);
    return up ? down + step : down;
  }

  std::string_view name_;
  Direction direction_;
};

// Midnight of the day.
class Normalize final : public ScalarFunction {
 public:
  explicit Normalize(std::string_view name) : name_(name) {}
  std::string_view name() const override { return name_; }
  DType infer(const ScalarCall& call) const override {
    require_timestamp(call);
    return call.in[0];
  }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    const Arguments args(in, batch, worker);
    const int64_t day = kSecondsPerDay * units_per_second(call.in[0].unit);
    const Column clock = readings_of(args[0], args.rows(), args.arena());
    auto* out = args.room<int64_t>();
    for (int64_t i = 0; i < args.rows(); ++i) {
      out[i] = floor_quotient(clock.values<int64_t>()[i], day) * day;
    }
    const Column result = args.result(clock.dtype, out, args.present(call.out));
    if (call.out.timezone().empty()) return result;
    // Where the clock is put at midnight, the day begins with the later reading.
    DoubtfulReadings doubtful;
    doubtful.twice = DoubtfulReadings::kEarlier;
    doubtful.none = DoubtfulReadings::kForward;
    return moments_of(result, call.out, doubtful, args);
  }

 private:
  std::string_view name_;
};

}  // namespace

void add_zones(FunctionTable& table) {
  table.add<Localize>();
  table.add<Convert>();
  table.add<RoundTime>("floor_time", Direction::kDown);
  table.add<RoundTime>("ceil_time", Direction::kUp);
  table.add<RoundTime>("round_time", Direction::kNearest);
  table.add<Normalize>("normalize");
  table.add<Normalize>("date");
}

}  // namespace tharsis::ops

#include "tharsis/ops/datetime/clock.h"

#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/kernels/calendar.h"
#include "tharsis/ops/datetime/civil.h"
#include "tharsis/ops/datetime/print.h"
#include "tharsis/ops/elementwise/cast_text.h"

namespace tharsis::ops {
namespace {

// A divisor that the compiler knows is a multiplication.
template <int64_t per_second>
void split_seconds(const int64_t* values, int64_t rows, int64_t* seconds, int64_t* rests) {
  for (int64_t i = 0; i < rows; ++i) seconds[i] = floor_quotient(values[i], per_second);
  if (rests == nullptr) return;
  for (int64_t i = 0; i < rows; ++i) rests[i] = values[i] - seconds[i] * per_second;
}

void split(TimeUnit unit, const int64_t* values, int64_t rows, int64_t* seconds, int64_t* rests) {
  switch (unit) {
    case TimeUnit::kSecond:
      return split_seconds<1>(values, rows, seconds, rests);
    case TimeUnit::kMilli:
      return split_seconds<1'000>(values, rows, seconds, rests);
    case TimeUnit::kMicro:
      return split_seconds<1'000'000>(values, rows, seconds, rests);
    case TimeUnit::kNano:
      return split_seconds<1'000'000'000>(values, rows, seconds, rests);
  }
}

// The offsets of readings where these mean one moment, and which do not.
struct ReadingOffsets {
  const int64_t* offsets;
  const uint8_t* doubtful;
};
ReadingOffsets offsets_of(const TimeZone& zone, const int64_t* seconds, int64_t rows,
                          memory::Arena& arena) {
  auto* offsets = arena.take_as<int64_t>(rows);
  auto* doubtful = arena.take_as<uint8_t>(rows);
  if (zone.offsets_of_readings(seconds, rows, offsets, doubtful)) return {offsets, doubtful};
  TimeZone::Readings known;  // near readings mostly share their offset
  for (int64_t i = 0; i < rows; ++i) {
    if (seconds[i] < known.begin || seconds[i] >= known.end) {
      known = zone.plain_readings(seconds[i]);
    }
    doubtful[i] = seconds[i] < known.begin || seconds[i] >= known.end;
    offsets[i] = known.offset;
  }
  return {offsets, doubtful};
}

std::string reading_text(const Column& readings, int64_t row) {
  char text[40];
  DType type = readings.dtype;
  type.extra.reset();
  const int64_t size = TimePrinter(type, -1).write(readings.values<int64_t>()[row], text);
  return std::string(text, static_cast<size_t>(size));
}

}  // namespace

Ref<TimeZone> zone_of(const DType& type) {
  return type.timezone().empty() ? nullptr : TimeZone::named(type.timezone());
}

ClockReadings read_clock(const Column& times, int64_t rows, memory::Arena& arena, bool rests) {
  auto* seconds = arena.take_as<int64_t>(rows);
  auto* rest = rests ? arena.take_as<int64_t>(rows) : nullptr;
  split(times.dtype.unit, times.values<int64_t>(), rows, seconds, rest);
  if (const Ref<TimeZone> zone = zone_of(times.dtype)) {
    zone->add_offsets(seconds, rows);
  }
  return {seconds, rest};
}

ClockDays read_days(const Column& times, const Arguments& args, std::string_view who) {
  const int64_t rows = args.rows();
  auto* seconds = const_cast<int64_t*>(read_clock(times, rows, args.arena(), false).seconds);
  auto* days = args.room<int32_t>();
  auto* second_of_day = args.room<int32_t>();
  for (int64_t done = 0; done < rows;) {
    done += kernels::split_days(seconds + done, rows - done, days + done, second_of_day + done);
    if (done == rows) break;
    // A missing row may hold anything.
    require(!times.valid(done), ErrorCode::kOverflow, "{}: row {} is beyond the calendar", who,
            row_text(args.batch(), done));
    seconds[done] = 0;
  }
  return {days, second_of_day};
}

DoubtfulReadings doubtful_readings(std::string_view ambiguous, std::string_view nonexistent) {
  DoubtfulReadings out;
  using D = DoubtfulReadings;
  constexpr std::pair<std::string_view, D::Twice> twice[] = {{"raise", D::kRaiseTwice},
                                                             {"NaT", D::kMissingTwice},
                                                             {"earlier", D::kEarlier},
                                                             {"later", D::kLater}};
  constexpr std::pair<std::string_view, D::None> none[] = {{"raise", D::kRaiseNone},
                                                           {"NaT", D::kMissingNone},
                                                           {"shift_forward", D::kForward},
                                                           {"shift_backward", D::kBackward}};
  const auto a = std::find_if(std::begin(twice), std::end(twice),
                              [&](const auto& each) { return each.first == ambiguous; });
  const auto b = std::find_if(std::begin(none), std::end(none),
                              [&](const auto& each) { return each.first == nonexistent; });
  require(a != std::end(twice), ErrorCode::kInvalidArgument,
          "tz_localize: ambiguous must be raise, NaT, earlier or later, got {}", ambiguous);
  require(b != std::end(none), ErrorCode::kInvalidArgument,
          "tz_localize: nonexistent must be raise, NaT, shift_forward or shift_backward, got {}",
          nonexistent);
  out.twice = a->second;
  out.none = b->second;
  return out;
}

Column moments_of(const Column& readings, const DType& type, const DoubtfulReadings& doubtful,
                  const Arguments& args) {
  const Ref<TimeZone> zone = zone_of(type);
  const int64_t rows = args.rows(), per_second = units_per_second(type.unit);
  const auto* values = readings.values<int64_t>();
  Column out = readings;
  out.dtype = type;
  if (zone->fixed() && zone->offset_at(0) == 0) return out;
  DType plain = type;
  plain.extra.reset();
  Column naive = readings;
  naive.dtype = plain;
  const auto* seconds = read_clock(naive, rows, args.arena(), false).seconds;
  auto* data = args.room<int64_t>();
  uint8_t* present = nullptr;
  const ReadingOffsets known = offsets_of(*zone, seconds, rows, args.arena());
  for (int64_t i = 0; i < rows; ++i) {
    data[i] = values[i] - known.offsets[i] * per_second;
    if (known.doubtful[i] == 0 || !readings.valid(i)) continue;
    const TimeZone::Moment moment = zone->moment_of(seconds[i]);
    const bool twice = moment.reading == TimeZone::Reading::kTwo;
    const bool raise = twice ? doubtful.twice == DoubtfulReadings::kRaiseTwice
                             : doubtful.none == DoubtfulReadings::kRaiseNone;
    require(!raise, ErrorCode::kInvalidArgument, "tz_localize: {} in row {} {} in {}",
            reading_text(readings, i), row_text(args.batch(), i),
            twice ? "is there twice, as the clock was put back; try ambiguous"
                  : "does not exist, as the clock was put forward; try nonexistent",
            type.timezone());
    const bool missing = twice ? doubtful.twice == DoubtfulReadings::kMissingTwice
                               : doubtful.none == DoubtfulReadings::kMissingNone;
    if (missing) {
      if (present == nullptr) {
        present = present_bytes({readings.validity, readings.validity_offset}, rows, args.arena());
      }
      present[i] = 0;
    } else if (twice) {
      const bool earlier = doubtful.twice == DoubtfulReadings::kEarlier;
      data[i] = values[i] - (earlier ? moment.earlier : moment.later) * per_second;
    } else {
      const bool forward = doubtful.none == DoubtfulReadings::kForward;
      data[i] = moment.change_utc * per_second - (forward ? 0 : 1);
    }
  }
  const Validity validity = present != nullptr
                                ? validity_from_bytes(present, rows, args.arena())
                                : Validity{readings.validity, readings.validity_offset};
  return args.result(type, data, validity);
}

Column readings_of(const Column& times, int64_t rows, memory::Arena& arena) {
  Column out = times;
  const DType type = timestamp_type(times.dtype.unit).with_flavour(times.dtype.flavour);
  out.dtype = type;
  const Ref<TimeZone> zone = zone_of(times.dtype);
  if (zone == nullptr || (zone->fixed() && zone->offset_at(0) == 0)) return out;
  if (times.encoding == Encoding::kConstant) rows = 1;
  const int64_t per_second = units_per_second(type.unit);
  const auto* values = times.values<int64_t>();
  const auto* seconds = read_clock(out, rows, arena, false).seconds;
  auto* data = arena.take_as<int64_t>(rows);
  std::copy_n(seconds, rows, data);
  zone->add_offsets(data, rows);
  for (int64_t i = 0; i < rows; ++i) data[i] = values[i] + (data[i] - seconds[i]) * per_second;
  out.data = data;
  out.owner.reset();
  return out;
}

}  // namespace tharsis::ops

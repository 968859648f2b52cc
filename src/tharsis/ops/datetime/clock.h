#pragma once

#include "tharsis/ops/datetime/time_zone.h"
#include "tharsis/ops/elementwise/arguments.h"

namespace tharsis::ops {

/// Readings of the clock that a column of timestamps shows: seconds since 1970-01-01 there, and the
/// rest of the second in the unit of the type. Missing rows hold anything.
struct ClockReadings {
  const int64_t* seconds;
  const int64_t* rests;  // null: not asked for
};
ClockReadings read_clock(const Column& times, int64_t rows, memory::Arena& arena, bool rests);

/// The same as days since 1970-01-01 and seconds of the day; an Overflow error names `who` where a
/// year has more than six digits.
struct ClockDays {
  const int32_t* days;
  const int32_t* second_of_day;
};
ClockDays read_days(const Column& times, const Arguments& args, std::string_view who);

/// The zone of the type, or null.
Ref<TimeZone> zone_of(const DType& type);

/// What tz_localize does with readings that mean two moments, or none.
struct DoubtfulReadings {
  enum Twice : uint8_t { kRaiseTwice, kMissingTwice, kEarlier, kLater } twice = kRaiseTwice;
  enum None : uint8_t { kRaiseNone, kMissingNone, kForward, kBackward } none = kRaiseNone;
};
DoubtfulReadings doubtful_readings(std::string_view ambiguous, std::string_view nonexistent);

/// Timestamps in UTC from readings of the clock of `zone`, both in the unit of `type`.
Column moments_of(const Column& readings, const DType& type, const DoubtfulReadings& doubtful,
                  const Arguments& args);
/// Readings of the clock of the column's zone, as timestamps without a zone.
Column readings_of(const Column& times, int64_t rows, memory::Arena& arena);

}  // namespace tharsis::ops

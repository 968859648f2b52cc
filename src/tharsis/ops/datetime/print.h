#pragma once

#include "tharsis/ops/datetime/time_zone.h"
#include "tharsis/types/dtype.h"

namespace tharsis::ops {

/// The longest text of a time: a year of nine digits, nine digits of a fraction, an offset.
inline constexpr int64_t kTimeText = 56;

/// Writes times as pandas' astype(str) does: "2020-01-31 10:00:00.500", with the offset where the
/// type has a zone; "-1 days +23:00:00" for durations.
class TimePrinter {
 public:
  /// `digits` of the fraction; -1: those of the value, none if it is whole seconds, else as many as
  /// the unit has; -2: the date only.
  TimePrinter(DType type, int64_t digits);

  /// At most kTimeText bytes at `out`; answers the length.
  int64_t write(int64_t value, char* out) const;

 private:
  char* write_clock(int64_t second_of_day, int64_t fraction, char* out) const;

  DType type_;
  int64_t digits_;
  Ref<TimeZone> zone_;
};

}  // namespace tharsis::ops

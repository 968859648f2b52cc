#pragma once

#include "tharsis/types/dtype.h"

namespace tharsis::ops {

/// Writes times as pandas' astype(str) does: "2020-01-31 10:00:00.500", with the offset where the
/// type has a zone; "-1 days +23:00:00" for durations.
class TimePrinter {
 public:
  /// `digits` of the fraction; -1: those of the value, none if it is whole seconds, else as many as
  /// the unit has; -2: the date only.
  TimePrinter(DType type, int64_t digits) : type_(std::move(type)), digits_(digits) {}

  /// At most 32 bytes at `out`, for years of up to six digits; answers the length.
  int64_t write(int64_t value, char* out) const;

 private:
  char* write_clock(int64_t second_of_day, int64_t fraction, char* out) const;

  DType type_;
  int64_t digits_;
};

}  // namespace tharsis::ops

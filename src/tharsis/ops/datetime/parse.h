#pragma once

#include <optional>
#include <string_view>

#include "tharsis/types/dtype.h"

namespace tharsis::ops {

/// A timestamp as it was written.
struct WrittenTime {
  int64_t seconds = 0;  // since 1970-01-01 on the clock it names
  int32_t nanos = 0;
  int fraction_digits = 0;
  std::optional<int32_t> utc_offset_seconds;  // "Z", "+02:00"
};

/// ISO 8601 with any prefix of it from the year on, '-', '/' or no separators, 'T' or a space
/// before the time, fractions of up to nine digits, an offset; and month/day/year. Nothing if the
/// text is none of these.
std::optional<WrittenTime> parse_timestamp(std::string_view text);

/// Nanoseconds of "1 days 02:03:04.5", "-3h", "90min", "1.5 s"; nothing if the text is none.
std::optional<int64_t> parse_duration_ns(std::string_view text);

/// Texts that stand for a missing time: "", "NaT", "nan", "None" and the like.
bool is_missing_text(std::string_view text);

}  // namespace tharsis::ops

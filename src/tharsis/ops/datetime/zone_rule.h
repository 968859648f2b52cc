#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tharsis::ops {

/// The rule at the end of a zone's file, "CET-1CEST,M3.5.0,M10.5.0/3" (POSIX TZ, RFC 9636).
class ZoneRule {
 public:
  /// Nothing if the text is not a rule.
  static std::optional<ZoneRule> parse(std::string_view text);

  struct Change {
    int64_t utc_seconds;
    int32_t offset;  // from then on
  };
  bool has_summer_time() const { return summer_; }
  int32_t standard_offset() const { return standard_offset_; }
  /// The two changes of a year, the earlier one first.
  void changes_of(int64_t year, Change* first, Change* second) const;

 private:
  // A day of the year and the second of that day on the clock before the change.
  struct When {
    enum Kind : uint8_t { kJulian, kDayOfYear, kWeekday } kind = kWeekday;
    int32_t month = 0, week = 0, day = 0;
    int32_t second = 7200;
    int64_t local_seconds(int64_t year) const;
  };
  friend class RuleReader;

  int32_t standard_offset_ = 0;
  int32_t summer_offset_ = 0;
  bool summer_ = false;
  When begin_, end_;
};

}  // namespace tharsis::ops

#include "tharsis/ops/datetime/zone_rule.h"

#include <utility>

#include "tharsis/ops/datetime/civil.h"

namespace tharsis::ops {

// Reads a rule from left to right.
class RuleReader {
 public:
  explicit RuleReader(std::string_view text) : rest_(text) {}

  std::optional<ZoneRule> read() {
    ZoneRule rule;
    if (!name() || !offset(&rule.standard_offset_)) return std::nullopt;
    rule.standard_offset_ = -rule.standard_offset_;  // POSIX counts west of Greenwich
    if (rest_.empty()) return rule;
    if (!name()) return std::nullopt;
    rule.summer_ = true;
    rule.summer_offset_ = rule.standard_offset_ + 3600;
    if (!rest_.empty() && rest_[0] != ',') {
      if (!offset(&rule.summer_offset_)) return std::nullopt;
      rule.summer_offset_ = -rule.summer_offset_;
    }
    if (!take(',') || !when(&rule.begin_) || !take(',') || !when(&rule.end_)) return std::nullopt;
    return rest_.empty() ? std::optional(rule) : std::nullopt;
  }

 private:
  bool take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool name() {
    if (take('<')) {
      const size_t end = rest_.find('>');
      if (end == std::string_view::npos) return false;
      rest_.remove_prefix(end + 1);
      return true;
    }
    size_t count = 0;
    while (count < rest_.size() && ((rest_[count] | 0x20) >= 'a' && (rest_[count] | 0x20) <= 'z')) {
      ++count;
    }
    rest_.remove_prefix(count);
    return count >= 3;
  }
  bool number(int32_t* out) {
    size_t count = 0;
    *out = 0;
    while (count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9') {
      *out = *out * 10 + (rest_[count++] - '0');
    }
    rest_.remove_prefix(count);
    return count > 0;
  }
  // [+-]hh[:mm[:ss]]
  bool offset(int32_t* seconds) {
    const bool negative = take('-');
    if (!negative) take('+');
    int32_t hours = 0, minutes = 0, rest = 0;
    if (!number(&hours)) return false;
    if (take(':') && !number(&minutes)) return false;
    if (take(':') && !number(&rest)) return false;
    *seconds = hours * 3600 + minutes * 60 + rest;
    if (negative) *seconds = -*seconds;
    return true;
  }
  bool when(ZoneRule::When* out) {
    if (take('M')) {
      out->kind = ZoneRule::When::kWeekday;
      if (!number(&out->month) || !take('.') || !number(&out->week) || !take('.') ||
          !number(&out->day)) {
        return false;
      }
    } else {
      out->kind = take('J') ? ZoneRule::When::kJulian : ZoneRule::When::kDayOfYear;
      if (!number(&out->day)) return false;
    }
    return take('/') ? offset(&out->second) : true;
  }

  std::string_view rest_;
};

std::optional<ZoneRule> ZoneRule::parse(std::string_view text) { return RuleReader(text).read(); }

int64_t ZoneRule::When::local_seconds(int64_t year) const {
  int64_t days = days_from_civil(year, 1, 1);
  if (kind == kJulian) {  // 1 to 365, February 29 is never counted
    days += day - 1 + (is_leap_year(year) && day >= 60);
  } else if (kind == kDayOfYear) {
    days += day;
  } else {
    // Week 1 to 5 (the last) of a month; Sunday is 0 here, Monday is 0 in `weekday`.
    const int64_t first = days_from_civil(year, month, 1);
    const int32_t to_day = (day + 6 - weekday(first)) % 7;
    int32_t date = to_day + (week - 1) * 7;
    while (date >= days_in_month(year, month)) date -= 7;
    days = first + date;
  }
  return days * kSecondsPerDay + second;
}

void ZoneRule::changes_of(int64_t year, Change* first, Change* second) const {
  *first = {begin_.local_seconds(year) - standard_offset_, summer_offset_};
  *second = {end_.local_seconds(year) - summer_offset_, standard_offset_};
  if (second->utc_seconds < first->utc_seconds) std::swap(*first, *second);
}

}  // namespace tharsis::ops

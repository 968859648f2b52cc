#pragma once

#include <cstdint>

namespace tharsis::ops {

/// A day of the proleptic Gregorian calendar.
struct CivilDay {
  int64_t year;
  int32_t month;  // 1 to 12
  int32_t day;    // 1 to 31
};

constexpr int64_t kSecondsPerDay = 86'400;

/// Quotient and remainder of floor division; REQUIRES: b > 0.
constexpr int64_t floor_quotient(int64_t a, int64_t b) {
  const int64_t quotient = a / b;
  return quotient - (a - quotient * b < 0);
}
constexpr int64_t floor_rest(int64_t a, int64_t b) { return a - floor_quotient(a, b) * b; }

// Years are counted from March, so that the leap day is the last one; an era has 400 years.

/// Days since 1970-01-01.
constexpr int64_t days_from_civil(int64_t year, int32_t month, int32_t day) {
  year -= month <= 2;
  const int64_t era = floor_quotient(year, 400);
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

constexpr CivilDay civil_from_days(int64_t days) {
  days += 719'468;
  const int64_t era = floor_quotient(days, 146'097);
  const int64_t day_of_era = days - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month = (5 * day_of_year + 2) / 153;
  const auto day = static_cast<int32_t>(day_of_year - (153 * month + 2) / 5 + 1);
  const auto civil_month = static_cast<int32_t>(month < 10 ? month + 3 : month - 9);
  return {year_of_era + era * 400 + (civil_month <= 2), civil_month, day};
}

constexpr bool is_leap_year(int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

constexpr int32_t days_in_month(int64_t year, int32_t month) {
  constexpr int32_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap_year(year) ? 29 : days[month - 1];
}

/// Monday is 0.
constexpr int32_t weekday(int64_t days) { return static_cast<int32_t>(floor_rest(days + 3, 7)); }

}  // namespace tharsis::ops

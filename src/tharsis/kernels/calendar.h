#pragma once

#include <cstdint>

namespace tharsis::kernels {

/// Days that the functions below know: years between -365,000 and 369,000 or so.
inline constexpr int64_t kDaysLimit = int64_t{1} << 27;

/// Seconds since 1970-01-01 as days and seconds of the day. Answers the first row whose day is
/// beyond kDaysLimit, or n; what is written from there on means nothing.
int64_t split_days(const int64_t* seconds, int64_t n, int32_t* days, int32_t* second_of_day);

/// Dates of the proleptic Gregorian calendar from days since 1970-01-01; months and days from 1.
void civil_dates(const int32_t* days, int64_t n, int32_t* year, int32_t* month, int32_t* day);

/// seconds[i] += steps[k], for all k with seconds[i] >= starts[k]; starts ascend. For a handful of
/// steps: what a zone adds to times that lie near each other.
void add_steps(const int64_t* starts, const int32_t* steps, int64_t count, int64_t* seconds,
               int64_t n);
/// The least and the largest; REQUIRES: n > 0.
void range_of(const int64_t* values, int64_t n, int64_t* least, int64_t* largest);

}  // namespace tharsis::kernels

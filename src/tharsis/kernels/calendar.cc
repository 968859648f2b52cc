#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tharsis/kernels/calendar.cc"
#include "tharsis/kernels/calendar.h"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include <algorithm>
#include <bit>

HWY_BEFORE_NAMESPACE();
namespace tharsis::kernels::HWY_NAMESPACE {
namespace {

// Whole numbers below 2^51 and their doubles, by the bits of 1.5 * 2^52: AVX2 has no instruction.
constexpr int64_t kMagicBits = 0x4338000000000000;
constexpr double kMagic = 0x1.8p52;

// By way of doubles, as there is no vector division of integers; the quotient may be one off before
// it is put right.
void split_small(const int64_t* HWY_RESTRICT seconds, int64_t n, int32_t* HWY_RESTRICT days,
                 int32_t* HWY_RESTRICT second_of_day) {
  for (int64_t i = 0; i < n; ++i) {
    const double x = std::bit_cast<double>(seconds[i] + kMagicBits) - kMagic;
    double day = __builtin_floor(x * (1.0 / 86'400));
    double rest = x - day * 86'400;
    day = rest < 0 ? day - 1 : rest >= 86'400 ? day + 1 : day;
    rest = x - day * 86'400;
    days[i] = static_cast<int32_t>(day);
    second_of_day[i] = static_cast<int32_t>(rest);
  }
}

}  // namespace

int64_t split_days(const int64_t* seconds, int64_t n, int32_t* days, int32_t* second_of_day) {
  constexpr int64_t kBlock = 256, kLimit = kDaysLimit * 86'400;
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t count = std::min(kBlock, n - begin);
    bool inside = true;
    for (int64_t i = begin; i < begin + count; ++i) {
      inside &= static_cast<uint64_t>(seconds[i] + kLimit) < static_cast<uint64_t>(2 * kLimit);
    }
    if (!inside) {
      int64_t i = begin;
      while (static_cast<uint64_t>(seconds[i] + kLimit) < static_cast<uint64_t>(2 * kLimit)) ++i;
      split_small(seconds + begin, i - begin, days + begin, second_of_day + begin);
      return i;
    }
    split_small(seconds + begin, count, days + begin, second_of_day + begin);
  }
  return n;
}

// Neri and Schneider, Euclidean affine functions, 2022: years begin in March and are counted from
// year -400,000, so that all is unsigned.
void civil_dates(const int32_t* HWY_RESTRICT days, int64_t n, int32_t* HWY_RESTRICT year,
                 int32_t* HWY_RESTRICT month, int32_t* HWY_RESTRICT day) {
  constexpr uint32_t kCycles = 1'000;
  constexpr uint32_t kShift = 719'468 + 146'097 * kCycles;
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t first = 4 * (static_cast<uint32_t>(days[i]) + kShift) + 3;
    const uint32_t century = first / 146'097;
    const uint32_t second = (first % 146'097) | 3;
    const uint64_t product = uint64_t{2'939'745} * second;
    const uint32_t year_of_century = static_cast<uint32_t>(product >> 32);
    const uint32_t day_of_year = static_cast<uint32_t>(product) / 2'939'745 / 4;
    const uint32_t third = 2'141 * day_of_year + 197'913;
    const bool next = day_of_year >= 306;  // January and February
    year[i] = static_cast<int32_t>(100 * century + year_of_century) -
              static_cast<int32_t>(400 * kCycles) + (next ? 1 : 0);
    month[i] = static_cast<int32_t>(third >> 16) - (next ? 12 : 0);
    day[i] = static_cast<int32_t>((third & 0xFFFF) / 2'141) + 1;
  }
}

void add_steps(const int64_t* starts, const int32_t* steps, int64_t count,
               int64_t* HWY_RESTRICT seconds, int64_t n) {
  constexpr int64_t kBlock = 512;
  int64_t sums[kBlock];
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t size = std::min(kBlock, n - begin);
    std::fill_n(sums, size, int64_t{0});
    for (int64_t k = 0; k < count; ++k) {
      const int64_t start = starts[k], step = steps[k];
      for (int64_t i = 0; i < size; ++i) sums[i] += seconds[begin + i] >= start ? step : 0;
    }
    for (int64_t i = 0; i < size; ++i) seconds[begin + i] += sums[i];
  }
}

void range_of(const int64_t* HWY_RESTRICT values, int64_t n, int64_t* least, int64_t* largest) {
  int64_t low = values[0], high = values[0];
  for (int64_t i = 1; i < n; ++i) {
    low = values[i] < low ? values[i] : low;
    high = values[i] > high ? values[i] : high;
  }
  *least = low;
  *largest = high;
}

}  // namespace tharsis::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "tharsis/kernels/target.h"

namespace tharsis::kernels {
namespace {

bool wide() { return target() == Target::kAvx512; }

}  // namespace

int64_t split_days(const int64_t* seconds, int64_t n, int32_t* days, int32_t* second_of_day) {
  return (wide() ? N_AVX3::split_days : N_AVX2::split_days)(seconds, n, days, second_of_day);
}
void civil_dates(const int32_t* days, int64_t n, int32_t* year, int32_t* month, int32_t* day) {
  (wide() ? N_AVX3::civil_dates : N_AVX2::civil_dates)(days, n, year, month, day);
}
void add_steps(const int64_t* starts, const int32_t* steps, int64_t count, int64_t* seconds,
               int64_t n) {
  (wide() ? N_AVX3::add_steps : N_AVX2::add_steps)(starts, steps, count, seconds, n);
}
void range_of(const int64_t* values, int64_t n, int64_t* least, int64_t* largest) {
  (wide() ? N_AVX3::range_of : N_AVX2::range_of)(values, n, least, largest);
}

}  // namespace tharsis::kernels
#endif

#include "tharsis/ops/datetime/print.h"

#include <charconv>

#include "tharsis/ops/datetime/civil.h"

namespace tharsis::ops {
namespace {

char* put_two(char* out, int64_t value) {
  *out++ = static_cast<char>('0' + value / 10);
  *out++ = static_cast<char>('0' + value % 10);
  return out;
}

char* put_year(char* out, int64_t year) {
  if (year < 0) *out++ = '-';
  const int64_t magnitude = year < 0 ? -year : year;
  for (int64_t bound = 1000; bound > 1 && magnitude < bound; bound /= 10) *out++ = '0';
  return std::to_chars(out, out + 8, magnitude).ptr;
}

// "+02:00", with seconds where a zone had them.
char* write_offset(int32_t offset, char* out) {
  *out++ = offset < 0 ? '-' : '+';
  const int32_t magnitude = offset < 0 ? -offset : offset;
  out = put_two(out, magnitude / 3600);
  *out++ = ':';
  out = put_two(out, magnitude / 60 % 60);
  if (magnitude % 60 == 0) return out;
  *out++ = ':';
  return put_two(out, magnitude % 60);
}

int fraction_digits_of(TimeUnit unit) { return 3 * static_cast<int>(unit); }

}  // namespace

TimePrinter::TimePrinter(DType type, int64_t digits)
    : type_(std::move(type)),
      digits_(digits),
      zone_(type_.timezone().empty() ? nullptr : TimeZone::named(type_.timezone())) {}

char* TimePrinter::write_clock(int64_t second_of_day, int64_t fraction, char* out) const {
  out = put_two(out, second_of_day / 3600);
  *out++ = ':';
  out = put_two(out, second_of_day / 60 % 60);
  *out++ = ':';
  out = put_two(out, second_of_day % 60);
  const int of_unit = fraction_digits_of(type_.unit);
  const int64_t digits = digits_ >= 0 ? digits_ : fraction == 0 ? 0 : of_unit;
  if (digits == 0) return out;
  *out++ = '.';
  int64_t scaled = fraction;
  for (int64_t i = of_unit; i < digits; ++i) scaled *= 10;
  for (int64_t i = digits; i < of_unit; ++i) scaled /= 10;
  for (int64_t i = digits - 1; i >= 0; --i, scaled /= 10) {
    out[i] = static_cast<char>('0' + scaled % 10);
  }
  return out + digits;
}

int64_t TimePrinter::write(int64_t value, char* out) const {
  char* const begin = out;
  const int64_t per_second = units_per_second(type_.unit);
  int64_t seconds = floor_quotient(value, per_second);
  const int64_t fraction = value - seconds * per_second;
  const int32_t offset = zone_ != nullptr ? zone_->offset_at(seconds) : 0;
  seconds += offset;
  const int64_t days = floor_quotient(seconds, kSecondsPerDay);
  const int64_t second_of_day = seconds - days * kSecondsPerDay;
  if (type_.id == TypeId::kDuration) {
    out = std::to_chars(out, out + 20, days).ptr;
    for (const char c : std::string_view(" days ")) *out++ = c;
    if (days < 0) *out++ = '+';
    return write_clock(second_of_day, fraction, out) - begin;
  }
  const CivilDay civil = civil_from_days(days);
  out = put_year(out, civil.year);
  *out++ = '-';
  out = put_two(out, civil.month);
  *out++ = '-';
  out = put_two(out, civil.day);
  if (digits_ == -2) return out - begin;
  *out++ = ' ';
  out = write_clock(second_of_day, fraction, out);
  if (zone_ != nullptr) out = write_offset(offset, out);
  return out - begin;
}

}  // namespace tharsis::ops

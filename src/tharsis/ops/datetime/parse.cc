#include "tharsis/ops/datetime/parse.h"

#include <array>
#include <charconv>
#include <cmath>

#include "tharsis/ops/datetime/civil.h"

namespace tharsis::ops {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads the text from left to right; a failed read leaves it where it was.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_[0]; }
  bool take(char c) {
    if (peek() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take_word(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  void skip_spaces() {
    while (take(' ')) {
    }
  }
  int digits() const {
    size_t count = 0;
    while (count < rest_.size() && is_digit(rest_[count])) ++count;
    return static_cast<int>(count);
  }
  char after_digits() const {
    const auto count = static_cast<size_t>(digits());
    return count < rest_.size() ? rest_[count] : '\0';
  }
  // Between `least` and `most` digits.
  std::optional<int32_t> number(int least, int most) {
    int count = std::min(digits(), most);
    if (count < least) return std::nullopt;
    int32_t value = 0;
    for (int i = 0; i < count; ++i) value = value * 10 + (rest_[i] - '0');
    rest_.remove_prefix(static_cast<size_t>(count));
    return value;
  }
  std::optional<double> real() {
    double value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc()) return std::nullopt;
    rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    return value;
  }
  std::string_view letters() {
    size_t count = 0;
    const auto is_letter = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
             static_cast<unsigned char>(c) > 127;
    };
    while (count < rest_.size() && is_letter(rest_[count])) ++count;
    const std::string_view word = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return word;
  }

 private:
  std::string_view rest_;
};

std::optional<int64_t> checked_day(int64_t year, int32_t month, int32_t day) {
  if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return std::nullopt;
  return days_from_civil(year, month, day);
}

// 20170201 and 201702.
std::optional<int64_t> packed_day(Cursor& in) {
  const int digits = in.digits();
  const auto year = in.number(4, 4), month = in.number(2, 2);
  const auto day = digits == 8 ? in.number(2, 2) : std::optional<int32_t>(1);
  if (!year || !month || !day) return std::nullopt;
  return checked_day(*year, *month, *day);
}

std::optional<int64_t> parse_day(Cursor& in) {
  if (in.digits() == 8) return packed_day(in);
  if (in.digits() <= 2) {  // month/day/year
    const auto month = in.number(1, 2);
    const char separator = in.peek();
    if (!month || (separator != '/' && separator != '-') || !in.take(separator))
      return std::nullopt;
    const auto day = in.number(1, 2);
    if (!day || !in.take(separator)) return std::nullopt;
    const auto year = in.number(4, 4);
    return year ? checked_day(*year, *month, *day) : std::nullopt;
  }
  const auto year = in.number(4, 4);
  if (!year) return std::nullopt;
  const char separator = in.peek();
  if (separator != '-' && separator != '/' && separator != '.') return checked_day(*year, 1, 1);
  in.take(separator);
  const auto month = in.number(1, 2);
  if (!month) return std::nullopt;
  if (!in.take(separator)) return checked_day(*year, *month, 1);
  const auto day = in.number(1, 2);
  return day ? checked_day(*year, *month, *day) : std::nullopt;
}

// The digits after the point; those beyond nine are dropped.
bool parse_fraction(Cursor& in, int32_t* nanos, int* digits) {
  *digits = std::min(in.digits(), 9);
  const auto value = in.number(1, 9);
  if (!value) return false;
  *nanos = *value;
  for (int i = *digits; i < 9; ++i) *nanos *= 10;
  while (is_digit(in.peek())) in.number(1, 1);
  return true;
}

bool parse_clock(Cursor& in, WrittenTime* out) {
  const bool packed = in.digits() >= 4;
  const auto hour = in.number(1, 2);
  if (!hour || *hour > 23) return false;
  int32_t minute = 0, second = 0;
  if (packed ? is_digit(in.peek()) : in.take(':')) {
    const auto value = in.number(2, 2);
    if (!value || *value > 59) return false;
    minute = *value;
    if (packed ? is_digit(in.peek()) : in.take(':')) {
      const auto seconds = in.number(2, 2);
      if (!seconds || *seconds > 59) return false;
      second = *seconds;
      if (in.take('.') && !parse_fraction(in, &out->nanos, &out->fraction_digits)) return false;
    }
  }
  out->seconds += *hour * 3600 + minute * 60 + second;
  return true;
}

bool parse_offset(Cursor& in, WrittenTime* out) {
  if (in.take('Z') || in.take_word("UTC") || in.take_word("GMT")) {
    out->utc_offset_seconds = 0;
    return true;
  }
  const int32_t sign = in.peek() == '-' ? -1 : 1;
  if (!in.take('+') && !in.take('-')) return false;
  const auto hours = in.number(2, 2);
  if (!hours || *hours > 23) return false;
  int32_t minutes = 0;
  if (in.take(':') || in.digits() == 2) {
    const auto value = in.number(2, 2);
    if (!value || *value > 59) return false;
    minutes = *value;
  }
  out->utc_offset_seconds = sign * (*hours * 3600 + minutes * 60);
  return true;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

struct UnitName {
  std::string_view name;
  int64_t nanos;
};
constexpr int64_t kSecond = 1'000'000'000;
constexpr std::array kUnits{
    UnitName{"W", 604'800 * kSecond},
    UnitName{"D", kSecondsPerDay* kSecond},
    UnitName{"day", kSecondsPerDay* kSecond},
    UnitName{"days", kSecondsPerDay* kSecond},
    UnitName{"d", kSecondsPerDay* kSecond},
    UnitName{"h", 3'600 * kSecond},
    UnitName{"hr", 3'600 * kSecond},
    UnitName{"hour", 3'600 * kSecond},
    UnitName{"hours", 3'600 * kSecond},
    UnitName{"m", 60 * kSecond},
    UnitName{"min", 60 * kSecond},
    UnitName{"minute", 60 * kSecond},
    UnitName{"minutes", 60 * kSecond},
    UnitName{"s", kSecond},
    UnitName{"sec", kSecond},
    UnitName{"second", kSecond},
    UnitName{"seconds", kSecond},
    UnitName{"ms", 1'000'000},
    UnitName{"milliseconds", 1'000'000},
    UnitName{"us", 1'000},
    UnitName{"microseconds", 1'000},
    UnitName{"ns", 1},
    UnitName{"nanoseconds", 1},
};

std::optional<int64_t> clock_ns(Cursor& in) {
  const auto hours = in.number(1, 9);
  if (!hours || !in.take(':')) return std::nullopt;
  const auto minutes = in.number(2, 2);
  if (!minutes) return std::nullopt;
  int64_t seconds = int64_t{*hours} * 3600 + *minutes * 60;
  int32_t nanos = 0;
  int digits = 0;
  if (in.take(':')) {
    const auto value = in.number(2, 2);
    if (!value) return std::nullopt;
    seconds += *value;
    if (in.take('.') && !parse_fraction(in, &nanos, &digits)) return std::nullopt;
  }
  return seconds * kSecond + nanos;
}

}  // namespace

std::optional<WrittenTime> parse_timestamp(std::string_view text) {
  Cursor in(trimmed(text));
  const auto day = parse_day(in);
  if (!day) return std::nullopt;
  WrittenTime out;
  out.seconds = *day * kSecondsPerDay;
  if (in.done()) return out;
  if (!in.take('T') && !in.take(' ')) return std::nullopt;
  if (!parse_clock(in, &out)) return std::nullopt;
  in.skip_spaces();
  if (!in.done() && !parse_offset(in, &out)) return std::nullopt;
  return in.done() ? std::optional(out) : std::nullopt;
}

// A minus holds for all that follows, until a plus.
std::optional<int64_t> parse_duration_ns(std::string_view text) {
  Cursor in(trimmed(text));
  if (in.done()) return std::nullopt;
  int64_t sum = 0, sign = 1;
  while (!in.done()) {
    if (in.take('-')) {
      sign = -1;
    } else if (in.take('+')) {
      sign = 1;
    }
    in.skip_spaces();
    if (in.digits() > 0 && in.after_digits() == ':') {
      const auto clock = clock_ns(in);
      if (!clock) return std::nullopt;
      sum += sign * *clock;
    } else {
      const auto value = in.real();
      if (!value) return std::nullopt;
      in.skip_spaces();
      const std::string_view word = in.letters();
      const UnitName* unit = nullptr;
      for (const UnitName& each : kUnits) {
        if (each.name == word) unit = &each;
      }
      if (unit == nullptr) return std::nullopt;
      sum += sign * std::llround(*value * static_cast<double>(unit->nanos));
    }
    in.skip_spaces();
  }
  return sum;
}

bool is_missing_text(std::string_view text) {
  constexpr std::array names{"", "NaT", "nat", "NaN", "nan", "NA", "<NA>", "None", "N/A", "null"};
  for (const std::string_view name : names) {
    if (name == text) return true;
  }
  return false;
}

}  // namespace tharsis::ops

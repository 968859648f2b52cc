#include "tharsis/ops/elementwise/number_text.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <string>

namespace tharsis::ops {
namespace {

// Shortest digits and decimal exponent: 0.d1d2… * 10^(exponent + 1).
struct Digits {
  char text[20];
  int count = 0;
  int exponent = 0;
};

template <class T>
Digits shortest(T magnitude) {
  char buffer[40];
  const auto end =
      std::to_chars(buffer, buffer + sizeof(buffer), magnitude, std::chars_format::scientific).ptr;
  Digits digits;
  const char* at = buffer;
  for (; at != end && *at != 'e'; ++at) {
    if (*at != '.') digits.text[digits.count++] = *at;
  }
  std::from_chars(at + 1 + (at[1] == '+'), end, digits.exponent);
  return digits;
}

char* put(char* out, const char* text, int count) {
  std::memcpy(out, text, static_cast<size_t>(count));
  return out + count;
}

char* put_exponent(char* out, int exponent) {
  *out++ = 'e';
  *out++ = exponent < 0 ? '-' : '+';
  const int magnitude = std::abs(exponent);
  if (magnitude < 10) *out++ = '0';
  return std::to_chars(out, out + 4, magnitude).ptr;
}

char* put_plain(char* out, const Digits& digits) {
  const int whole = digits.exponent + 1;
  if (whole <= 0) {
    out = put(out, "0.", 2);
    for (int i = whole; i < 0; ++i) *out++ = '0';
    return put(out, digits.text, digits.count);
  }
  for (int i = 0; i < whole; ++i) *out++ = i < digits.count ? digits.text[i] : '0';
  *out++ = '.';
  if (digits.count <= whole) {
    *out++ = '0';
    return out;
  }
  return put(out, digits.text + whole, digits.count - whole);
}

template <class T>
int64_t write(T value, char* out) {
  char* const begin = out;
  if (std::isnan(value)) return put(out, "nan", 3) - begin;
  if (std::signbit(value)) *out++ = '-';
  if (std::isinf(value)) return put(out, "inf", 3) - begin;
  const Digits digits = shortest(std::fabs(value));
  // Python writes doubles plainly up to 1e16, NumPy floats up to 1e6.
  const T magnitude = std::fabs(value);
  const bool plain = sizeof(T) == 8 ? digits.exponent >= -4 && digits.exponent < 16
                                    : magnitude == 0 || (static_cast<double>(magnitude) >= 1e-4 &&
                                                         digits.exponent < 6);
  if (plain) {
    return put_plain(out, digits) - begin;
  }
  *out++ = digits.text[0];
  if (digits.count > 1) {
    *out++ = '.';
    out = put(out, digits.text + 1, digits.count - 1);
  }
  return put_exponent(out, digits.exponent) - begin;
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view without_spaces(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// Drops underscores that stand between digits; nothing if one stands elsewhere.
std::optional<std::string> without_underscores(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out += text[i];
    } else if (i == 0 || i + 1 == text.size() || !is_digit(text[i - 1]) || !is_digit(text[i + 1])) {
      return std::nullopt;
    }
  }
  return out;
}

bool equal_ignoring_case(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((text[i] | 0x20) != lower[i]) return false;
  }
  return true;
}

std::optional<double> read_plain(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // from_chars leaves the value alone: too large or too small, strtod knows which.
    return std::strtod(std::string(text).c_str(), nullptr);
  }
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

}  // namespace

int64_t write_float(double value, char* out) { return write(value, out); }
int64_t write_float(float value, char* out) { return write(value, out); }
int64_t write_integer(int64_t value, char* out) {
  return std::to_chars(out, out + kNumberText, value).ptr - out;
}
int64_t write_integer(uint64_t value, char* out) {
  return std::to_chars(out, out + kNumberText, value).ptr - out;
}

std::optional<double> read_float(std::string_view text) {
  text = without_spaces(text);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text[0] == '-' || text[0] == '+') return std::nullopt;
  std::optional<double> value;
  if (equal_ignoring_case(text, "inf") || equal_ignoring_case(text, "infinity")) {
    value = HUGE_VAL;
  } else if (equal_ignoring_case(text, "nan")) {
    value = std::nan("");
  } else if (!is_digit(text[0]) && text[0] != '.') {
    return std::nullopt;
  } else if (text.find('_') != std::string_view::npos) {
    const auto plain = without_underscores(text);
    if (plain) value = read_plain(*plain);
  } else {
    value = read_plain(text);
  }
  if (value && negative) value = -*value;
  return value;
}

std::optional<__int128> read_integer(std::string_view text) {
  text = without_spaces(text);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::string plain;
  if (text.find('_') != std::string_view::npos) {
    auto kept = without_underscores(text);
    if (!kept) return std::nullopt;
    plain = std::move(*kept);
    text = plain;
  }
  if (text.empty()) return std::nullopt;
  constexpr __int128 limit = static_cast<__int128>(1) << 100;
  __int128 value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    if (value < limit) value = value * 10 + (c - '0');
  }
  return negative ? -value : value;
}

}  // namespace tharsis::ops

#include "tharsis/io/csv_values.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

namespace tharsis::io {
namespace {

constexpr std::string_view kNumberLetters = "0123456789+-.eE";

// The number of eight digits or fewer, by three multiplications (after Lemire). Reads eight bytes.
bool parse_digits(const char* text, size_t digits, uint64_t& out) {
  uint64_t word;
  std::memcpy(&word, text, 8);
  // The digits move to the end, zeros stand before them.
  constexpr uint64_t kZeros = 0x3030303030303030;
  if (digits < 8) word = (word << (64 - 8 * digits)) | (kZeros >> (8 * digits));
  const uint64_t high =
      (word & 0xF0F0F0F0F0F0F0F0) | (((word + 0x0606060606060606) & 0xF0F0F0F0F0F0F0F0) >> 4);
  if (high != 0x3333333333333333) return false;
  word = (word & 0x0F0F0F0F0F0F0F0F) * 2561 >> 8;
  word = (word & 0x00FF00FF00FF00FF) * 6553601 >> 16;
  out = (word & 0x0000FFFF0000FFFF) * 42949672960001 >> 32;
  return true;
}

constexpr auto kPowers = [] {
  std::array<uint64_t, 19> powers{1};
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

// At most 18 digits; none are zero.
bool parse_digits_long(const char* text, size_t digits, uint64_t& out) {
  out = 0;
  while (digits > 8) {
    uint64_t part;
    if (!parse_digits(text, 8, part)) return false;
    out = out * kPowers[8] + part;
    text += 8;
    digits -= 8;
  }
  if (digits == 0) return true;
  uint64_t part;
  if (!parse_digits(text, digits, part)) return false;
  out = out * kPowers[digits] + part;
  return true;
}

// Where every step is exact, one division rounds correctly: digits below 2^53, a power of ten that
// is a double.
bool parse_short_decimal(std::string_view text, double& out) {
  const bool negative = text[0] == '-';
  if (negative) text.remove_prefix(1);
  size_t point = 0;
  while (point < text.size() && text[point] != '.') ++point;
  const size_t behind = point == text.size() ? 0 : text.size() - point - 1;
  if (point + behind > 18 || point + behind == 0) return false;
  uint64_t whole, part;
  if (!parse_digits_long(text.data(), point, whole)) return false;
  if (!parse_digits_long(text.data() + point + 1, behind, part)) return false;
  const uint64_t digits = whole * kPowers[behind] + part;
  if (digits >> 53 != 0) return false;
  const double value = static_cast<double>(digits) / static_cast<double>(kPowers[behind]);
  out = negative ? -value : value;
  return true;
}

}  // namespace

MissingTexts::MissingTexts(std::vector<std::string> texts) : texts_(std::move(texts)) {
  for (const std::string& text : texts_)
    may_begin_[text.empty() ? 0 : static_cast<uint8_t>(text[0])] = true;
}

bool MissingTexts::is_one(std::string_view text) const {
  return std::find(texts_.begin(), texts_.end(), text) != texts_.end();
}

bool MissingTexts::ambiguous() const {
  return std::any_of(texts_.begin(), texts_.end(), [](const std::string& text) {
    const std::string room = text + std::string(kCsvMargin, '\0');
    const std::string_view value = std::string_view(room).substr(0, text.size());
    int64_t whole;
    double number;
    uint8_t bit;
    return parse_int(value, whole) || parse_float(value, number) || parse_bool(value, bit);
  });
}

bool parse_int(std::string_view text, int64_t& out) {
  if (text.empty()) return false;
  const bool negative = text[0] == '-';
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > 18) return false;
  uint64_t value;
  if (!parse_digits_long(text.data(), text.size(), value)) return false;
  out = negative ? -static_cast<int64_t>(value) : static_cast<int64_t>(value);
  return true;
}

bool parse_float(std::string_view text, double& out) {
  if (text.empty()) return false;
  if (parse_short_decimal(text, out)) return true;
  if (text.find_first_not_of(kNumberLetters) != std::string_view::npos) return false;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, out);
  return error == std::errc() && stopped == end;
}

bool parse_bool(std::string_view text, uint8_t& out) {
  out = text == "True" || text == "TRUE" || text == "true";
  return out != 0 || text == "False" || text == "FALSE" || text == "false";
}

StringRef text_ref(std::string_view text, TextHeap& heap) {
  const auto length = static_cast<uint32_t>(text.size());
  if (length > StringRef::kInline) return heap.copy(text.data(), length);
  // The bytes behind the text are cut off in registers: a copy of so few bytes costs more.
  uint64_t words[2];
  std::memcpy(&words[0], text.data(), 8);
  std::memcpy(&words[1], text.data() + 4, 8);
  const auto keep = [](uint64_t word, uint32_t bytes) {
    return bytes >= 8 ? word : word & ((uint64_t{1} << (8 * bytes)) - 1);
  };
  words[0] = keep(words[0], std::min(length, 4u)) << 32 | length;
  words[1] = keep(words[1], length < 4 ? 0 : length - 4);
  StringRef out;
  std::memcpy(static_cast<void*>(&out), words, sizeof words);
  return out;
}

}  // namespace tharsis::io

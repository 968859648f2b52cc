#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace tharsis::ops {

// Text is valid UTF-8; its characters are code points.

/// Whether a byte begins a code point.
constexpr bool begins_code_point(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
}

inline bool is_ascii(std::string_view text) {
  size_t i = 0;
  uint64_t high = 0;
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    high |= word;
  }
  for (; i < text.size(); ++i) high |= static_cast<unsigned char>(text[i]);
  return (high & 0x8080808080808080) == 0;
}

inline int64_t count_code_points(std::string_view text) {
  int64_t count = 0;
  for (const char byte : text) count += begins_code_point(byte);
  return count;
}

/// Byte position of code point `index`; the size of the text where it has fewer.
inline size_t byte_of_code_point(std::string_view text, int64_t index) {
  size_t at = 0;
  for (; at < text.size(); ++at) {
    if (!begins_code_point(text[at])) continue;
    if (index-- == 0) break;
  }
  return at;
}

/// The bytes of the code point that begins at `at`.
inline size_t code_point_size(std::string_view text, size_t at) {
  size_t end = at + 1;
  while (end < text.size() && !begins_code_point(text[end])) ++end;
  return end - at;
}

inline uint32_t decode(std::string_view bytes) {
  const auto first = static_cast<unsigned char>(bytes[0]);
  if (first < 0x80) return first;
  uint32_t code = first & (0xFF >> (bytes.size() + 1));
  for (size_t i = 1; i < bytes.size(); ++i) {
    code = code << 6 | (static_cast<unsigned char>(bytes[i]) & 0x3F);
  }
  return code;
}

/// White space as str.strip() knows it.
constexpr bool is_white_space(uint32_t code) {
  return (code >= 0x09 && code <= 0x0D) || (code >= 0x1C && code <= 0x20) || code == 0x85 ||
         code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
         code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

}  // namespace tharsis::ops

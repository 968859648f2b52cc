#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace tharsis {

/// A string in a column: 16 bytes. Up to 12 bytes of text stand inside, zero-padded; longer text
/// stays where it is, behind a raw pointer, with its first four bytes repeated inside for quick
/// comparison. The owner of the text is the owner of the column.
struct StringRef {
  static constexpr uint32_t kInline = 12;

  uint32_t length = 0;
  char prefix[4] = {};
  union {
    char rest[8] = {};
    const char* pointer;
  };

  StringRef() = default;
  StringRef(const char* data, uint32_t size) : length(size) {
    if (size <= kInline) {
      std::memcpy(prefix, data, size);
    } else {
      std::memcpy(prefix, data, 4);
      pointer = data;
    }
  }
  explicit StringRef(std::string_view text)
      : StringRef(text.data(), static_cast<uint32_t>(text.size())) {}

  bool is_inline() const { return length <= kInline; }
  const char* data() const { return is_inline() ? prefix : pointer; }
  std::string_view view() const { return {data(), length}; }

  friend bool operator==(const StringRef& a, const StringRef& b) {
    uint64_t head_a, head_b;
    std::memcpy(&head_a, &a, 8);
    std::memcpy(&head_b, &b, 8);
    if (head_a != head_b) return false;
    if (a.is_inline()) return std::memcmp(a.rest, b.rest, 8) == 0;
    return a.pointer == b.pointer || std::memcmp(a.pointer, b.pointer, a.length) == 0;
  }
  friend bool operator<(const StringRef& a, const StringRef& b) { return a.view() < b.view(); }
};

static_assert(sizeof(StringRef) == 16);

}  // namespace tharsis

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tharsis/base/string_ref.h"
#include "tharsis/io/text_heap.h"

namespace tharsis::io {

/// Bytes that may be read before and behind every value below.
inline constexpr int64_t kCsvMargin = 64;

/// The texts that stand for a missing value.
class MissingTexts {
 public:
  explicit MissingTexts(std::vector<std::string> texts);

  bool contains(std::string_view text) const {
    return may_begin_[text.empty() ? 0 : static_cast<uint8_t>(text[0])] && is_one(text);
  }
  /// Whether one of them could also be read as a number or as a bool.
  bool ambiguous() const;

 private:
  bool is_one(std::string_view text) const;

  std::vector<std::string> texts_;
  std::array<bool, 256> may_begin_{};  // of the empty text: at 0
};

/// Whole numbers of at most 18 digits, with or without a minus. False for everything else, also
/// where another reader would find a number.
bool parse_int(std::string_view text, int64_t& out);
/// Decimal numbers, rounded correctly. False for everything else, for infinities and for what does
/// not fit.
bool parse_float(std::string_view text, double& out);
/// True, TRUE, true and False, FALSE, false.
bool parse_bool(std::string_view text, uint8_t& out);

/// Text as a column holds it; what is long is copied into `heap`.
StringRef text_ref(std::string_view text, TextHeap& heap);

}  // namespace tharsis::io

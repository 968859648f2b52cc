#pragma once

#include <string_view>

#include "tharsis/base/string_ref.h"
#include "tharsis/ops/elementwise/arguments.h"

namespace tharsis::ops {

/// Text that a function makes: short text stands in the reference, longer text in the arena.
class TextRoom {
 public:
  explicit TextRoom(memory::Arena& arena) : arena_(arena) {}

  /// Room for `size` bytes; `finish` makes them a reference.
  char* begin(int64_t size);
  StringRef finish(int64_t size);
  StringRef copy(std::string_view text);

 private:
  memory::Arena& arena_;
  char* block_ = nullptr;
  int64_t left_ = 0;
  char* text_ = nullptr;
};

/// The texts of all arguments one after the other; missing where one is.
Column concatenated(const DType& out, const Arguments& args);

enum class Comparison : uint8_t { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };

/// One byte, 0 or 1, per row, by the order of code points.
uint8_t* compared_strings(Comparison comparison, const Arguments& args);

}  // namespace tharsis::ops

#pragma once

#include <optional>
#include <string>

#include "tharsis/ops/elementwise/arguments.h"

namespace tharsis::ops {

// Arrow's kernels of text, the only place of this room that knows Arrow: what needs the tables of
// Unicode or regular expressions (RE2). pandas 3 answers with the same kernels.

/// A kernel without options that makes text of text ("utf8_upper") or truth ("utf8_is_alpha").
Column arrow_text(std::string_view kernel, const DType& out, const Arguments& args);

/// A pattern for RE2.
struct ArrowPattern {
  std::string pattern;
  bool ignore_case = false;
};
/// One byte per row: whether the pattern occurs.
uint8_t* arrow_occurs(const ArrowPattern& pattern, const Arguments& args);
/// How often the pattern occurs.
Column arrow_count(const ArrowPattern& pattern, const DType& out, const Arguments& args);
/// Occurrences, at most `limit` of them unless that is negative, become `replacement` (with \1 for
/// groups).
Column arrow_replace(const ArrowPattern& pattern, const std::string& replacement, int64_t limit,
                     const DType& out, const Arguments& args);
/// An Unsupported error that begins with `who` if RE2 does not know the pattern.
void check_arrow_pattern(const ArrowPattern& pattern, std::string_view who);

}  // namespace tharsis::ops

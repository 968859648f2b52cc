#pragma once

#include <string>
#include <string_view>

namespace tharsis::ops {

/// A regular expression in Python's syntax, rewritten so that RE2 finds what Python's `re` finds:
/// \d, \w and \s know Unicode, `$` looks before a last line break, {,n} counts from 0. Lookaround,
/// backreferences and what else RE2 has no form for are Unsupported errors that begin with `who`.
struct Pattern {
  std::string re2;
  bool word_edges = false;  // has \b or \B, which RE2 finds in ASCII text only
  bool line_end = false;    // has `$`: it was rewritten to take a line break in
  bool literal = false;     // has no special character: `text` is all it matches
  std::string text;
};
Pattern read_pattern(std::string_view python, std::string_view who);

/// Python's replacement (\1, \g<1>, \n) in RE2's form.
std::string read_replacement(std::string_view python, std::string_view who);

}  // namespace tharsis::ops

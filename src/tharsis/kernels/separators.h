#pragma once

#include <cstdint>

namespace tharsis::kernels {

/// What stands between the values of delimited text.
struct Separators {
  int64_t count = 0;  // delimiters and line ends, outside of quotes
  int64_t lines = 0;  // line ends alone
  // Somewhere a carriage return has no line end behind it, or there is a quote that is neither
  // around a whole value nor one of two within quotes, or one without a partner: the other members
  // mean nothing.
  bool special = false;
  bool returns = false;    // somewhere a line ends in a carriage return too
  bool doubled = false;    // somewhere within quotes there are two, which mean one
  bool non_ascii = false;  // somewhere there is a byte beyond ASCII
};

/// Writes the positions of `delimiter` and of '\n' in the `n` bytes of `text`, ascending, without
/// those between two quotes (").
/// REQUIRES: n < 2^32; `positions` has room for n + 8; 64 bytes behind the text are readable.
Separators find_separators(const char* text, int64_t n, char delimiter, uint32_t* positions);

}  // namespace tharsis::kernels

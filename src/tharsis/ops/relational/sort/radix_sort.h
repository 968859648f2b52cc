#pragma once

#include <cstdint>

namespace tharsis::ops {

/// A word of a normalised key and the number of its row.
struct WordRow {
  uint64_t word;
  uint32_t row;
};

/// Sorts `pairs[0..n)` by word, equal words by row. `scratch` has room for n pairs.
/// REQUIRES: equal words stand in the order of their rows.
/// Digits of eleven bits, least significant first, over the highest bits that differ; what ties
/// there is refined. Fastest where both arrays fit L2 (32,000 pairs).
void sort_words(WordRow* pairs, WordRow* scratch, int64_t n);

}  // namespace tharsis::ops

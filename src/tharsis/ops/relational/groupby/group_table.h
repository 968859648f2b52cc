#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tharsis/ops/relational/groupby/grown.h"

namespace tharsis::ops {

/// Packed keys to group numbers 0, 1, … in order of first appearance: an array where the keys have
/// few bits, else a table with linear probing. One thread.
class GroupTable {
 public:
  /// The group of each word of `bits` bits. `fresh` gets the rows that made new groups, ascending.
  void groups(const uint64_t* packed, int64_t n, int bits, uint32_t* out,
              std::vector<uint32_t>* fresh);

  /// Words that are known to be new groups, and that nobody will look up.
  void append(const uint64_t* packed, int64_t n) {
    const int64_t before = keys_.size();
    keys_.extend(std::max(before + n, before == 0 ? expected_ : 0));
    keys_.cut(before + n);
    std::copy_n(packed, n, keys_.data() + before);
  }

  /// Makes room for so many groups, where it is known.
  void reserve(int64_t groups) { expected_ = groups; }

  int64_t size() const { return keys_.size(); }
  /// The words of the groups; whoever changes what they mean calls `rebuild`.
  uint64_t* keys() { return keys_.data(); }
  const uint64_t* keys() const { return keys_.data(); }
  void rebuild(int bits);

  int64_t bytes() const { return array_.bytes() + slots_.bytes() + keys_.bytes(); }
  int64_t growth_max(int64_t rows) const;

 private:
  static constexpr int kArrayBits = 22;
  template <bool kExact>
  void probe(const uint64_t* packed, int64_t n, uint32_t* out, std::vector<uint32_t>* fresh);
  void grow(int64_t groups);
  uint32_t add(uint64_t packed, int64_t row, std::vector<uint32_t>* fresh);

  int bits_ = 0;
  int64_t rows_ = 0;  // seen so far
  int64_t expected_ = 0;
  Grown<uint32_t> array_;  // by word: group + 1; empty: the table is used
  Grown<uint64_t>
      slots_;       // upper half of the hash (of the word, where that has 32 bits), group + 1
  int shift_ = 64;  // of a hash, to its slot
  uint64_t mask_ = 0;
  Grown<uint64_t> keys_;
};

}  // namespace tharsis::ops

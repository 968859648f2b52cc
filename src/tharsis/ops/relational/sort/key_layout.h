#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tharsis/base/wire.h"
#include "tharsis/memory/column.h"

namespace tharsis::ops {

/// Bytes of a text that stand in normalised keys: its first ones, or where these are the same in
/// all texts, the first that are not. Longer texts that tie are compared whole.
inline constexpr uint32_t kTextPrefix = 16;

/// What is known of one key over all rows: enough to squeeze it into few bits. Numbers are words
/// whose unsigned order is the order of the values; of text, the bits of its first bytes that are
/// not the same everywhere.
struct KeyRange {
  uint64_t low = ~uint64_t{0};
  uint64_t high = 0;
  std::array<uint64_t, 2> any{};                            // bits that are set somewhere
  std::array<uint64_t, 2> all{~uint64_t{0}, ~uint64_t{0}};  // bits that are set everywhere
  uint32_t shortest = UINT32_MAX;
  uint32_t longest = 0;
  std::string common;  // what all texts begin with, as long as their first bytes do not differ
  bool missing = false;
  bool present = false;

  /// Takes in the rows of `column`.
  void add(const memory::Column& column, int64_t rows);
  void merge(const KeyRange& other);
  /// Bits of the first bytes that differ between texts.
  uint64_t varying(int half) const { return any[half] & ~all[half]; }
};

/// How one key of a sort is read.
struct KeyOrder {
  bool descending = false;
  bool missing_first = false;
};

/// Keys as words that compare like the rows: the order of rows is that of word 0, ties by word 1,
/// and so on. Where a text is longer than its prefix, a level of its own compares it whole.
class KeyLayout {
 public:
  /// REQUIRES: `ranges` covers all rows that are encoded later.
  KeyLayout(std::span<const DType> dtypes, std::span<const KeyOrder> orders,
            std::span<const KeyRange> ranges);

  struct Piece {
    enum Source : uint8_t { kNumber, kMissing, kText, kLength } source = kNumber;
    uint8_t half = 0;   // kText: which eight bytes
    uint8_t drop = 0;   // low bits of the code that belong to the next word
    uint8_t shift = 0;  // of what is left, within the word
    uint32_t key = 0;
  };
  struct Level {
    int64_t text_key = -1;  // set: compares the texts of this key
    std::vector<Piece> pieces;
  };

  const std::vector<Level>& levels() const { return levels_; }
  bool descending(size_t key) const { return orders_[key].descending; }

  /// Words of `level` for the first n rows of the key columns.
  void encode(size_t level, std::span<const memory::Column> keys, int64_t n, uint64_t* words) const;

 private:
  void add_text(uint32_t key);
  void add_fragment(Piece piece, int width);
  void add_piece(const Piece& piece, const memory::Column& column, int64_t n,
                 uint64_t* words) const;

  std::vector<DType> dtypes_;
  std::vector<KeyOrder> orders_;
  std::vector<KeyRange> ranges_;
  std::vector<uint32_t> skips_;                   // bytes that all texts of a key share
  std::vector<std::array<uint64_t, 2>> varying_;  // bits of text that are kept
  std::vector<Level> levels_;
  int room_ = 0;  // bits left in the last word while the layout is made
};

void put_range(WireWriter& out, const KeyRange& range);
KeyRange get_range(WireReader& in);

}  // namespace tharsis::ops

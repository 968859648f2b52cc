#pragma once

#include <memory>
#include <span>
#include <vector>

#include "tharsis/graph/flow.h"
#include "tharsis/ops/relational/groupby/text_table.h"

namespace tharsis::ops {

/// How the keys of one table are packed into a word: a field of bits per key. Its code is 0 for a
/// missing value, else the word of the value less `low`, and one.
struct PackedLayout {
  struct Field {
    uint64_t low = 0;
    uint8_t shift = 0;
    uint8_t width = 0;
  };
  std::vector<Field> fields;
  int bits = 0;

  /// Reads one field of many words.
  struct Reader {
    int shift;
    uint64_t mask;
    uint64_t base;  // a code and this are the word of the value
    uint64_t operator()(uint64_t packed) const { return (packed >> shift) & mask; }
  };
  Reader reader(size_t key) const {
    const Field& field = fields[key];
    return {field.shift, ~uint64_t{0} >> (64 - field.width), field.low - 1};
  }
};

/// Packs tuples of keys into one word each, exactly. Numbers count from the least one seen, text is
/// numbered; a field grows when a value does not fit it, and then the layout is another one.
/// Private to one table: words of two spaces are not comparable. One thread packs; many may decode.
class KeySpace {
 public:
  explicit KeySpace(std::vector<DType> dtypes);

  /// Packs the rows; false where the keys do not fit 64 bits: then nothing is known of them here.
  /// `any_missing` tells whether a key of a row is missing.
  bool pack(std::span<const Column> keys, int64_t rows, memory::Arena& arena, uint64_t* packed,
            bool* any_missing);
  /// The same for words that `other` packed under `layout`; `memo` belongs to the pair of spaces.
  struct Memo {
    std::vector<std::vector<uint32_t>> numbers;  // per key: ours by theirs
  };
  bool pack(const KeySpace& other, const PackedLayout& layout, const uint64_t* from, int64_t rows,
            Memo& memo, memory::Arena& arena, uint64_t* packed);

  /// For a space that many threads translate into: it first takes in all values that other spaces
  /// know, each of which gets a translation.
  struct Translation {
    std::vector<std::vector<uint32_t>> numbers;  // per key: ours by theirs; empty: the same
  };
  void include(const KeySpace& other, Translation& translation);
  /// Makes the layout; false where the keys do not fit 64 bits.
  bool settle() { return fit(); }
  /// Words that an included space packed under `from_layout`, as words of this one. Any thread.
  void translate(const PackedLayout& from_layout, const uint64_t* from, int64_t n,
                 const Translation& translation, uint64_t* packed) const;
  /// All texts of all keys.
  int64_t text_count() const;

  /// That of the last `pack`.
  const Ref<PackedLayout>& layout() const { return layout_; }
  /// Words under `from` become words under `to`, an earlier and a later layout of this space.
  static void repack(const PackedLayout& from, const PackedLayout& to, uint64_t* packed, int64_t n);

  /// Whether a key of the row is missing.
  static bool has_missing(const PackedLayout& layout, uint64_t packed);
  /// Hashes of the tuples by value: equal on all nodes.
  void hashes(const PackedLayout& layout, const uint64_t* packed, int64_t n, uint64_t* out) const;
  /// The values of one key; text refers to this space, which `owner` keeps alive.
  Column column(size_t key, const PackedLayout& layout, const uint64_t* packed, int64_t n,
                const std::shared_ptr<const void>& owner) const;

  /// The texts of a key in the order of their numbers, as a dictionary that refers to this space.
  Ref<Column> dictionary(size_t key, std::shared_ptr<const void> owner) const;
  int64_t dictionary_rows(size_t key) const { return texts_[key]->size(); }
  /// The values of a text key as codes into that.
  Column coded_column(size_t key, const PackedLayout& layout, const uint64_t* packed, int64_t n,
                      const Ref<Column>& dictionary) const;

  const std::vector<DType>& dtypes() const { return dtypes_; }
  int64_t bytes() const;

 private:
  struct Range {
    uint64_t low = ~uint64_t{0};  // of the words seen
    uint64_t high = 0;
    bool any() const { return low <= high; }
    void add(uint64_t word) {
      low = word < low ? word : low;
      high = word > high ? word : high;
    }
  };
  struct Remembered {
    Ref<Column> dictionary;
    std::vector<uint32_t> numbers;
  };
  const uint32_t* number_texts(size_t key, const Column& column, int64_t rows,
                               memory::Arena& arena);
  bool fit();
  bool fits(size_t key) const;

  const std::vector<DType> dtypes_;
  std::vector<Range> ranges_;
  std::vector<std::unique_ptr<TextTable>> texts_;  // per key; null where it is not text
  std::vector<Remembered> remembered_;             // the last dictionary of each key
  Ref<PackedLayout> layout_;
};

}  // namespace tharsis::ops

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "tharsis/graph/op.h"
#include "tharsis/ops/relational/groupby/grown.h"
#include "tharsis/ops/relational/groupby/text_table.h"

namespace tharsis::ops {

/// The code of a key that no row of the build side has.
inline constexpr uint64_t kNoCode = ~uint64_t{0};

/// Words to numbers 0, 1, … in order of first appearance. One thread adds; many may find.
class WordTable {
 public:
  uint32_t number(uint64_t word);
  /// UINT32_MAX if there is none.
  uint32_t find(uint64_t word) const;
  int64_t size() const { return words_.size(); }
  int64_t bytes() const { return slots_.bytes() + words_.bytes(); }

 private:
  void grow();
  Grown<uint32_t> slots_;  // number + 1
  uint64_t mask_ = 0;
  Grown<uint64_t> words_;
};

/// Tuples of keys as one number below `range()`: equal tuples, and only they, have equal codes.
/// Made from the rows of the build side; a tuple that has a value which does not occur there has no
/// code. Numbers count from the least one, text is numbered; where the product of the ranges passes
/// 64 bits, what is packed so far is numbered too. Immutable once made: any thread may encode.
class KeyCoder {
 public:
  /// `fields` of the stored frame `build` are its keys; they are compared as `dtypes`.
  /// With `nulls_equal` a missing key is a value like others, else it has no code.
  KeyCoder(const Value& build, std::span<const int64_t> fields, std::vector<DType> dtypes,
           bool nulls_equal, Driver& driver);

  /// One more than the largest code.
  uint64_t range() const { return range_; }
  int64_t bytes() const;

  /// What a worker remembers between batches: the numbers of the last dictionary of each key.
  struct Memo {
    std::vector<Ref<Column>> dictionaries;
    std::vector<std::vector<uint64_t>> numbers;
  };
  /// The codes of `rows` rows, kNoCode where there is none.
  void encode(std::span<const Column> keys, int64_t rows, Memo& memo, memory::Arena& arena,
              uint64_t* codes) const;

 private:
  struct Key {
    DType dtype;           // as which both sides are compared
    uint64_t low = 0;      // numbers: of the least word
    uint64_t span = 0;     // the largest word less the least
    bool missing = false;  // code 0 is a missing value
    bool empty = true;     // no value at all
    uint64_t radix = 0;
    std::shared_ptr<TextTable> texts;
    std::shared_ptr<WordTable> words;  // numbers that span all of 64 bits are numbered like text
    std::shared_ptr<WordTable> fold;   // numbers what the keys before this one are packed to
  };
  void measure(const Value& build, std::span<const int64_t> fields, Driver& driver);
  void number_values(const Value& build, std::span<const int64_t> fields, memory::Arena& arena);
  static void number_texts(Key& key, const Value& build, int64_t field);
  static void number_words(Key& key, const Value& build, int64_t field, memory::Arena& arena);
  void pack(const Value& build, std::span<const int64_t> fields, memory::Arena& arena);
  bool multiply(Key& key);
  void fold_before(size_t k, const Value& build, std::span<const int64_t> fields,
                   memory::Arena& arena);
  void add_key(size_t k, const Column& column, int64_t rows, Memo& memo, memory::Arena& arena,
               uint64_t* codes) const;
  void encode_first(size_t count, std::span<const Column> keys, int64_t rows, Memo& memo,
                    memory::Arena& arena, uint64_t* codes) const;

  std::vector<Key> keys_;
  const bool nulls_equal_;
  uint64_t range_ = 1;
};

}  // namespace tharsis::ops

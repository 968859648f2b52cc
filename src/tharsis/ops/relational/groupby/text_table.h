#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tharsis/base/string_ref.h"
#include "tharsis/ops/relational/groupby/grown.h"
#include "tharsis/ops/relational/groupby/value_hash.h"

namespace tharsis::ops {

/// Texts by number, in order of first appearance; owns them. One thread adds; many may find.
class TextTable {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  /// The number of `text`, whose hash the caller has.
  uint32_t number(const StringRef& text, uint64_t hash);
  /// The same for many: memory is asked for ahead of its use.
  void numbers(const StringRef* texts, int64_t n, uint32_t* out);
  /// The same without adding it: kNone if there is none.
  uint32_t find(const StringRef& text, uint64_t hash) const;

  const StringRef& text(uint32_t number) const { return texts_[number]; }
  const StringRef* texts() const { return texts_.data(); }
  uint64_t hash(uint32_t number) const { return hashes_[number]; }
  const uint64_t* hashes() const { return hashes_.data(); }
  int64_t size() const { return texts_.size(); }
  int64_t bytes() const {
    return slots_.bytes() + texts_.bytes() + hashes_.bytes() + heap_bytes_ + recent_.capacity() +
           shorts_.bytes();
  }

 private:
  // A text of up to twelve bytes as a StringRef has it, but for the upper three bytes of its
  // length, which are the number and one: found with one look. 0: nothing.
  struct Short {
    uint64_t words[2];
  };
  // A short text that was met lately: found with one look.
  struct Recent {
    uint64_t words[2];
    uint32_t number;
  };
  uint32_t add(const StringRef& text, uint64_t hash, uint64_t at);
  void grow();
  void few_numbers(const StringRef* texts, int64_t n, uint32_t* out);
  void many_numbers(const StringRef* texts, int64_t n, uint32_t* out);
  void short_numbers(const StringRef* block, int64_t n, uint32_t* out);
  void any_numbers(const StringRef* block, int64_t n, uint32_t* out);
  uint32_t number_of_short(const StringRef& text, uint64_t hash);
  void grow_shorts();
  void add_short(uint32_t number);

  Grown<uint64_t> slots_;  // upper half of the hash, number + 1
  uint64_t mask_ = 0;
  Grown<StringRef> texts_;
  Grown<uint64_t> hashes_;
  std::vector<memory::Buffer> heap_;
  int64_t heap_used_ = 0;
  int64_t heap_bytes_ = 0;
  memory::Buffer recent_;  // Recent, by the top bits of the hash
  Grown<Short> shorts_;    // by the hash; the short ones of the first `shorts_of_` texts
  uint64_t shorts_mask_ = 0;
  int64_t shorts_of_ = 0;
};

}  // namespace tharsis::ops

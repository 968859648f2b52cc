#pragma once

#include <memory>
#include <span>
#include <vector>

#include "tharsis/graph/flow.h"
#include "tharsis/ops/relational/groupby/text_table.h"

namespace tharsis::ops {

/// Rows to groups for keys that do not fit one word: a word per key and the bits of missing ones.
/// Groups are numbered in order of first appearance. One thread.
class WideTable {
 public:
  explicit WideTable(std::vector<DType> dtypes);

  /// `fresh` gets the rows that made new groups.
  void groups(std::span<const Column> keys, int64_t rows, memory::Arena& arena, uint32_t* out,
              std::vector<uint32_t>* fresh);

  int64_t size() const { return hashes_.size(); }
  /// Of the groups, by value.
  const uint64_t* hashes() const { return hashes_.data(); }
  bool has_missing(uint32_t group) const { return words_[(group + 1) * width_ - 1] != 0; }
  Column column(size_t key, std::span<const uint32_t> groups,
                const std::shared_ptr<const void>& owner) const;
  int64_t bytes() const;
  int64_t growth_max(int64_t rows) const;

 private:
  struct Coded {
    uint64_t* codes;    // per key and row, row-major by key
    uint64_t* missing;  // a bit per key
    uint64_t* hashes;
  };
  Coded encode(std::span<const Column> keys, int64_t rows, memory::Arena& arena);
  void encode_texts(size_t key, const Column& column, int64_t rows, Coded& coded);
  void grow();

  const std::vector<DType> dtypes_;
  const int64_t width_;           // words of a group: its codes and the missing bits
  std::vector<TextTable> texts_;  // per key; empty where it is not text
  Grown<uint64_t> slots_;         // upper half of the hash, group + 1
  uint64_t mask_ = 0;
  Grown<uint64_t> words_;
  Grown<uint64_t> hashes_;
};

}  // namespace tharsis::ops

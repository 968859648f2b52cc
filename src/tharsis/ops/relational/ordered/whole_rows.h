#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tharsis/graph/op.h"

namespace tharsis::ops {

/// Operators that walk all rows in order see a stored frame in one piece. It is counted while it
/// lives.
class WholeRows {
 public:
  /// REQUIRES: fewer than 2^32 rows.
  WholeRows(const Value& value, memory::Store& store, std::string_view who);

  int64_t rows() const { return batch_.rows; }
  /// Flat; owns its values.
  const Column& column(int64_t field) const { return batch_.columns[field]; }
  memory::Arena& arena() { return arena_; }

  /// The group of each row, by first appearance; KeyTable::kNoGroup for rows of none.
  const uint32_t* groups(std::span<const int64_t> keys, bool dropna);
  /// How many groups there are; after `groups`.
  int64_t group_count() const { return group_count_; }
  /// Rows of group 0 in order, then those of group 1, …; rows of no group are left out.
  /// Answers where each group begins, and the end of the last.
  std::vector<int64_t> by_group(const uint32_t* groups, std::vector<uint32_t>& rows) const;

 private:
  memory::Arena arena_;
  Batch batch_;
  int64_t group_count_ = 1;
};

/// A column of `n` values of `dtype` at `data`, missing where `present` has a zero byte (null: all
/// are there). Owns `data`.
Column made_column(const DType& dtype, memory::Buffer data, const uint8_t* present, int64_t n);

}  // namespace tharsis::ops

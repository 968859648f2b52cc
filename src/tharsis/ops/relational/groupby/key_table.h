#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tharsis/ops/relational/groupby/group_table.h"
#include "tharsis/ops/relational/groupby/key_space.h"
#include "tharsis/ops/relational/groupby/wide_table.h"

namespace tharsis::ops {

/// Rows to groups. A group is a tuple of keys; groups are numbered in order of first appearance.
/// Missing values (cleared bits, NaN in floats of NumPy's flavour) are one key of their own. Keys
/// are packed into one word where they fit. One thread.
class KeyTable {
 public:
  explicit KeyTable(std::vector<DType> dtypes);
  /// Over a space that knows all values that will come, and that others use too: rows come packed.
  explicit KeyTable(std::shared_ptr<KeySpace> settled);

  /// The group of each row; kNoGroup for rows with a missing key when `dropna`. `fresh`, if asked
  /// for, gets the rows that made new groups, ascending.
  static constexpr uint32_t kNoGroup = UINT32_MAX;
  void groups(std::span<const Column> keys, int64_t rows, bool dropna, memory::Arena& arena,
              uint32_t* out, std::vector<uint32_t>* fresh = nullptr);
  /// The same for words that another space packed. No key is dropped.
  void groups(const KeySpace& space, const PackedLayout& layout, const uint64_t* packed,
              int64_t rows, KeySpace::Memo& memo, memory::Arena& arena, uint32_t* out,
              std::vector<uint32_t>* fresh = nullptr);

  /// The same for words of this table's own, settled space.
  void groups(const uint64_t* packed, int64_t rows, uint32_t* out) {
    unasked_.clear();
    table_.groups(packed, rows, layout_->bits, out, &unasked_);
  }
  void reserve(int64_t groups) { table_.reserve(groups); }
  /// Words of the settled space that are known to be new; no groups are looked up any more.
  void append(const uint64_t* packed, int64_t n) { table_.append(packed, n); }

  int64_t size() const { return wide_ != nullptr ? wide_->size() : table_.size(); }
  /// Of groups [begin, end), by value: equal on all nodes.
  void hashes(int64_t begin, int64_t end, uint64_t* out) const;
  /// The keys of groups rows[0], rows[1], …: one column per key, owned by `owner` as far as text
  /// goes.
  Column key_column(size_t key, std::span<const uint32_t> groups,
                    const std::shared_ptr<const void>& owner) const;
  int64_t bytes() const;
  /// Bytes that `rows` more rows can add at most, text aside.
  int64_t growth_max(int64_t rows) const;

  /// Null where the keys do not fit one word.
  const std::shared_ptr<KeySpace>& space() const { return space_; }
  const PackedLayout& layout() const { return *layout_; }
  const uint64_t* packed() const { return table_.keys(); }

 private:
  void go_wide(memory::Arena& arena);
  void follow_layout();

  std::shared_ptr<KeySpace> space_;
  Ref<PackedLayout> layout_;  // of the words in `table_`
  GroupTable table_;
  std::unique_ptr<WideTable> wide_;
  std::vector<uint32_t> unasked_;
};

}  // namespace tharsis::ops

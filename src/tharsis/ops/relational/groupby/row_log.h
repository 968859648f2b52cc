#pragma once

#include <memory>
#include <span>
#include <vector>

#include "tharsis/ops/relational/groupby/key_space.h"

namespace tharsis::ops {

/// Rows by parts of their key's hash: their packed keys, their positions and what is aggregated.
/// Within a part they stand in the order of their arrival.
struct DealtRows {
  std::shared_ptr<KeySpace> space;
  Ref<PackedLayout> layout;
  std::vector<int64_t> begins;         // of each part, and the end
  std::shared_ptr<const Batch> batch;  // packed keys, positions, inputs

  int64_t rows() const { return begins.back(); }
};

/// Rows that are not aggregated when they arrive: where nearly every row makes a group, a table
/// that leaves the cache costs more than to deal the rows to parts that do not. Fixed-width columns
/// only.
class RowLog {
 public:
  explicit RowLog(std::vector<DType> inputs) : inputs_(std::move(inputs)) {}

  /// `packed` are words under the layout of `space`. `at[i]` is added to `order` for row i; null:
  /// i.
  void append(const std::shared_ptr<KeySpace>& space, const uint64_t* packed,
              std::span<const Column> inputs, int64_t rows, int64_t order, const uint32_t* at);
  int64_t rows() const { return rows_; }
  int64_t bytes() const { return static_cast<int64_t>(blocks_.size()) * block_bytes(); }
  int64_t growth_max(int64_t rows) const { return (rows / kBlock + 1) * block_bytes(); }
  /// All rows by the top bits of their key's hash; `parts` is a power of two. The log is empty
  /// then.
  DealtRows deal(uint32_t parts);

 private:
  static constexpr int64_t kBlock = int64_t{1} << 14;
  struct Block {
    Ref<PackedLayout> layout;
    int64_t rows = 0;
    memory::Buffer packed;
    memory::Buffer positions;
    std::vector<memory::Buffer> inputs;
    std::vector<memory::Buffer> present;  // a byte per row; empty: all
  };
  int64_t block_bytes() const;
  Block& block_for(const Ref<PackedLayout>& layout);

  const std::vector<DType> inputs_;
  std::shared_ptr<KeySpace> space_;
  std::vector<Block> blocks_;
  int64_t rows_ = 0;
};

}  // namespace tharsis::ops

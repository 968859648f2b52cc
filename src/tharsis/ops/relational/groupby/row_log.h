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

/// Rows of a log, in the order of their arrival: their packed keys, positions and inputs.
struct LogBlock {
  static constexpr int64_t kRows = int64_t{1} << 14;
  /// Rows from `begin` on, of one split. Row i of them is at position `order` + i - begin, unless
  /// the block tells the positions one by one.
  struct Run {
    int64_t begin = 0;
    int64_t order = 0;
    int64_t next = 0;  // the position behind the last row
  };
  Ref<PackedLayout> layout;
  int64_t rows = 0;
  std::vector<Run> runs;
  memory::Buffer packed;
  memory::Buffer positions;  // int64; empty: the runs tell them
  std::vector<memory::Buffer> inputs;
  std::vector<memory::Buffer> present;  // a byte per row; empty: all
  Ref<memory::Chunk> on_disk;           // then the inputs are there, and no rows are added

  /// Those of all rows.
  void write_positions(int64_t* out) const;
  /// Rows [begin, begin + n) of all inputs. Bits of missing ones stand in scratch; what was on the
  /// disk lives as long as `pin`.
  std::vector<Column> columns(std::span<const DType> types, int64_t begin, int64_t n,
                              memory::Arena& arena, memory::Pin& pin) const;
  int64_t input_bytes() const;
  int64_t bytes() const { return packed.capacity() + positions.capacity() + input_bytes(); }
};

/// Rows that are not aggregated when they arrive: where nearly every row makes a group, a table
/// that leaves the cache costs more than to look at all keys at the end. Fixed-width columns only.
class RowLog {
 public:
  explicit RowLog(std::vector<DType> inputs) : inputs_(std::move(inputs)) {}

  /// `packed` are words under the layout of `space`. `at[i]` is added to `order` for row i; null:
  /// i.
  void append(const std::shared_ptr<KeySpace>& space, const uint64_t* packed,
              std::span<const Column> inputs, int64_t rows, int64_t order, const uint32_t* at);
  int64_t rows() const { return rows_; }
  int64_t bytes() const { return bytes_; }
  int64_t growth_max(int64_t rows) const;
  /// Shares of the rows whose key came before, by a sample of the keys.
  double repeated() const;
  /// Writes out the inputs and keeps the keys; answers whether there were any.
  bool spill_inputs(Worker& worker);
  /// Whether that frees a good part of the log.
  bool inputs_are_worth_it() const;
  /// Whether some inputs were written out.
  bool on_disk() const { return on_disk_; }
  /// The first rows, about `rows_max` of them, by the top bits of their key's hash; `parts` is a
  /// power of two. The log forgets them.
  DealtRows deal(uint32_t parts, int64_t rows_max = INT64_MAX);

  std::vector<LogBlock>& blocks() { return blocks_; }

 private:
  LogBlock& block_for(const Ref<PackedLayout>& layout);
  void append_positions(LogBlock& block, int64_t order, const uint32_t* at, int64_t begin,
                        int64_t n);
  void append_input(LogBlock& block, size_t c, const Column& column, int64_t n);
  void sample(const uint64_t* packed, int64_t rows);
  memory::Buffer counted(int64_t bytes);
  int64_t input_bytes() const;
  void recall(LogBlock& block) const;
  void forget(size_t blocks);

  const std::vector<DType> inputs_;
  std::shared_ptr<KeySpace> space_;
  std::vector<LogBlock> blocks_;
  std::vector<uint64_t> sample_;  // words of the last layout, chosen by what they are
  int64_t rows_ = 0;
  int64_t bytes_ = 0;
  bool on_disk_ = false;
};

}  // namespace tharsis::ops

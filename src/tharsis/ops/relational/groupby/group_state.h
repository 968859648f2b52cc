#pragma once

#include <memory>
#include <vector>

#include "tharsis/graph/op.h"
#include "tharsis/ops/relational/groupby/aggregate.h"
#include "tharsis/ops/relational/groupby/key_table.h"
#include "tharsis/ops/relational/groupby/key_union.h"
#include "tharsis/ops/relational/groupby/row_log.h"

namespace tharsis::ops {

/// A group-by over frames of one type: its keys, and which columns its aggregates read.
struct GroupShape {
  GroupShape(const GroupByAttrs& attrs, const Meta& in);

  GroupByAttrs attrs;
  std::vector<DType> keys;
  std::vector<int64_t> inputs;  // fields that are aggregated, each once
  std::vector<DType> input_types;
  std::vector<int64_t> input_of;  // per aggregate: its place in `inputs`; -1: none
  bool logs = true;               // all inputs have fixed width: rows may be logged
};

/// For tests: tables with so many groups log further rows if the groups are nearly as many as the
/// rows were.
void set_log_from(int64_t groups);

/// Groups and their aggregates, or rows that are yet to be grouped. One thread, until it is closed.
class Groups final : public State {
 public:
  explicit Groups(const GroupShape& shape);
  /// For what tables of the union hold; `expected` rows come.
  Groups(const GroupShape& shape, std::shared_ptr<const KeyUnion> keys, int64_t expected);

  void consume(const Batch& batch, memory::Arena& arena);
  int64_t growth_max(const Batch& batch) const;
  int64_t bytes() const override;

  /// Nothing is consumed any more.
  void close();
  int64_t size() const { return table_->size(); }
  RowLog& log() { return log_; }
  const RowLog& log() const { return log_; }
  const KeyTable& table() const { return *table_; }
  /// Forgets the groups, not the log.
  void clear();

  /// The groups of each part by the top bits of their hash.
  std::vector<std::vector<uint32_t>> by_part(uint32_t parts) const;
  /// Keys and states of some groups as columns.
  Batch write(std::span<const uint32_t> groups);

  /// What `write` wrote.
  void absorb_states(const Batch& batch, memory::Arena& arena);
  void absorb_groups(Groups& other, std::span<const uint32_t> groups, memory::Arena& arena);
  /// Positions of the first rows of the groups; null where nobody asked for them.
  std::vector<int64_t> first_rows(std::span<const uint32_t> groups);
  /// Rows [begin, end) of what a log dealt.
  void absorb_rows(const DealtRows& rows, int64_t begin, int64_t end, KeySpace::Memo& memo,
                   memory::Arena& arena);
  /// Rows as columns: keys, positions, inputs.
  void absorb_rows(const Batch& batch, memory::Arena& arena);

  /// Rows that all make groups of their own: words of the union's space, and what is aggregated.
  void append_rows(const uint64_t* words, std::span<const Column> inputs, GroupedRows rows,
                   memory::Arena& arena);
  /// The same for groups of another table.
  void append_groups(Groups& other, const uint64_t* words, std::span<const uint32_t> groups,
                     memory::Arena& arena);
  /// Rows, and groups of another table, that belong to groups which are there already.
  void add_rows(std::span<const Column> inputs, const GroupedRows& rows) {
    aggregate(inputs, rows);
  }
  void add_groups(Groups& other, std::span<const uint32_t> groups, const uint32_t* ids);

  /// One group of no rows, where there are no keys.
  void add_empty(memory::Arena& arena);

  /// One row per group. The groups stand in the order of their first rows where that was asked for.
  Batch finish(memory::Arena& arena);

 private:
  void aggregate(std::span<const Column> inputs, const GroupedRows& rows);
  void resize();
  /// Calls take(columns behind the keys, groups, rows) for the batch, some rows at a time.
  template <class Take>
  void each_slice(const Batch& batch, memory::Arena& arena, Take take);

  void make_accumulators();
  Column key_column(size_t key, std::span<const uint32_t> groups) const;

  const GroupShape& shape_;
  std::shared_ptr<const KeyUnion> union_;
  std::shared_ptr<KeyTable> table_;
  StateRows states_;
  std::unique_ptr<RowCounts> sizes_;  // null where no aggregate asks
  std::vector<std::unique_ptr<Accumulator>> accumulators_;
  RowLog log_;
  bool logging_ = false;
  int64_t rows_ = 0;
  std::vector<uint32_t> fresh_;
};

}  // namespace tharsis::ops

#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "tharsis/graph/flow.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/groupby/grown.h"
#include "tharsis/ops/relational/groupby/quantile.h"
#include "tharsis/ops/relational/groupby/state_rows.h"

namespace tharsis::ops {

/// The position of a row: its split above these bits, then its place in it.
inline constexpr int kOrderShift = 32;

/// Rows of a batch with their groups. Every row has one.
struct GroupedRows {
  const uint32_t* groups = nullptr;
  int64_t rows = 0;
  int64_t order = 0;                   // position of row 0 among all rows, for first and last
  const uint32_t* at = nullptr;        // row i is at order + at[i]; null: at order + i
  const int64_t* positions = nullptr;  // or this
  std::span<const uint32_t> fresh;     // rows that made new groups
  bool in_order = true;                // behind all rows that came before

  int64_t position(int64_t i) const {
    return positions != nullptr ? positions[i] : order + (at == nullptr ? i : at[i]);
  }
};

/// The running values of one aggregate, one per group. Small ones stand in the StateRows that all
/// aggregates of a table share. One thread.
class Accumulator {
 public:
  virtual ~Accumulator() = default;
  /// Takes slots; called once, before any rows.
  virtual void place(StateRows&) {}
  /// Whether `finish` asks for the number of rows of each group.
  virtual bool asks_sizes() const { return false; }
  /// Makes room for `groups` groups. The shared rows have room already.
  virtual void resize(int64_t) {}
  virtual void update(const Column& column, const GroupedRows& rows, StateRows& states) = 0;
  /// Adds states that `write` wrote: row i to groups[i].
  virtual void merge(std::span<const Column> columns, const uint32_t* groups, int64_t rows,
                     StateRows& states) = 0;
  /// The states of the chosen groups as columns, which may refer to this object.
  virtual void write(std::span<const uint32_t> groups, StateRows& states,
                     std::vector<Column>& out) = 0;
  /// No rows come any more: `write` and `absorb` from here may be asked by several threads.
  virtual void close() {}
  /// Adds groups `theirs[i]` of `other`, an accumulator of the same kind in memory, to `ours[i]`.
  virtual void absorb(Accumulator& other, StateRows& other_states, std::span<const uint32_t> theirs,
                      const uint32_t* ours, StateRows& states);
  /// The answers of groups 0 … groups - 1.
  virtual Column finish(int64_t groups, StateRows& states, const int64_t* sizes) = 0;
  /// Without the shared rows.
  virtual int64_t bytes() const { return 0; }
  virtual int64_t growth_max(const Column& column, int64_t rows) const;
  /// How many columns `write` writes.
  virtual size_t width() const = 0;
};

/// The type of the answer; an error in the words of the user where the function has no meaning.
DType aggregate_type(const Aggregate& aggregate, const DType& in);
std::unique_ptr<Accumulator> make_accumulator(const Aggregate& aggregate, const DType& in);

/// The number of rows of each group.
class RowCounts final : public Accumulator {
 public:
  void place(StateRows& states) override { slot_ = states.add(int64_t{0}); }
  void update(const Column& column, const GroupedRows& rows, StateRows& states) override;
  void merge(std::span<const Column> columns, const uint32_t* groups, int64_t rows,
             StateRows& states) override;
  void write(std::span<const uint32_t> groups, StateRows& states,
             std::vector<Column>& out) override;
  void absorb(Accumulator& other, StateRows& other_states, std::span<const uint32_t> theirs,
              const uint32_t* ours, StateRows& states) override;
  Column finish(int64_t groups, StateRows& states, const int64_t* sizes) override;
  size_t width() const override { return 1; }
  /// All counts, one after the other.
  void copy(int64_t groups, StateRows& states, int64_t* out) const;

 private:
  int64_t slot_ = 0;
};

std::unique_ptr<Accumulator> make_count();
std::unique_ptr<Accumulator> make_size();
std::unique_ptr<Accumulator> make_sum(DType in, DType out, bool mean, int64_t min_count);
std::unique_ptr<Accumulator> make_extreme(DType dtype, bool least);
std::unique_ptr<Accumulator> make_choice(DType dtype, bool last, bool missing_too);
std::unique_ptr<Accumulator> make_position(bool last);
std::unique_ptr<Accumulator> make_product(DType out, int64_t min_count);
enum class Spread : uint8_t { kVar, kStd, kSem };
std::unique_ptr<Accumulator> make_moments(DType out, Spread spread, int64_t ddof);
std::unique_ptr<Accumulator> make_quantile(DType in, DType out, const Quantile& quantile);
std::unique_ptr<Accumulator> make_distinct(DType in);
std::unique_ptr<Accumulator> make_truth(bool any);

}  // namespace tharsis::ops

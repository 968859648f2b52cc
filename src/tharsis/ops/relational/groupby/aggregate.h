#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "tharsis/graph/flow.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/groupby/key_table.h"

namespace tharsis::ops {

/// The running values of one aggregate, one per group. One thread.
class Accumulator {
 public:
  virtual ~Accumulator() = default;
  /// Makes room for `groups` groups.
  virtual void resize(int64_t groups) = 0;
  /// Adds row i of `column` to groups[i]; rows without a group are skipped. `order` is the position
  /// of row 0 among all rows, for first and last.
  virtual void update(const Column& column, const uint32_t* groups, int64_t rows,
                      int64_t order) = 0;
  /// Adds states that `states` wrote: row i to groups[i].
  virtual void merge(std::span<const Column> states, const uint32_t* groups, int64_t rows) = 0;
  /// The states of the chosen groups as columns, which refer to text of this object.
  virtual void states(std::span<const uint32_t> groups, std::vector<Column>& out) = 0;
  /// The answers of groups 0, 1, …
  virtual Column finish(int64_t groups) = 0;
  virtual int64_t bytes() const = 0;
  virtual int64_t growth_max(int64_t rows) const = 0;
  /// How many columns `states` writes.
  virtual size_t width() const = 0;
};

/// The type of the answer; an error in the words of the user where the function has no meaning.
DType aggregate_type(const Aggregate& aggregate, const DType& in);
std::unique_ptr<Accumulator> make_accumulator(const Aggregate& aggregate, const DType& in);

}  // namespace tharsis::ops

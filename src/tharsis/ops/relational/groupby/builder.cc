#include "tharsis/ops/relational/groupby/builder.h"
#include "tharsis/base/error.h"
#include "tharsis/graph/op.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/table.h"

namespace tharsis::ops {

// The order of groups is made by a sort of the result: by the keys, or by where they first stood.
// Whoever does not look at the order lets the sort be dropped (rule `order`).
Expr ordered_groups(const Expr& frame, GroupByAttrs attrs) {
  const size_t keys = attrs.keys.size();
  if (keys == 0) return call(group_by_op(), std::move(attrs), {frame});
  SortAttrs sort_attrs;
  if (attrs.sort) {
    for (size_t k = 0; k < keys; ++k) {
      sort_attrs.keys.push_back(static_cast<int64_t>(k));
      sort_attrs.descending.push_back(0);
    }
    return sort(call(group_by_op(), std::move(attrs), {frame}), std::move(sort_attrs));
  }
  // Sorted by a hidden aggregate: the position of the first row of the group.
  Aggregate first;
  first.function = "first_row";
  attrs.aggregates.push_back(first);
  const Expr grouped = call(group_by_op(), std::move(attrs), {frame});
  const Meta& meta = grouped.meta();
  const auto width = static_cast<int64_t>(meta.num_fields());
  sort_attrs.keys = {width - 1};
  sort_attrs.descending = {0};
  ProjectAttrs drop;
  for (int64_t i = 0; i + 1 < width; ++i) {
    drop.from.push_back(i);
    drop.labels.push_back(meta.field(i).label);
  }
  drop.index_levels = meta.index_levels;
  return project(sort(grouped, std::move(sort_attrs)), std::move(drop));
}

}  // namespace tharsis::ops

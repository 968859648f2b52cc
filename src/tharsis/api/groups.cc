#include "tharsis/api/frame.h"
#include "tharsis/base/error.h"
#include "tharsis/ops/relational.h"

namespace tharsis::api {
namespace {

// The frame with the series among the keys as further columns; answers the field of each key.
Expr with_keys(const Expr& frame, const std::vector<KeySpec>& keys, std::vector<int64_t>* fields) {
  const Meta& meta = frame.meta();
  std::vector<Expr> parts{frame};
  auto width = static_cast<int64_t>(meta.num_fields());
  for (const KeySpec& key : keys) {
    if (key.series) {
      parts.push_back(aligned_with(frame, key.series));
      fields->push_back(width++);
      continue;
    }
    std::optional<size_t> field;
    if (const auto data = find_data(meta, key.label)) field = meta.index_levels + *data;
    for (size_t level = 0; !field && level < meta.index_levels; ++level) {
      if (same_label(meta.field(level).label, key.label)) field = level;
    }
    if (!field) require_data(meta, key.label, "groupby");
    fields->push_back(static_cast<int64_t>(*field));
  }
  return ops::zip(std::move(parts));
}

}  // namespace

Expr group_by(const Expr& frame, const std::vector<KeySpec>& keys,
              const std::vector<AggregateSpec>& aggregates, GroupOptions options) {
  const Meta& meta = frame.meta();
  ops::GroupByAttrs attrs;
  attrs.sort = options.sort;
  attrs.dropna = options.dropna;
  const Expr input = with_keys(frame, keys, &attrs.keys);
  for (const AggregateSpec& spec : aggregates) {
    ops::Aggregate aggregate;
    aggregate.function = spec.function;
    aggregate.ddof = spec.ddof;
    aggregate.min_count = spec.min_count;
    aggregate.label = spec.label;
    if (spec.function != "size") {
      aggregate.field =
          static_cast<int64_t>(meta.index_levels + require_data(meta, spec.column, "groupby"));
    }
    attrs.aggregates.push_back(std::move(aggregate));
  }
  Expr grouped = ops::group_by(input, std::move(attrs));
  if (!options.as_index) return reset_index(grouped);
  return options.series
             ? to_series(grouped, grouped.meta().field(grouped.meta().num_fields() - 1).label)
             : grouped;
}

Expr reduce(const Expr& frame, const std::string& function, int64_t ddof, int64_t min_count) {
  const Meta& meta = frame.meta();
  ops::GroupByAttrs attrs;
  for (size_t i = meta.index_levels; i < meta.num_fields(); ++i) {
    ops::Aggregate aggregate;
    aggregate.function = function;
    aggregate.field = function == "size" ? -1 : static_cast<int64_t>(i);
    aggregate.ddof = ddof;
    aggregate.min_count = min_count;
    aggregate.label = meta.field(i).label;
    attrs.aggregates.push_back(std::move(aggregate));
  }
  return ops::group_by(frame, std::move(attrs));
}

}  // namespace tharsis::api

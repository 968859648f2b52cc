#include "tharsis/api/frame.h"
#include "tharsis/api/group_keys.h"
#include "tharsis/base/error.h"
#include "tharsis/ops/relational.h"

namespace tharsis::api {

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
  return parts.size() == 1 ? frame : ops::zip(std::move(parts));
}

namespace {

ops::Aggregate aggregate_of(const Meta& meta, const AggregateSpec& spec) {
  ops::Aggregate out;
  out.function = spec.function;
  out.ddof = spec.ddof;
  out.min_count = spec.min_count;
  out.label = spec.label;
  out.quantile = spec.quantile;
  out.interpolation = spec.interpolation;
  if (spec.function != "size") {
    const size_t place = spec.position >= 0 ? static_cast<size_t>(spec.position)
                                            : require_data(meta, spec.column, "groupby");
    out.field = static_cast<int64_t>(meta.index_levels + place);
  }
  return out;
}

}  // namespace

Expr group_by(const Expr& frame, const std::vector<KeySpec>& keys,
              const std::vector<AggregateSpec>& aggregates, GroupOptions options) {
  const Meta& meta = frame.meta();
  ops::GroupByAttrs attrs;
  attrs.sort = options.sort;
  attrs.dropna = options.dropna;
  const Expr input = with_keys(frame, keys, &attrs.keys);
  for (const AggregateSpec& spec : aggregates) attrs.aggregates.push_back(aggregate_of(meta, spec));
  Expr grouped = ops::group_by(input, std::move(attrs));
  if (!options.as_index) return reset_index(grouped);
  return options.series
             ? to_series(grouped, grouped.meta().field(grouped.meta().num_fields() - 1).label)
             : grouped;
}

Expr reduce_many(const Expr& frame, const std::vector<AggregateSpec>& aggregates) {
  ops::GroupByAttrs attrs;
  for (const AggregateSpec& spec : aggregates)
    attrs.aggregates.push_back(aggregate_of(frame.meta(), spec));
  return ops::group_by(frame, std::move(attrs));
}

Expr reduce(const Expr& frame, const std::string& function, int64_t ddof, int64_t min_count) {
  const Meta& meta = frame.meta();
  std::vector<AggregateSpec> all;
  for (size_t i = 0; i < meta.num_data(); ++i) {
    AggregateSpec spec;
    spec.function = function;
    spec.label = meta.field(meta.index_levels + i).label;
    spec.ddof = ddof;
    spec.min_count = min_count;
    spec.position = static_cast<int64_t>(i);
    all.push_back(std::move(spec));
  }
  return reduce_many(frame, all);
}

}  // namespace tharsis::api

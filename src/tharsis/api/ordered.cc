#include "tharsis/api/frame.h"
#include "tharsis/api/group_keys.h"
#include "tharsis/api/merge_output.h"
#include "tharsis/base/error.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/window.h"

namespace tharsis::api {
namespace {

std::vector<int64_t> fields_of(const Meta& meta, const std::optional<std::vector<Label>>& columns,
                               std::string_view who) {
  std::vector<int64_t> out;
  if (columns) {
    for (const Label& label : *columns)
      out.push_back(static_cast<int64_t>(meta.index_levels + require_data(meta, label, who)));
    return out;
  }
  for (size_t i = meta.index_levels; i < meta.num_fields(); ++i)
    out.push_back(static_cast<int64_t>(i));
  return out;
}

// A series stays one.
Expr shown_as(const Expr& out, const Meta& like) {
  return like.series ? to_series(out, out.meta().field(out.meta().index_levels).label) : out;
}

// The index of `frame` beside the data of `other`, which has its rows in its order.
Expr beside_index(const Expr& frame, const Expr& other) {
  const Meta& meta = frame.meta();
  ops::ProjectAttrs index;
  for (int64_t i = 0; i < meta.index_levels; ++i) {
    index.from.push_back(i);
    index.labels.push_back(meta.field(static_cast<size_t>(i)).label);
  }
  index.index_levels = meta.index_levels;
  // A frame without fields has no rows of its own: one column holds them.
  const bool bare = index.from.empty();
  if (bare) {
    index.from.push_back(0);
    index.labels.emplace_back();
  }
  const Expr both = ops::zip({ops::project(frame, std::move(index)), ops::rebase(other, meta)});
  if (!bare) return both;
  ops::ProjectAttrs rest;
  for (size_t i = 1; i < both.meta().num_fields(); ++i) {
    rest.from.push_back(static_cast<int64_t>(i));
    rest.labels.push_back(both.meta().field(i).label);
  }
  return ops::project(both, std::move(rest));
}

// Columns of `table` looked up by its index for every row of `input`, by the key fields.
Expr looked_up(engine::Session& session, const Expr& frame, const Expr& input,
               const std::vector<int64_t>& keys, const Expr& table, bool dropna) {
  ops::JoinAttrs attrs;
  const bool gaps = dropna && any_missing(session, input, keys);
  attrs.how = gaps ? ops::JoinHow::kLeft : ops::JoinHow::kInner;
  attrs.left_keys = keys;
  const Meta& meta = table.meta();
  for (int64_t i = 0; i < meta.index_levels; ++i) attrs.right_keys.push_back(i);
  for (size_t i = meta.index_levels; i < meta.num_fields(); ++i) {
    attrs.right.push_back(static_cast<int64_t>(i));
    attrs.labels.push_back(meta.field(i).label);
  }
  return beside_index(frame, ops::join(input, table, std::move(attrs)));
}

}  // namespace

bool any_missing(engine::Session& session, const Expr& frame, const std::vector<int64_t>& fields) {
  std::vector<AggregateSpec> counts;
  std::vector<Expr> parts;
  for (const int64_t field : fields) {
    const DType& dtype = frame.meta().field(static_cast<size_t>(field)).dtype;
    const bool whole = dtype.is_integer() || dtype.is_bool();
    if (whole && dtype.flavour == Flavour::kNumpy && !dtype.is_bool()) continue;
    parts.push_back(ops::compute("isna", {field_series(frame, field)}));
  }
  if (parts.empty()) return false;
  settle(session, {frame});
  const Expr found = reduce(ops::zip(std::move(parts)), "any", 0, 0);
  for (size_t i = 0; i < found.meta().num_fields(); ++i) {
    if (values(session, column_at(found, static_cast<int64_t>(i)))[0].as_int() != 0) return true;
  }
  return false;
}

Expr positions(const Expr& frame) {
  check(frame.meta().num_fields() > 0, "positions: a frame without fields");
  ops::ProjectAttrs plain;
  plain.from = {0};
  plain.labels = {Label()};
  plain.keep_labels = false;
  return field_series(ops::row_labels(ops::project(frame, std::move(plain))), 0);
}

Expr take(const Expr& frame, const Expr& at) {
  const Meta& meta = frame.meta();
  return shown_as(ops::take(labelled(frame), at), meta);
}

Expr running(engine::Session& session, const Expr& frame, RunningOptions options) {
  ops::RunningAttrs attrs;
  const Expr input = with_keys(frame, options.keys, &attrs.keys);
  attrs.function = options.function;
  const bool counts = options.function == "count";
  if (!counts) attrs.columns = fields_of(frame.meta(), options.columns, "cum" + options.function);
  attrs.backwards = options.backwards;
  attrs.dropna = options.dropna;
  attrs.gaps = options.dropna && any_missing(session, input, attrs.keys);
  const Expr out = ops::running(input, std::move(attrs));
  return counts ? to_series(out, Label()) : shown_as(out, frame.meta());
}

Expr shift(const Expr& frame, ShiftOptions options) {
  ops::ShiftAttrs attrs;
  const Expr input = with_keys(frame, options.keys, &attrs.keys);
  attrs.columns = fields_of(frame.meta(), options.columns, "shift");
  attrs.periods = options.periods;
  attrs.dropna = options.dropna;
  if (options.fill) attrs.fill = *options.fill;
  return shown_as(ops::shift(input, std::move(attrs)), frame.meta());
}

Expr rank(const Expr& frame, RankOptions options) {
  ops::RankAttrs attrs;
  const Expr input = with_keys(frame, options.keys, &attrs.keys);
  attrs.columns = fields_of(frame.meta(), options.columns, "rank");
  attrs.method = options.method;
  attrs.missing = options.missing;
  attrs.ascending = options.ascending;
  attrs.percent = options.percent;
  attrs.dropna = options.dropna;
  return shown_as(ops::rank(input, std::move(attrs)), frame.meta());
}

Expr duplicated(const Expr& frame, const std::vector<Label>& subset, const std::string& keep) {
  const Meta& meta = frame.meta();
  require(keep == "first" || keep == "last" || keep == "none", ErrorCode::kInvalidArgument,
          "duplicated: keep must be either \"first\", \"last\" or False");
  ops::RunningAttrs attrs;
  attrs.function = "count";
  attrs.keys = fields_of(meta, subset.empty() ? std::nullopt : std::optional(subset), "duplicated");
  attrs.dropna = false;
  const auto repeated = [&](bool from_the_end) {
    attrs.backwards = from_the_end;
    const Expr count = to_series(ops::running(frame, attrs), Label());
    return binary("greater", count, Scalar{TypeId::kInt64, int64_t{0}});
  };
  const Expr out = keep == "first"  ? repeated(false)
                   : keep == "last" ? repeated(true)
                                    : binary("logical_or", repeated(false), repeated(true));
  return meta.series ? to_series(out, meta.field(meta.num_fields() - 1).label) : out;
}

Expr transform(engine::Session& session, const Expr& frame, const std::vector<KeySpec>& keys,
               const std::vector<AggregateSpec>& aggregates, bool dropna) {
  std::vector<int64_t> fields;
  const Expr input = with_keys(frame, keys, &fields);
  GroupOptions options;
  options.sort = false;
  options.dropna = dropna;
  const Expr table = group_by(frame, keys, aggregates, options);
  return looked_up(session, frame, input, fields, table, dropna);
}

Expr group_number(engine::Session& session, const Expr& frame, const std::vector<KeySpec>& keys,
                  bool sort, bool dropna) {
  std::vector<int64_t> fields;
  const Expr input = with_keys(frame, keys, &fields);
  GroupOptions options;
  options.sort = sort;
  options.dropna = dropna;
  // The keys as columns, behind them the number of their row.
  const Expr groups = ops::row_labels(reset_index(group_by(frame, keys, {}, options)));
  ops::ProjectAttrs numbered;
  for (size_t i = 1; i < groups.meta().num_fields(); ++i)
    numbered.from.push_back(static_cast<int64_t>(i));
  numbered.index_levels = static_cast<int64_t>(numbered.from.size());
  numbered.from.push_back(0);
  numbered.labels.resize(numbered.from.size());
  const Expr out =
      looked_up(session, frame, input, fields, ops::project(groups, std::move(numbered)), dropna);
  return to_series(out, Label());
}

}  // namespace tharsis::api

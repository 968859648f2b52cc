#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/graph/op.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/join/probe.h"
#include "tharsis/ops/relational/table.h"
#include "tharsis/types/promote.h"

namespace tharsis::ops {
namespace {

std::vector<DType> key_types(const JoinAttrs& attrs, const Meta& left, const Meta& right) {
  std::vector<DType> out;
  for (size_t k = 0; k < attrs.left_keys.size(); ++k) {
    const Field& a = left.field(attrs.left_keys[k]);
    const Field& b = right.field(attrs.right_keys[k]);
    const auto both = a.dtype == b.dtype ? a.dtype : promoted(a.dtype, b.dtype);
    require(both.has_value() && (!a.dtype.is_time() || a.dtype.unit == b.dtype.unit),
            ErrorCode::kDType,
            "join: the keys {} ({}) and {} ({}) cannot be compared; cast one of them",
            label_text(a.label), a.dtype.name(), label_text(b.label), b.dtype.name());
    out.push_back(*both);
  }
  return out;
}

// A join runs as a table over one side, which is stored, and a step that the other side flows
// through: its order is kept. Here the left side flows.
Expr probed(const Expr& left, const Expr& right, ProbeAttrs attrs) {
  JoinTableAttrs table;
  table.keys = attrs.join.right_keys;
  table.dtypes = key_types(attrs.join, left.meta(), right.meta());
  table.nulls_equal = attrs.join.nulls_equal;
  std::vector<Expr> inputs{left, call(join_table_op(), std::move(table), {right})};
  if (!attrs.join.right.empty()) inputs.push_back(right);
  return call(join_probe_op(), std::move(attrs), std::move(inputs));
}

// The same join with its sides exchanged; the output stays as it is.
JoinAttrs exchanged(const JoinAttrs& attrs) {
  JoinAttrs out = attrs;
  std::swap(out.left_keys, out.right_keys);
  std::swap(out.left, out.right);
  const auto lefts = static_cast<int64_t>(attrs.left.size());
  const auto rights = static_cast<int64_t>(attrs.right.size());
  std::rotate(out.labels.begin(), out.labels.begin() + lefts, out.labels.end());
  if (out.order.empty()) {
    for (int64_t i = 0; i < lefts + rights; ++i) out.order.push_back(i);
  }
  for (int64_t& i : out.order) i = i < lefts ? i + rights : i - lefts;
  return out;
}

// `attrs` with the left keys as further fields at the end.
JoinAttrs with_keys(JoinAttrs attrs) {
  const auto lefts = static_cast<int64_t>(attrs.left.size());
  const auto rights = static_cast<int64_t>(attrs.right.size());
  const auto keys = static_cast<int64_t>(attrs.left_keys.size());
  if (attrs.order.empty()) {
    for (int64_t i = 0; i < lefts + rights; ++i) attrs.order.push_back(i);
  }
  for (int64_t& i : attrs.order) i = i < lefts ? i : i + keys;
  for (int64_t k = 0; k < keys; ++k) {
    attrs.left.push_back(attrs.left_keys[k]);
    attrs.labels.insert(attrs.labels.begin() + lefts, Label());
    attrs.order.push_back(lefts + k);
  }
  return attrs;
}

// Outer: the left join, below it the right rows without a partner, sorted by key as pandas does.
Expr outer(const JoinAttrs& attrs, const Expr& left, const Expr& right) {
  ProbeAttrs lefts{with_keys(attrs), true};
  lefts.join.how = JoinHow::kLeft;
  ProbeAttrs rights{with_keys(exchanged(attrs)), true};
  rights.join.how = JoinHow::kAnti;
  lefts.join.index_levels = rights.join.index_levels = 0;
  const Expr all =
      concat_rows({probed(left, right, std::move(lefts)), probed(right, left, std::move(rights))});
  const auto width = static_cast<int64_t>(attrs.labels.size());
  SortAttrs by_key;
  for (size_t k = 0; k < attrs.left_keys.size(); ++k) {
    by_key.keys.push_back(width + static_cast<int64_t>(k));
    by_key.descending.push_back(0);
  }
  by_key.ignore_index = true;
  ProjectAttrs out;
  out.index_levels = attrs.index_levels;
  const Expr sorted = sort(all, std::move(by_key));
  for (int64_t i = 0; i < width; ++i) {
    out.from.push_back(i);
    out.labels.push_back(sorted.meta().field(i).label);
  }
  return project(sorted, std::move(out));
}

class Join final : public OpOf<JoinAttrs> {
 public:
  std::string_view name() const override { return "join"; }
  Traits traits(const Call& call) const override {
    Traits out{.way = Traits::kBreaker};
    if (of(call).how == JoinHow::kOuter) {
      out.order = Traits::kDefines;
      out.asks_order = true;  // of rows of one key
    }
    return out;
  }

  std::vector<Meta> infer(const Call& call) const override {
    const JoinAttrs& attrs = of(call);
    require(attrs.left_keys.size() == attrs.right_keys.size(), ErrorCode::kInvalidArgument,
            "join: {} keys on the left, but {} on the right", attrs.left_keys.size(),
            attrs.right_keys.size());
    const bool mark = attrs.how == JoinHow::kMark;
    check(attrs.labels.size() == attrs.left.size() + attrs.right.size() + (mark ? 1 : 0),
          "join: one label per field of the output");
    check(!mark || attrs.right.empty(), "join: a mark has no columns of the right side");
    key_types(attrs, *call.in[0], *call.in[1]);
    const JoinHow how = attrs.how;
    return {join_meta(attrs, *call.in[0], *call.in[1],
                      how == JoinHow::kRight || how == JoinHow::kOuter,
                      how == JoinHow::kLeft || how == JoinHow::kOuter || how == JoinHow::kAnti)};
  }

  std::vector<Fieldset> demand_fields(const Call& call, const Fieldset& needed) const override {
    const JoinAttrs& attrs = of(call);
    Fieldset left(call.in[0]->num_fields(), false), right(call.in[1]->num_fields(), false);
    for (const int64_t key : attrs.left_keys) left[key] = true;
    for (const int64_t key : attrs.right_keys) right[key] = true;
    const std::vector<JoinField> fields = join_fields(attrs);
    for (size_t i = 0; i < fields.size(); ++i) {
      if (needed[i]) (fields[i].left ? left : right)[fields[i].field] = true;
    }
    return {left, right};
  }

  Narrowed narrow(const Call& call, const Fieldset& needed,
                  std::span<const std::vector<uint32_t>> inputs) const override {
    JoinAttrs attrs = of(call);
    const std::vector<JoinField> fields = join_fields(attrs);
    Narrowed result;
    for (int64_t& key : attrs.left_keys) key = new_position(inputs[0], key);
    for (int64_t& key : attrs.right_keys) key = new_position(inputs[1], key);
    attrs.left.clear();
    attrs.right.clear();
    attrs.order.clear();
    attrs.index_levels = 0;
    std::vector<Label> left_labels, right_labels;
    std::vector<std::pair<bool, int64_t>> places;
    for (uint32_t i = 0; i < fields.size(); ++i) {
      if (!needed[i]) continue;
      result.kept.push_back(i);
      attrs.index_levels += i < of(call).index_levels;
      auto& list = fields[i].left ? attrs.left : attrs.right;
      places.emplace_back(fields[i].left, static_cast<int64_t>(list.size()));
      list.push_back(new_position(inputs[fields[i].left ? 0 : 1], fields[i].field));
      (fields[i].left ? left_labels : right_labels).push_back(fields[i].label);
    }
    if (attrs.how == JoinHow::kMark) {
      right_labels.push_back(attrs.labels.back());
      result.kept.push_back(static_cast<uint32_t>(fields.size()));
    }
    for (const auto& [left, place] : places)
      attrs.order.push_back(left ? place : place + static_cast<int64_t>(attrs.left.size()));
    attrs.labels = std::move(left_labels);
    attrs.labels.insert(attrs.labels.end(), right_labels.begin(), right_labels.end());
    result.attrs = std::move(attrs);
    return result;
  }

  Lowered lower(const Call& call, std::span<const Expr> inputs, const Facts&) const override {
    const JoinAttrs& attrs = of(call);
    if (attrs.how == JoinHow::kOuter) return std::vector<Expr>{outer(attrs, inputs[0], inputs[1])};
    if (attrs.how == JoinHow::kRight) {
      ProbeAttrs probe{exchanged(attrs)};
      probe.join.how = JoinHow::kLeft;
      return std::vector<Expr>{probed(inputs[1], inputs[0], std::move(probe))};
    }
    return std::vector<Expr>{probed(inputs[0], inputs[1], ProbeAttrs{attrs})};
  }
};

}  // namespace

const Op& join_op() {
  static const Join op;
  return op;
}

Expr join(const Expr& left, const Expr& right, JoinAttrs attrs) {
  return join_op().build(std::move(attrs), {left, right});
}

}  // namespace tharsis::ops

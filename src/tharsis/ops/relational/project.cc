#include "tharsis/base/error.h"
#include "tharsis/graph/op.h"
#include "tharsis/memory/value.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/table.h"

namespace tharsis::ops {
namespace {

// Whether it shows the fields that are left of `in` as they are.
bool changes_nothing(const ProjectAttrs& attrs, const Meta& in, std::span<const uint32_t> left) {
  if (attrs.from.size() != left.size() || !attrs.labels.empty()) return false;
  if (attrs.series || in.series || !attrs.keep_labels) return false;
  const Label none;
  if (!same_label(attrs.columns_name, none) || !same_label(in.columns_name, none)) return false;
  int64_t levels = 0;
  for (size_t i = 0; i < left.size(); ++i) {
    if (attrs.from[i] != static_cast<int64_t>(i)) return false;
    levels += left[i] < in.index_levels;
  }
  return levels == attrs.index_levels;
}

class Project final : public OpOf<ProjectAttrs> {
 public:
  std::string_view name() const override { return "project"; }
  Traits traits(const Call&) const override { return {.way = Traits::kView}; }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& in = *call.in[0];
    const ProjectAttrs& attrs = of(call);
    const bool same = attrs.labels.empty();
    check(same || attrs.labels.size() == attrs.from.size(), "project: one label per field");
    Schema schema;
    schema.reserve(attrs.from.size());
    for (size_t i = 0; i < attrs.from.size(); ++i) {
      const Field& field = in.field(attrs.from[i]);
      schema.emplace_back(same ? field.label : attrs.labels[i], field.dtype);
    }
    Meta out = frame_meta(std::move(schema), static_cast<uint16_t>(attrs.index_levels), in.rows(),
                          in.row_space);
    out.series = attrs.series;
    if (attrs.keep_labels) out.labels = in.labels;
    out.columns_name = attrs.columns_name;
    return {out};
  }

  std::vector<Fieldset> demand_fields(const Call& call, const Fieldset& needed) const override {
    Fieldset in(call.in[0]->num_fields(), false);
    for (size_t i = 0; i < needed.size(); ++i) {
      if (needed[i]) in[of(call).from[i]] = true;
    }
    return {in};
  }

  Narrowed narrow(const Call& call, const Fieldset& needed,
                  std::span<const std::vector<uint32_t>> inputs) const override {
    const ProjectAttrs& attrs = of(call);
    ProjectAttrs out = attrs;
    out.from.clear();
    out.labels.clear();
    out.index_levels = 0;
    Narrowed result;
    for (uint32_t i = 0; i < needed.size(); ++i) {
      if (!needed[i]) continue;
      result.kept.push_back(i);
      out.from.push_back(new_position(inputs[0], attrs.from[i]));
      if (!attrs.labels.empty()) out.labels.push_back(attrs.labels[i]);
      out.index_levels += i < attrs.index_levels;
    }
    if (changes_nothing(out, *call.in[0], inputs[0])) result.pass = 0;
    result.attrs = std::move(out);
    return result;
  }

  // Rows on the disk are not read only to leave fields out.
  Lowered lower(const Call& call, std::span<const Expr> inputs, const Facts& facts) const override {
    const Ref<Value> value = facts.stored(inputs[0]);
    if (value == nullptr || !value->on_disk()) return {};
    return std::vector<Expr>{
        stored_leaf(memory::view_of(*value, of(call).from, std::move(infer(call)[0])))};
  }

  std::vector<uint32_t> emit(const Call& call, std::span<const std::vector<uint32_t>> in,
                             Program&) const override {
    std::vector<uint32_t> out;
    for (const int64_t from : of(call).from) out.push_back(in[0][from]);
    return out;
  }
};

}  // namespace

const Op& project_op() {
  static const Project op;
  return op;
}

// One way to say that nothing is renamed.
Expr project(const Expr& frame, ProjectAttrs attrs) {
  const Meta& in = frame.meta();
  bool same = attrs.labels.size() == attrs.from.size();
  for (size_t i = 0; same && i < attrs.from.size(); ++i)
    same = same_label(attrs.labels[i], in.field(attrs.from[i]).label);
  if (same) attrs.labels.clear();
  return call(project_op(), std::move(attrs), {frame});
}

}  // namespace tharsis::ops

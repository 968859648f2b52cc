#include "tharsis/base/error.h"
#include "tharsis/graph/op.h"
#include "tharsis/memory/value.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/table.h"

namespace tharsis::ops {
namespace {

class Project final : public OpOf<ProjectAttrs> {
 public:
  std::string_view name() const override { return "project"; }
  Traits traits(const Call&) const override { return {.way = Traits::kView}; }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& in = *call.in[0];
    const ProjectAttrs& attrs = of(call);
    check(attrs.from.size() == attrs.labels.size(), "project: one label per field");
    Schema schema;
    schema.reserve(attrs.from.size());
    for (size_t i = 0; i < attrs.from.size(); ++i)
      schema.emplace_back(attrs.labels[i], in.field(attrs.from[i]).dtype);
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
      out.labels.push_back(attrs.labels[i]);
      out.index_levels += i < attrs.index_levels;
    }
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

Expr project(const Expr& frame, ProjectAttrs attrs) {
  return call(project_op(), std::move(attrs), {frame});
}

}  // namespace tharsis::ops

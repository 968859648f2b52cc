#include "tharsis/base/error.h"
#include "tharsis/graph/op.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/groupby/aggregate.h"
#include "tharsis/ops/relational/groupby/builder.h"
#include "tharsis/ops/relational/groupby/group_sink.h"
#include "tharsis/ops/relational/table.h"

namespace tharsis::ops {
namespace {

class GroupBy final : public OpOf<GroupByAttrs> {
 public:
  std::string_view name() const override { return "group_by"; }
  Traits traits(const Call& call) const override {
    Traits out{.way = Traits::kBreaker, .order = Traits::kDestroys};
    for (const Aggregate& aggregate : of(call).aggregates) {
      const std::string& f = aggregate.function;
      out.asks_order |= f.starts_with("first") || f.starts_with("last");
    }
    return out;
  }

  Expr build(Attrs attrs, std::vector<Expr> inputs) const override {
    return ordered_groups(inputs[0], attrs.as<GroupByAttrs>());
  }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& in = *call.in[0];
    const GroupByAttrs& attrs = of(call);
    Schema schema;
    for (const int64_t key : attrs.keys) schema.push_back(in.field(key));
    for (const Aggregate& aggregate : attrs.aggregates) {
      const DType dtype =
          aggregate.field < 0 ? DType(TypeId::kInt64) : in.field(aggregate.field).dtype;
      schema.push_back({aggregate.label, aggregate_type(aggregate, dtype)});
    }
    const Dim rows = attrs.keys.empty() ? Dim{1} : Dim{};
    return {frame_meta(std::move(schema), static_cast<uint16_t>(attrs.keys.size()), rows, Key{})};
  }

  std::vector<Fieldset> demand_fields(const Call& call, const Fieldset& needed) const override {
    const GroupByAttrs& attrs = of(call);
    Fieldset in(call.in[0]->num_fields(), false);
    for (const int64_t key : attrs.keys) in[key] = true;
    for (size_t a = 0; a < attrs.aggregates.size(); ++a) {
      if (needed[attrs.keys.size() + a] && attrs.aggregates[a].field >= 0)
        in[attrs.aggregates[a].field] = true;
    }
    return {in};
  }

  Narrowed narrow(const Call& call, const Fieldset& needed,
                  std::span<const std::vector<uint32_t>> inputs) const override {
    GroupByAttrs attrs = of(call);
    Narrowed result;
    for (uint32_t k = 0; k < attrs.keys.size(); ++k) {
      attrs.keys[k] = new_position(inputs[0], attrs.keys[k]);
      result.kept.push_back(k);
    }
    std::vector<Aggregate> kept;
    for (uint32_t a = 0; a < attrs.aggregates.size(); ++a) {
      const auto position = static_cast<uint32_t>(attrs.keys.size() + a);
      if (!needed[position]) continue;
      Aggregate aggregate = attrs.aggregates[a];
      if (aggregate.field >= 0) aggregate.field = new_position(inputs[0], aggregate.field);
      kept.push_back(std::move(aggregate));
      result.kept.push_back(position);
    }
    attrs.aggregates = std::move(kept);
    result.attrs = std::move(attrs);
    return result;
  }

  Run run(const Call& call, std::span<const Ref<Value>>) const override {
    return group_sink(of(call), *call.in[0]);
  }
};

}  // namespace

const Op& group_by_op() {
  static const GroupBy op;
  return op;
}

Expr group_by(const Expr& frame, GroupByAttrs attrs) {
  return group_by_op().build(std::move(attrs), {frame});
}

}  // namespace tharsis::ops

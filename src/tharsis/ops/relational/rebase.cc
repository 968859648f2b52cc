#include "tharsis/base/error.h"
#include "tharsis/graph/op.h"
#include "tharsis/memory/value.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/table.h"

namespace tharsis::ops {
namespace {

// The rows as they are, declared to be those of another row space: whoever builds it knows that row
// i of both belong together. The chunks are shared.
class Rebase final : public OpOf<RebaseAttrs> {
 public:
  std::string_view name() const override { return "rebase"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole, .asks_order = true}; }

  std::vector<Meta> infer(const Call& call) const override {
    const RebaseAttrs& attrs = of(call);
    Meta out = *call.in[0];
    out.row_space = {static_cast<uint64_t>(attrs.space_high),
                     static_cast<uint64_t>(attrs.space_low)};
    if (attrs.rows >= 0) out.shape = {Dim{attrs.rows}};
    return {out};
  }

  std::vector<Fieldset> demand_fields(const Call&, const Fieldset& needed) const override {
    return {needed};
  }
  Narrowed narrow(const Call& call, const Fieldset&,
                  std::span<const std::vector<uint32_t>> inputs) const override {
    return {call.attrs, inputs[0]};
  }

  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                   Driver&) const override {
    const RebaseAttrs& attrs = of(call);
    const bool fits = attrs.rows < 0 || inputs[0]->rows() == attrs.rows;
    require(fits || !attrs.labels_matched, ErrorCode::kInvalidArgument,
            "cannot reindex on an axis with duplicate labels: {} rows found {} partners",
            attrs.rows, inputs[0]->rows());
    require(fits, ErrorCode::kShape, "length of values ({}) does not match length of index ({})",
            inputs[0]->rows(), attrs.rows);
    auto out = std::make_shared<Value>(*inputs[0]);
    out->meta = infer(call)[0];
    out->meta.shape = {Dim{out->rows()}};
    return {out};
  }
};

}  // namespace

const Op& rebase_op() {
  static const Rebase op;
  return op;
}

Expr rebase(const Expr& frame, const Meta& onto, bool labels_matched) {
  if (frame.meta().row_space == onto.row_space) return frame;
  RebaseAttrs attrs;
  attrs.space_high = static_cast<int64_t>(onto.row_space.high);
  attrs.space_low = static_cast<int64_t>(onto.row_space.low);
  attrs.rows = onto.rows().known() ? onto.rows().size : -1;
  attrs.labels_matched = labels_matched;
  return call(rebase_op(), attrs, {frame});
}

}  // namespace tharsis::ops

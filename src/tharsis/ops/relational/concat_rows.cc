#include "tharsis/base/error.h"
#include "tharsis/graph/op.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/table.h"

namespace tharsis::ops {
namespace {

class ConcatRows final : public OpOf<ConcatRowsAttrs> {
 public:
  std::string_view name() const override { return "concat_rows"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole}; }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& first = *call.in[0];
    int64_t rows = 0;
    for (const auto& in : call.in) {
      check(in->num_fields() == first.num_fields() && in->index_levels == first.index_levels,
            "concat_rows: frames of different widths");
      for (size_t i = 0; i < first.num_fields(); ++i) {
        check(in->field(i).dtype == first.field(i).dtype,
              "concat_rows: columns of different types");
      }
      rows = rows < 0 || !in->rows().known() ? -1 : rows + in->rows().size;
    }
    Meta out = frame_meta(*first.schema, first.index_levels, Dim{rows}, Key{});
    out.series = first.series;
    return {out};
  }

  std::vector<Fieldset> demand_fields(const Call& call, const Fieldset& needed) const override {
    return std::vector<Fieldset>(call.in.size(), needed);
  }
  // The inputs must stay alike: narrowed only where all of them were narrowed in the same way.
  Narrowed narrow(const Call& call, const Fieldset&,
                  std::span<const std::vector<uint32_t>> inputs) const override {
    return {call.attrs, inputs[0]};
  }

  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    auto out = std::make_shared<Value>();
    out->meta = infer(call)[0];
    out->store = &driver.store();
    out->starts = {0};
    for (const auto& in : inputs) {
      for (const auto& chunk : in->chunks) out->add(chunk);
    }
    out->meta.shape = {Dim{out->rows()}};
    return {out};
  }
};

}  // namespace

const Op& concat_rows_op() {
  static const ConcatRows op;
  return op;
}

Expr concat_rows(std::vector<Expr> frames) {
  return call(concat_rows_op(), ConcatRowsAttrs{}, std::move(frames));
}

}  // namespace tharsis::ops

#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/graph/op.h"
#include "tharsis/ops/collect.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/table.h"

namespace tharsis::ops {
namespace {

class Head final : public OpOf<HeadAttrs> {
 public:
  std::string_view name() const override { return "head"; }
  Traits traits(const Call&) const override {
    return {.way = Traits::kBreaker, .asks_order = true};
  }

  std::vector<Meta> infer(const Call& call) const override {
    const Dim length = call.in[0]->rows();
    Meta out = *call.in[0];
    out.row_space = Key{};
    out.shape = {Dim{}};
    if (length.known()) out.shape = {Dim{std::min(length.size, of(call).rows)}};
    return {out};
  }

  std::vector<Fieldset> demand_fields(const Call&, const Fieldset& needed) const override {
    return {needed};
  }
  Narrowed narrow(const Call& call, const Fieldset&,
                  std::span<const std::vector<uint32_t>> inputs) const override {
    return {call.attrs, inputs[0]};
  }

  Run run(const Call& call, std::span<const Ref<Value>>) const override {
    return collect_sink(of(call).rows);
  }
};

}  // namespace

const Op& head_op() {
  static const Head op;
  return op;
}

}  // namespace tharsis::ops

#include "tharsis/base/error.h"
#include "tharsis/ops/indexing.h"

namespace tharsis::ops {
namespace {

class Select final : public OpOf<SelectAttrs> {
 public:
  std::string_view name() const override { return "select"; }
  Traits traits(const Call&) const override { return {.way = Traits::kRowwise}; }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& x = *call.in[0];
    const Meta& mask = *call.in[1];
    require(mask.dtype.is_bool(), ErrorCode::kDType, "a mask must be bool, not {}",
            mask.dtype.name());
    require(mask.shape.size() <= x.shape.size() && !mask.shape.empty(), ErrorCode::kIndex,
            "too many indices for array: array is {}-dimensional, but the mask has {} dimensions",
            x.shape.size(), mask.shape.size());
    for (size_t i = 0; i < mask.shape.size(); ++i) {
      require(mask.shape[i] == x.shape[i], ErrorCode::kIndex,
              "boolean index did not match indexed array along axis {}: {} and {}", i, x.text(),
              mask.text());
    }
    std::vector<Dim> shape{Dim{-1, static_cast<uint64_t>(of(call).symbol)}};
    shape.insert(shape.end(), x.shape.begin() + static_cast<int64_t>(mask.shape.size()),
                 x.shape.end());
    return {tensor_meta(x.dtype, std::move(shape))};
  }

  // In the index space of the array that is selected from.
  std::vector<Piece> demand(const Call& call, const Region& out) const override {
    return {{0, identity_access(out.rank), out},
            {1, identity_access(static_cast<int>(call.in[1]->shape.size())), out}};
  }
};

}  // namespace

const Op& select_op() {
  static const Select op;
  return op;
}

Expr select(const Expr& x, const Expr& mask) {
  KeyMixer mixer;
  mixer.key(mask.node_key());
  mixer.word(mask.output);
  SelectAttrs attrs;
  attrs.symbol = static_cast<int64_t>(mixer.finish().low | 1);
  return call(select_op(), attrs, {x, mask});
}

}  // namespace tharsis::ops

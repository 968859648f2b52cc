#include "tharsis/ops/elementwise/constant.h"

#include "tharsis/graph/op.h"
#include "tharsis/ops/elementwise.h"

namespace tharsis::ops {
namespace {

class Constant final : public ScalarFunction {
 public:
  std::string_view name() const override { return "constant"; }
  DType infer(const ScalarCall& call) const override { return call.in[0]; }
  Column evaluate(const ScalarCall&, std::span<const Column> in, const Batch&,
                  Worker&) const override {
    return in[0];
  }
};

}  // namespace

const ScalarFunction& constant_function() {
  static const Constant function;
  return function;
}

Expr constant(const Expr& frame, const Argument& value, Label label) {
  ComputeAttrs attrs;
  attrs.function = constant_function().name();
  attrs.label = std::move(label);
  std::vector<Expr> inputs{frame};
  if (value.expr) {
    attrs.args = {1};
    inputs.push_back(value.expr);
  } else {
    attrs.args = {-1};
    attrs.constants = {value.constant};
    attrs.constants[0].weak = false;
  }
  return call(*find_op("compute"), std::move(attrs), std::move(inputs));
}

}  // namespace tharsis::ops

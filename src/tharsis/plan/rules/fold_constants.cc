#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/memory/column.h"
#include "tharsis/memory/store.h"
#include "tharsis/ops/elementwise.h"
#include "tharsis/plan/rewrite.h"
#include "tharsis/plan/rules.h"

namespace tharsis::plan {
namespace {

constexpr int kViewsMax = 64;  // looked through; a column is seldom below more

// The value of a series that is one constant in all rows, found below projections.
const Scalar* constant_of(const Expr& expr) {
  const Node* node = expr.node.get();
  auto field = static_cast<size_t>(expr.meta().num_fields()) - 1;
  for (int views = 0; views <= kViewsMax && node->stored == nullptr; ++views) {
    if (node->call.op->name() == "compute") {
      const auto& attrs = node->call.attrs.as<ops::ComputeAttrs>();
      const bool constant = attrs.function == "constant" && attrs.args == std::vector<int64_t>{-1};
      return constant && field + 1 == node->out[0]->num_fields() ? &attrs.constants[0] : nullptr;
    }
    if (node->call.op->traits(node->call).way != Traits::kView) return nullptr;
    Fieldset one(node->out[0]->num_fields(), false);
    one[field] = true;
    const auto demands = node->call.op->demand_fields(node->call, one);
    const Node* below = nullptr;
    for (size_t i = 0; i < demands.size() && below == nullptr; ++i) {
      const auto hit = std::find(demands[i].begin(), demands[i].end(), true);
      if (hit == demands[i].end()) continue;
      field = static_cast<size_t>(hit - demands[i].begin());
      below = node->inputs[i].node.get();
    }
    if (below == nullptr) return nullptr;
    node = below;
  }
  return nullptr;
}

// Runs the call on one row of constants.
Scalar computed(const Call& call, const std::vector<Expr>& inputs) {
  Program program(0);
  std::vector<std::vector<uint32_t>> slots;
  for (size_t i = 0; i < inputs.size(); ++i) {
    slots.emplace_back(call.in[i]->num_fields(), 0);
    if (const Scalar* value = constant_of(inputs[i])) slots[i].back() = program.constant(*value);
  }
  const uint32_t answer = call.op->emit(call, slots, program).back();
  memory::Budget budget(int64_t{1} << 24);
  memory::Store store(budget, "");
  memory::Arena arena(budget);
  const CancelToken cancel;
  Worker worker{store, arena, cancel};
  Batch batch;
  batch.rows = 1;
  program.run(batch, worker);
  return memory::scalar_at(batch.columns[answer], 0);
}

bool all_constant(const ops::ComputeAttrs& attrs, const std::vector<Expr>& inputs) {
  for (const int64_t arg : attrs.args) {
    if (arg >= 0 && constant_of(inputs[arg]) == nullptr) return false;
  }
  return true;
}

}  // namespace

// A function of constants is a constant. What fails is left to fail where it runs.
Graph fold_constants(const Graph& roots, const Facts&) {
  return rewrite(
      roots,
      [](const Node& node, const std::vector<Expr>& inputs) -> std::optional<std::vector<Expr>> {
        if (node.call.op->name() != "compute" || inputs.empty()) return std::nullopt;
        const auto& attrs = node.call.attrs.as<ops::ComputeAttrs>();
        if (node.out[0]->kind != Kind::kFrame || attrs.function == "constant") return std::nullopt;
        if (!all_constant(attrs, inputs)) return std::nullopt;
        for (const Expr& input : inputs) {
          if (input.meta().kind != Kind::kFrame) return std::nullopt;
        }
        try {
          const OriginScope origin(node.origin);
          return std::vector<Expr>{
              ops::constant(inputs[0], computed(node.call, inputs), attrs.label)};
        } catch (const Error&) {
          return std::nullopt;
        }
      });
}

}  // namespace tharsis::plan

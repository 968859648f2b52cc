#include "tharsis/plan/depend.h"

#include <algorithm>

#include "tharsis/plan/rewrite.h"

namespace tharsis::plan {
namespace {

size_t width(const Meta& meta) { return meta.kind == Kind::kFrame ? meta.num_fields() : 1; }

// Whether the rows of the answer are those of the inputs, each computed by itself.
bool row_by_row(const Traits& traits) {
  return (traits.way == Traits::kView || traits.way == Traits::kElementwise) && !traits.positions &&
         !traits.asks_order && traits.pure;
}

}  // namespace

std::unordered_map<const Node*, int> uses_of(const std::vector<Expr>& roots) {
  std::unordered_map<const Node*, int> uses;
  for (const Expr& root : roots) ++uses[root.node.get()];
  for (const Node* node : topological(roots)) {
    if (node->stored != nullptr) continue;
    for (const Expr& input : node->inputs) ++uses[input.node.get()];
  }
  return uses;
}

std::optional<Fieldset> fields_read(const Expr& expr, const Fieldset& wanted, const Node& base) {
  Fieldset read(width(*base.out[0]), false);
  std::unordered_map<const Node*, Fieldset> needed;
  const std::vector<const Node*> nodes = topological({expr});
  needed[expr.node.get()] = wanted;
  for (size_t n = nodes.size(); n-- > 0;) {
    const Node* node = nodes[n];
    const auto at = needed.find(node);
    if (at == needed.end()) continue;
    if (std::find(at->second.begin(), at->second.end(), true) == at->second.end()) continue;
    if (node == &base) {
      read = at->second;
      continue;
    }
    // A number (a tensor of rank 0) is the same for all rows.
    if (node->out[0]->kind != Kind::kFrame) continue;
    if (node->stored != nullptr || !row_by_row(node->call.op->traits(node->call)))
      return std::nullopt;
    const auto demands = node->call.op->demand_fields(node->call, at->second);
    for (size_t i = 0; i < node->inputs.size(); ++i) {
      const Expr& input = node->inputs[i];
      Fieldset& into =
          needed.try_emplace(input.node.get(), width(input.meta()), false).first->second;
      for (size_t f = 0; f < demands[i].size(); ++f) into[f] = into[f] || demands[i][f];
    }
  }
  return read;
}

std::optional<int64_t> field_of(const Expr& expr, const Node& base) {
  Expr at = expr;
  auto field = static_cast<int64_t>(expr.meta().num_fields()) - 1;
  while (at.node.get() != &base) {
    const Node& node = *at.node;
    if (node.stored != nullptr || node.call.op->traits(node.call).way != Traits::kView)
      return std::nullopt;
    Fieldset one(node.out[0]->num_fields(), false);
    one[field] = true;
    const auto demands = node.call.op->demand_fields(node.call, one);
    bool found = false;
    for (size_t i = 0; i < demands.size() && !found; ++i) {
      const auto hit = std::find(demands[i].begin(), demands[i].end(), true);
      if (hit == demands[i].end()) continue;
      field = hit - demands[i].begin();
      at = node.inputs[i];
      found = true;
    }
    if (!found) return std::nullopt;
  }
  return field;
}

Expr replaced(const Expr& expr, const Node& base, const Expr& with) {
  return rewrite(
      {expr}, [&](const Node& node, const std::vector<Expr>&) -> std::optional<std::vector<Expr>> {
        if (&node != &base) return std::nullopt;
        return std::vector<Expr>{with};
      })[0];
}

Fieldset last_field(const Expr& series) {
  Fieldset fields(series.meta().num_fields(), false);
  fields.back() = true;
  return fields;
}

}  // namespace tharsis::plan

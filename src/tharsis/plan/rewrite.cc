#include "tharsis/plan/rewrite.h"

#include <unordered_map>

namespace tharsis::plan {

std::vector<Expr> rewrite(const std::vector<Expr>& roots, const Rewrite& change) {
  std::unordered_map<const Node*, std::vector<Expr>> done;
  for (const Node* node : topological(roots)) {
    std::vector<Expr>& out = done[node];
    std::vector<Expr> inputs;
    bool same = true;
    if (node->stored == nullptr) {
      inputs.reserve(node->inputs.size());
      for (const Expr& input : node->inputs) {
        inputs.push_back(done.at(input.node.get())[input.output]);
        same = same && inputs.back() == input;
      }
      if (auto changed = change(*node, inputs)) {
        out = std::move(*changed);
        continue;
      }
    }
    Ref<Node> kept;
    if (!same) {
      const OriginScope origin(node->origin);
      kept = call_node_for(*node, *node->call.op, node->call.attrs, std::move(inputs));
    }
    for (uint16_t i = 0; i < node->out.size(); ++i) {
      // The owner of an unchanged node is found through whoever refers to it.
      out.push_back({kept ? kept : node->shared_from_this(), i});
    }
  }
  std::vector<Expr> result;
  for (const Expr& root : roots) result.push_back(done.at(root.node.get())[root.output]);
  return result;
}

}  // namespace tharsis::plan

#include <unordered_map>

#include "tharsis/plan/rewrite.h"
#include "tharsis/plan/rules.h"

namespace tharsis::plan {

// Nodes of equal keys are one node; impure nodes have fresh keys and never meet.
Graph common(const Graph& roots, const Facts&) {
  std::unordered_map<Key, Ref<Node>> by_key;
  const auto shared = [&](const Ref<Node>& node) {
    // What was built apart may have been declared to be the rows of something else.
    KeyMixer identity;
    identity.key(node->key);
    identity.key(node->out[0]->row_space);
    const Ref<Node>& first = by_key.try_emplace(identity.finish(), node).first->second;
    std::vector<Expr> out;
    for (uint16_t i = 0; i < node->out.size(); ++i) out.push_back({first, i});
    return out;
  };
  return rewrite(
      roots,
      [&](const Node& node, const std::vector<Expr>& inputs) -> std::optional<std::vector<Expr>> {
        if (inputs == node.inputs) return shared(node.shared_from_this());
        const OriginScope origin(node.origin);
        return shared(call_node_for(node, *node.call.op, node.call.attrs, inputs));
      });
}

}  // namespace tharsis::plan

#include <unordered_map>
#include <unordered_set>

#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/table.h"
#include "tharsis/plan/rewrite.h"
#include "tharsis/plan/rules.h"

namespace tharsis::plan {
namespace {

// Row spaces that other rows were declared to stand beside: their order is looked at.
std::unordered_set<Key> spaces_with_guests(const std::vector<const Node*>& nodes) {
  std::unordered_set<Key> spaces;
  for (const Node* node : nodes) {
    if (node->stored == nullptr && node->call.op == &ops::rebase_op())
      spaces.insert(node->out[0]->row_space);
  }
  return spaces;
}

}  // namespace

// Walks from the observers down: a sort whose order nobody asks for, such as that of the groups
// below a sum, is left out.
Graph order(const Graph& roots, const Facts&) {
  const std::vector<const Node*> nodes = topological(roots);
  const std::unordered_set<Key> guests = spaces_with_guests(nodes);
  std::unordered_set<const Node*> asked, dropped;
  for (const Expr& root : roots) asked.insert(root.node.get());
  for (size_t n = nodes.size(); n-- > 0;) {
    const Node* node = nodes[n];
    if (node->stored != nullptr) continue;
    if (node->out[0]->kind == Kind::kFrame && guests.contains(node->out[0]->row_space))
      asked.insert(node);
    const bool own = asked.contains(node);
    if (node->call.op == &ops::sort_op() && !own) {
      dropped.insert(node);
      continue;
    }
    const Traits traits = node->call.op->traits(node->call);
    if (!traits.asks_order && !(own && traits.order == Traits::kKeeps)) continue;
    for (const Expr& input : node->inputs) asked.insert(input.node.get());
  }
  if (dropped.empty()) return roots;
  return rewrite(
      roots,
      [&](const Node& node, const std::vector<Expr>& inputs) -> std::optional<std::vector<Expr>> {
        if (!dropped.contains(&node)) return std::nullopt;
        return inputs;
      });
}

}  // namespace tharsis::plan

#include "tharsis/engine/sharing.h"

#include <fmt/format.h>

namespace tharsis::engine {
namespace {

constexpr size_t kValuesMax = 64;  // followed; each asks for the time of all that lies below

// Views are never computed, so there is nothing to share.
bool is_view(const Node& node) { return node.call.op->traits(node.call).way == Traits::kView; }

}  // namespace

std::string SharedValue::decision() const {
  if (stored) return "stored";
  return passes <= 1 ? "a branch of one pass" : fmt::format("computed {} times", passes);
}

void Sharing::look(const std::vector<Expr>& roots, const plan::Estimates& estimates) {
  const std::vector<const Node*> nodes = topological(roots);
  std::unordered_map<const Node*, int> uses;
  for (const Expr& root : roots) ++uses[root.node.get()];
  for (const Node* node : nodes) {
    if (node->stored != nullptr) continue;
    for (const Expr& input : node->inputs) ++uses[input.node.get()];
  }
  for (const Node* node : nodes) {
    if (node->stored != nullptr || uses[node] < 2 || is_view(*node)) continue;
    if (values_.size() == kValuesMax) return;
    if (!number_.try_emplace(node->key, values_.size()).second) continue;
    const std::string attrs = node->call.op->text(node->call.attrs);
    SharedValue& value = values_.emplace_back();
    value.text = std::string(node->call.op->name()) + (attrs.empty() ? "" : " " + attrs);
    value.uses = uses[node];
    value.make_ns = estimates.make_ns(node);
    value.store_ns = estimates.store_ns(node);
  }
}

void Sharing::computed(const Node& node) {
  if (const auto at = number_.find(node.key); at != number_.end()) ++values_[at->second].passes;
}

void Sharing::stored(const Node& node) {
  if (const auto at = number_.find(node.key); at != number_.end())
    values_[at->second].stored = true;
}

std::vector<SharedValue> Sharing::report() const {
  std::vector<SharedValue> out;
  for (const SharedValue& value : values_) {
    if (value.passes > 0 || value.stored) out.push_back(value);
  }
  return out;
}

}  // namespace tharsis::engine

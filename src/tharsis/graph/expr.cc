#include "tharsis/graph/expr.h"

#include <unordered_map>

#include "tharsis/base/error.h"
#include "tharsis/graph/op.h"
#include "tharsis/memory/value.h"

namespace tharsis {
namespace {

thread_local uint32_t origin_now = 0;

// The leaf of the graph that is a value: has no way to run, since it is there already.
struct LeafAttrs {
  void fields(Fields&) {}
};

class Leaf final : public OpOf<LeafAttrs> {
 public:
  std::string_view name() const override { return "stored"; }
  Traits traits(const Call&) const override { return {.way = Traits::kSource}; }
  std::vector<Meta> infer(const Call&) const override {
    fail(ErrorCode::kInternal, "a stored value is not built by inference");
  }
};

const Leaf kLeaf;
const Attrs kNoAttrs{LeafAttrs{}};

Key key_of(const Call& call, const std::vector<Expr>& inputs) {
  KeyMixer mixer;
  mixer.bytes(call.op->name());
  mixer.bytes(call.attrs.bytes());
  for (const Expr& input : inputs) {
    mixer.key(input.node->key);
    mixer.word(input.output);
  }
  return mixer.finish();
}

}  // namespace

Node::~Node() {
  // The inputs are handed to a list that the outermost destructor empties.
  thread_local std::vector<Ref<Node>>* dying = nullptr;
  if (dying != nullptr) {
    for (Expr& input : inputs) dying->push_back(std::move(input.node));
    return;
  }
  std::vector<Ref<Node>> list;
  dying = &list;
  for (Expr& input : inputs) list.push_back(std::move(input.node));
  while (!list.empty()) {
    const Ref<Node> last = std::move(list.back());
    list.pop_back();
  }
  dying = nullptr;
}

namespace {

Ref<Node> made(const Op& op, Attrs attrs, std::vector<Expr> inputs, const Node* rows) {
  auto node = std::make_shared<Node>();
  node->call.op = &op;
  node->call.attrs = std::move(attrs);
  node->call.in.reserve(inputs.size());
  for (const Expr& input : inputs) node->call.in.push_back(input.node->out[input.output]);
  node->inputs = std::move(inputs);
  node->origin = origin_now;
  const bool pure = op.traits(node->call).pure;
  node->key = pure ? key_of(node->call, node->inputs) : fresh_key();
  std::vector<Meta> metas = op.infer(node->call);
  node->out.reserve(metas.size());
  for (size_t i = 0; i < metas.size(); ++i) {
    Meta& meta = metas[i];
    // An operator that changes rows leaves the row space open: it is then the node's own.
    if (meta.kind == Kind::kFrame && meta.row_space == Key{} && rows != nullptr) {
      meta.row_space = rows->out[i]->row_space;
    } else if (meta.kind == Kind::kFrame && meta.row_space == Key{}) {
      KeyMixer mixer;
      mixer.key(node->key);
      mixer.word(i);
      meta.row_space = mixer.finish();
    }
    if (!meta.shape.empty() && !meta.shape[0].known() && meta.shape[0].symbol == 0) {
      meta.shape[0].symbol = meta.kind == Kind::kFrame ? meta.row_space.low : node->key.low + i;
    }
    node->out.push_back(std::make_shared<const Meta>(std::move(meta)));
  }
  return node;
}

}  // namespace

Ref<Node> call_node(const Op& op, Attrs attrs, std::vector<Expr> inputs) {
  return made(op, std::move(attrs), std::move(inputs), nullptr);
}

Ref<Node> call_node_for(const Node& rows, const Op& op, Attrs attrs, std::vector<Expr> inputs) {
  return made(op, std::move(attrs), std::move(inputs), &rows);
}

Expr call(const Op& op, Attrs attrs, std::vector<Expr> inputs) {
  return {call_node(op, std::move(attrs), std::move(inputs)), 0};
}

Expr stored_leaf(std::shared_ptr<const memory::Value> value) {
  return stored_leaf(std::move(value), fresh_key(), origin_now);
}

Expr stored_leaf(std::shared_ptr<const memory::Value> value, Key key, uint32_t origin) {
  auto node = std::make_shared<Node>();
  node->call.op = &kLeaf;
  node->call.attrs = kNoAttrs;
  node->origin = origin;
  node->key = key;
  node->out.emplace_back(value, &value->meta);
  node->stored = std::move(value);
  return {node, 0};
}

Expr stored_leaf(std::shared_ptr<const memory::Value> value, const Node& node) {
  Expr leaf = stored_leaf(std::move(value), node.key, node.origin);
  const_cast<Node&>(*leaf.node).out = node.out;  // nobody else has seen the leaf yet
  return leaf;
}

const std::shared_ptr<const memory::Value>& stored_value(const Expr& expr) {
  const auto& stored = expr.node->stored;
  return stored == nullptr || stored->outputs.empty() ? stored : stored->outputs[expr.output];
}

OriginScope::OriginScope(uint32_t origin) : before_(origin_now) { origin_now = origin; }
OriginScope::~OriginScope() { origin_now = before_; }
uint32_t current_origin() { return origin_now; }

std::vector<const Node*> topological(const std::vector<Expr>& roots, bool stop_at_stored) {
  std::vector<const Node*> order;
  std::unordered_map<const Node*, bool> seen;  // true: all inputs are in `order`
  std::vector<std::pair<const Node*, size_t>> stack;
  for (const Expr& root : roots) {
    if (!seen.try_emplace(root.node.get(), false).second) continue;
    stack.emplace_back(root.node.get(), 0);
    while (!stack.empty()) {
      auto& [node, next] = stack.back();
      const bool leaf = stop_at_stored && node->stored != nullptr;
      if (leaf || next == node->inputs.size()) {
        order.push_back(node);
        stack.pop_back();
        continue;
      }
      const Node* input = node->inputs[next++].node.get();
      if (seen.try_emplace(input, false).second) stack.emplace_back(input, 0);
    }
  }
  return order;
}

}  // namespace tharsis

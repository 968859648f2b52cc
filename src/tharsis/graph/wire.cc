#include "tharsis/graph/wire.h"

#include <unordered_map>

#include "tharsis/base/error.h"
#include "tharsis/graph/op.h"
#include "tharsis/memory/value.h"

namespace tharsis {
namespace {

constexpr uint32_t kVersion = 1;

void put_key(WireWriter& out, const Key& key) {
  out.put(key.high);
  out.put(key.low);
}

Key get_key(WireReader& in) {
  Key key;
  key.high = in.get<uint64_t>();
  key.low = in.get<uint64_t>();
  return key;
}

using Numbers = std::unordered_map<const Node*, uint64_t>;

void put_expr(WireWriter& out, const Expr& expr, const Numbers& numbers) {
  out.put<uint64_t>(numbers.at(expr.node.get()));
  out.put(expr.output);
}

Expr get_expr(WireReader& in, const std::vector<Ref<Node>>& nodes) {
  const auto number = in.get<uint64_t>();
  const auto output = in.get<uint16_t>();
  require(number < nodes.size() && output < nodes[number]->out.size(), ErrorCode::kStorage,
          "wire: output {} of node {} is not there", output, number);
  return {nodes[number], output};
}

void put_node(WireWriter& out, const Node& node, const Numbers& numbers) {
  const bool stored = node.stored != nullptr;
  out.put(stored);
  put_key(out, node.key);
  out.put<uint64_t>(node.out.size());
  for (const auto& meta : node.out) put_meta(out, *meta);
  if (stored) return;
  out.put_string(node.call.op->name());
  out.put_string(node.call.attrs.bytes());
  out.put<uint64_t>(node.inputs.size());
  for (const Expr& input : node.inputs) put_expr(out, input, numbers);
}

Ref<Node> get_node(WireReader& in, const std::vector<Ref<Node>>& nodes, const FindStored& find) {
  auto node = std::make_shared<Node>();
  const bool stored = in.get<bool>();
  node->key = get_key(in);
  for (uint64_t left = in.get_count(); left > 0; --left)
    node->out.push_back(std::make_shared<const Meta>(get_meta(in)));
  require(!node->out.empty(), ErrorCode::kStorage, "wire: a node without outputs");
  if (stored) {
    auto value = find(node->key);
    require(value != nullptr, ErrorCode::kStorage, "wire: a stored value is not here: {}",
            node->out[0]->text());
    return stored_leaf(std::move(value), *node).node;
  }
  const std::string_view name = in.get_string();
  node->call.op = find_op(name);
  require(node->call.op != nullptr, ErrorCode::kStorage, "wire: there is no operator '{}'", name);
  node->call.attrs = node->call.op->decode(in.get_string());
  for (uint64_t left = in.get_count(); left > 0; --left) {
    node->inputs.push_back(get_expr(in, nodes));
    const Expr& input = node->inputs.back();
    node->call.in.push_back(input.node->out[input.output]);
  }
  return node;
}

}  // namespace

std::string encode_graph(const std::vector<Expr>& roots) {
  WireWriter out;
  out.put(kVersion);
  const std::vector<const Node*> nodes = topological(roots);
  Numbers numbers;
  out.put<uint64_t>(nodes.size());
  for (const Node* node : nodes) {
    put_node(out, *node, numbers);
    numbers.emplace(node, numbers.size());
  }
  out.put<uint64_t>(roots.size());
  for (const Expr& root : roots) put_expr(out, root, numbers);
  return out.take();
}

std::vector<Expr> decode_graph(std::string_view bytes, const FindStored& stored) {
  WireReader in(bytes);
  const auto version = in.get<uint32_t>();
  require(version == kVersion, ErrorCode::kStorage, "wire: a graph of version {}, not {}", version,
          kVersion);
  std::vector<Ref<Node>> nodes;
  for (uint64_t left = in.get_count(); left > 0; --left)
    nodes.push_back(get_node(in, nodes, stored));
  std::vector<Expr> roots;
  for (uint64_t left = in.get_count(); left > 0; --left) roots.push_back(get_expr(in, nodes));
  require(in.done(), ErrorCode::kStorage, "wire: {} bytes too many", in.rest().size());
  return roots;
}

}  // namespace tharsis

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tharsis/base/key.h"
#include "tharsis/base/ref.h"
#include "tharsis/graph/attrs.h"
#include "tharsis/types/meta.h"

namespace tharsis {

class Op;
struct Node;
namespace memory {
struct Value;
}

/// All an operator is told: itself, its attributes and what is known of the inputs. Travels as it
/// is.
struct Call {
  const Op* op = nullptr;
  Attrs attrs;
  std::vector<Ref<Meta>> in;
};

/// One output of a node of the lazy graph.
struct Expr {
  Ref<Node> node;
  uint16_t output = 0;

  const Meta& meta() const;
  const Key& node_key() const;
  explicit operator bool() const { return node != nullptr; }
  friend bool operator==(const Expr&, const Expr&) = default;
};

/// An immutable node. `stored` is not part of its meaning: it is the result, once somebody computed
/// it and it is kept; guarded by the lock of the session.
struct Node : std::enable_shared_from_this<Node> {
  Call call;
  std::vector<Expr> inputs;
  std::vector<Ref<Meta>> out;
  uint32_t origin = 0;  // of the user's line that built it; 0: none
  Key key;              // of operator, attributes and inputs, without the origin
  mutable std::shared_ptr<const memory::Value> stored;

  Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  ~Node();  // iterative: a chain of a million nodes does not overflow the stack
};

inline const Meta& Expr::meta() const { return *node->out[output]; }
inline const Key& Expr::node_key() const { return node->key; }

/// Builds a node: the operator checks and infers. Output 0 of it.
Expr call(const Op& op, Attrs attrs, std::vector<Expr> inputs);
Ref<Node> call_node(const Op& op, Attrs attrs, std::vector<Expr> inputs);
/// The same for a node that makes the rows of `rows` by other means: where the operator leaves the
/// row space open, it is that of output 0 of `rows`, so that what is aligned with it stays so.
Ref<Node> call_node_for(const Node& rows, const Op& op, Attrs attrs, std::vector<Expr> inputs);

/// A leaf that holds `value`. Its key is fresh unless the caller knows what it is the result of.
Expr stored_leaf(std::shared_ptr<const memory::Value> value);
Expr stored_leaf(std::shared_ptr<const memory::Value> value, Key key, uint32_t origin);
/// A leaf that stands for `node`: its key, its line and its meta.
Expr stored_leaf(std::shared_ptr<const memory::Value> value, const Node& node);
/// The value of a leaf or of a node whose result is kept; null otherwise.
const std::shared_ptr<const memory::Value>& stored_value(const Expr& expr);

/// Nodes built while it lives, on this thread, carry this origin.
class OriginScope {
 public:
  explicit OriginScope(uint32_t origin);
  ~OriginScope();
  OriginScope(const OriginScope&) = delete;
  OriginScope& operator=(const OriginScope&) = delete;

 private:
  uint32_t before_;
};
uint32_t current_origin();

/// The nodes below `roots` and themselves, inputs before consumers, each once. Iterative.
/// `inside(node)` says whether to look at the inputs of a node.
std::vector<const Node*> topological(const std::vector<Expr>& roots, bool stop_at_stored = true);

}  // namespace tharsis

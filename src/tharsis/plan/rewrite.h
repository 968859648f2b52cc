#pragma once

#include <functional>
#include <vector>

#include "tharsis/graph/op.h"

namespace tharsis::plan {

/// What takes the place of a node, given its rewritten inputs; nothing: the node over these inputs.
using Rewrite = std::function<std::optional<std::vector<Expr>>(const Node& node,
                                                               const std::vector<Expr>& inputs)>;

/// The graph below `roots` with each node rewritten, inputs first. Stored nodes are kept as they
/// are. Iterative; a node that nothing changed is kept, not copied.
std::vector<Expr> rewrite(const std::vector<Expr>& roots, const Rewrite& change);

/// A leaf holds a stored value or reads from outside.
inline bool is_stored(const Expr& expr) { return expr.node->stored != nullptr; }

}  // namespace tharsis::plan

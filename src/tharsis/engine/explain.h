#pragma once

#include <string>
#include <vector>

#include "tharsis/graph/expr.h"

namespace tharsis::engine {

/// The graph below `roots`, consumers above their inputs, one node per line; a node that is used
/// twice is shown once and referred to by its number.
std::string graph_text(const std::vector<Expr>& roots);

}  // namespace tharsis::engine

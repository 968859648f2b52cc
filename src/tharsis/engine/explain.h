#pragma once

#include <string>
#include <vector>

#include "tharsis/engine/report.h"
#include "tharsis/graph/expr.h"
#include "tharsis/plan/estimate.h"

namespace tharsis::engine {

/// The graph below `roots`, consumers above their inputs, one node per line; a node that is used
/// twice is shown once and referred to by its number. With `estimates`, lengths that are not known
/// are estimated.
std::string graph_text(const std::vector<Expr>& roots, const plan::Estimates* estimates = nullptr);

/// "rules that fired: order, limit (3 nodes)"; empty if none did.
std::string rules_text(const RunReport& report);

/// 1234567 as "1,234,567".
std::string grouped(int64_t number);

}  // namespace tharsis::engine

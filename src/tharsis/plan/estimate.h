#pragma once

#include <unordered_map>
#include <vector>

#include "tharsis/graph/op.h"

namespace tharsis::plan {

/// What is expected of the nodes of a graph before they run: rows, and time on one thread. Exact
/// where a value is stored or its length is known (an array, the footer of a Parquet file);
/// elsewhere by one rule per operator, which stand in estimate.cc. explain shows them next to what
/// came.
class Estimates {
 public:
  explicit Estimates(const std::vector<Expr>& roots);

  /// Rows of output 0, or elements of a tensor; at least 0. -1: the node is not below the roots, or
  /// has no rows.
  double rows(const Node* node) const;
  /// To make the value once more from what is stored.
  double make_ns(const Node* node) const;
  /// To write the value and read it back.
  double store_ns(const Node* node) const;

 private:
  double rule(const Node& node) const;
  double rows_of(const Expr& expr) const { return rows(expr.node.get()); }
  double input_rows(const Node& node) const;
  double own_ns(const Node& node) const;

  std::unordered_map<const Node*, double> rows_;
};

/// The part of rows for which `mask`, a bool series or tensor, is expected to be true.
double selectivity(const Expr& mask);

}  // namespace tharsis::plan

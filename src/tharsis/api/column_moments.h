#pragma once

#include <vector>

#include "tharsis/engine/session.h"
#include "tharsis/graph/expr.h"

namespace tharsis::api {

/// What is known of the columns of a matrix: how many values (or how much weight) they had, their
/// mean, and their variance as a population. NaN is left out; a column without values has a NaN for
/// both. float64 whatever the type of the matrix.
struct ColumnMoments {
  std::vector<double> count, mean, variance;
};

/// Of `x`, floats [rows, columns], and of what was seen `before` (empty vectors: nothing). `weight`
/// is [rows] or empty. Looks at the data: one pass without weights, two with them. An infinity is
/// an InvalidArgument error in scikit-learn's words.
ColumnMoments column_moments(engine::Session& session, const Expr& x, const Expr& weight,
                             const ColumnMoments& before);

/// `now` becomes what is known of both together.
void add_before(const ColumnMoments& before, ColumnMoments& now);

}  // namespace tharsis::api

#pragma once

#include <vector>

#include "tharsis/engine/session.h"
#include "tharsis/graph/expr.h"

namespace tharsis::api {

/// The rows of a matrix as arrays, one under the other, not yet run: one where it is there already
/// or takes less than a quarter of the memory limit. What is larger comes in panels, so that the
/// store can write out those that nobody looks at. Looks at the rows of a frame that it is made of.
std::vector<Expr> row_panels(engine::Session& session, const Expr& x);

/// The same, computed and stored.
std::vector<Expr> stored_panels(engine::Session& session, const Expr& x);

/// The matrix product of `x`, panel by panel, and `matrix`, which has its type; lazy.
Expr times(engine::Session& session, const Expr& x, const Expr& matrix);

/// The mean of the columns and, where that is asked for, their variance as a population. One pass;
/// NaN and infinity are errors in scikit-learn's words.
struct Center {
  std::vector<double> mean, variance;
  int64_t rows = 0;
};
Center center_of(engine::Session& session, const std::vector<Expr>& stored, bool with_variance);

}  // namespace tharsis::api

#pragma once

#include <string>

#include "tharsis/engine/session.h"
#include "tharsis/graph/expr.h"

namespace tharsis::api {

/// scikit-learn's PCA; all arrays have the type of the rows.
struct PcaModel {
  Expr mean;                       // [columns]
  Expr components;                 // [count, columns]
  Expr variance, ratio, singular;  // [count]
  double noise_variance = 0;
  int64_t count = 0;
};

/// How PCA is computed.
enum class PcaSolver : uint8_t {
  kCovariance,  // eigenvectors of the covariance: one more pass over rows that may be beyond memory
  kFull,        // SVD of the centered matrix, which must fit memory
};

/// `keep`: how many components, or, below 1, the share of the variance that they explain together.
/// Looks at the data. NaN and infinity are errors.
PcaModel pca(engine::Session& session, const Expr& x, PcaSolver solver, double keep);

}  // namespace tharsis::api

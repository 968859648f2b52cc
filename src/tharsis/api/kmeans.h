#pragma once

#include <vector>

#include "tharsis/engine/session.h"
#include "tharsis/graph/expr.h"

/// scikit-learn's KMeans.
namespace tharsis::api {

struct KMeansOptions {
  int64_t clusters = 8;
  int64_t max_iter = 300;
  double tol = 1e-4;  // times the mean of the variances of the columns
};

struct KMeansModel {
  Expr centers;  // [clusters, columns], of the type of the rows
  Expr labels;   // int32 per row
  double inertia = 0;
  int64_t iterations = 0;
  int64_t used = 0;  // centers that have rows
};

/// How many candidates greedy k-means++ draws for each row after the first.
int64_t kmeans_trials(int64_t clusters);

/// The best of several runs. `x`: floats [rows, columns]; `weight`: one per row, or empty. A start
/// is an array: centers [clusters, columns]; int64 positions of rows; or float64 draws of k-means++
/// in [0, 1), one and then `kmeans_trials` for each further cluster. Looks at the data.
KMeansModel kmeans(engine::Session& session, const Expr& x, const Expr& weight,
                   const std::vector<Expr>& starts, const KMeansOptions& options);

/// The number of the nearest center per row, int32; lazy.
Expr nearest_center(engine::Session& session, const Expr& x, const Expr& centers);
/// The weighted sum of the squared distances from the nearest centers. Looks at the data.
double inertia(engine::Session& session, const Expr& x, const Expr& centers, const Expr& weight);

}  // namespace tharsis::api

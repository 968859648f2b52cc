#pragma once

#include <vector>

#include "tharsis/graph/op.h"

/// Loops over the rows of a matrix (drive, section 3.5 of the design): rounds of blocks on all
/// workers, and decisions between them. The matrix may come in panels, arrays of some of its rows
/// one under the other, of which one at a time needs to be in memory.
namespace tharsis::ops {

/// Inputs: panels [rows, columns] of float32 or float64, then a weight per row if `weighted`, then
/// the mean of the columns and the centers to start from. Outputs: the centers; the number of the
/// nearest one per row, int32; and float64 [inertia, iterations, how many centers have rows].
/// Distances are taken from rows less the mean.
struct KMeansAttrs {
  bool weighted = false;
  int64_t max_iter = 300;
  double tolerance = 0;  // of the squared distance all centers move in one iteration
  void fields(Fields& f) {
    f("weighted", weighted);
    f("max_iter", max_iter);
    f("tolerance", tolerance);
  }
};

/// Rows to start from by greedy k-means++ (Arthur & Vassilvitskii, 2007). Inputs: panels, a weight
/// per row if `weighted`, and float64 draws in [0, 1): one for the first row, `trials` for each
/// further one. Output: [clusters, columns].
struct KMeansSeedsAttrs {
  bool weighted = false;
  int64_t clusters = 8;
  int64_t trials = 4;
  void fields(Fields& f) {
    f("weighted", weighted);
    f("clusters", clusters);
    f("trials", trials);
  }
};

/// Inputs: a matrix, centers, and a weight per row if `weighted`. Outputs: the number of the
/// nearest center per row, int32, the first of equals; and [the weighted sum of the squared
/// distances], float64.
struct NearestCenterAttrs {
  bool weighted = false;
  void fields(Fields& f) { f("weighted", weighted); }
};

/// (X - mean)ᵀ (X - mean), float64. Inputs: panels and the mean of the columns.
struct ScatterAttrs {
  void fields(Fields&) {}
};

const Op& kmeans_op();
const Op& kmeans_seeds_op();
const Op& nearest_center_op();
const Op& scatter_op();

/// Rows that are worked on as one: a function of the shape alone, so that results do not depend on
/// workers. A panel that is not the last one holds a multiple of it.
int64_t block_rows(int64_t rows, int64_t row_bytes);

void register_learn_ops();

}  // namespace tharsis::ops

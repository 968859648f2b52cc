#pragma once

#include <cstdint>
#include <vector>

#include "tharsis/graph/region.h"

namespace tharsis {

/// Where the leaves of a reduction begin and end: a function of the shape of its input and of the
/// reduced axes alone, so that a sum has the same bits however its input is cut.
///
/// Last axis reduced: a leaf is a run of at most 1,024 consecutive elements. Last axis kept: a leaf
/// is up to 1,024 rows of the axes behind the last reduced one, added row by row. Either way it
/// spans `length` positions of `axis` and all of the reduced axes between `axis` and the kept ones
/// behind.
struct LeafGrid {
  std::vector<bool> reduced;  // per axis
  int axis = -1;              // -1: nothing is reduced
  int last = -1;              // the last reduced axis
  int64_t length = 1;         // positions of `axis` per leaf
  int64_t axis_size = 1;
  int64_t inner = 1;  // reduced elements per position of `axis` and output element
  int64_t width = 1;  // elements behind the last reduced axis: of a row
  int lanes = 1;      // rows of a leaf are added to so many accumulators in turn

  bool by_rows() const { return last + 1 < static_cast<int>(reduced.size()); }
  int64_t leaves_per_line() const { return (axis_size + length - 1) / length; }
  /// Values of one output element in the leaves before `leaf`.
  int64_t values_before(int64_t leaf) const;
};

/// With `one_axis`, a leaf spans no other axis than its own.
LeafGrid leaf_grid(const std::vector<int64_t>& shape, const std::vector<bool>& reduced,
                   bool one_axis = false);

}  // namespace tharsis

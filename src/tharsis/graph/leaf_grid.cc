#include "tharsis/graph/leaf_grid.h"

#include <algorithm>
#include <bit>

namespace tharsis {
namespace {

constexpr int64_t kLeafValues = 1024;
constexpr int64_t kRowsMin = 64;           // of a leaf of wide rows
constexpr int64_t kRowLeafValues = 65536;  // a leaf of rows stays in L2 while it is added up
constexpr int64_t kAccumulatorsMin = 32;   // enough independent additions to hide their latency

int64_t floor_power(int64_t n) {
  return static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(std::max<int64_t>(n, 1))));
}

}  // namespace

int64_t LeafGrid::values_before(int64_t leaf) const {
  const int64_t lines = leaf / leaves_per_line();
  const int64_t in_line = std::min(leaf % leaves_per_line() * length, axis_size);
  return (lines * axis_size + in_line) * inner;
}

LeafGrid leaf_grid(const std::vector<int64_t>& shape, const std::vector<bool>& reduced,
                   bool one_axis) {
  LeafGrid grid;
  grid.reduced = reduced;
  int axis = static_cast<int>(shape.size()) - 1;
  for (; axis >= 0 && !reduced[axis]; --axis) grid.width *= shape[axis];
  if (axis < 0) return grid;
  grid.last = axis;
  int64_t most = kLeafValues;
  if (grid.by_rows()) {
    most = std::clamp(floor_power(kRowLeafValues / std::max<int64_t>(grid.width, 1)), kRowsMin,
                      kLeafValues);
    while (grid.width > 0 && grid.lanes * grid.width < kAccumulatorsMin) grid.lanes *= 2;
  }
  // A short axis is taken whole, as long as two of it fit a leaf.
  while (!one_axis && axis > 0 && reduced[axis - 1] && grid.inner * shape[axis] <= most / 2) {
    grid.inner *= std::max<int64_t>(shape[axis], 1);
    --axis;
  }
  grid.axis = axis;
  grid.axis_size = shape[axis];
  const int64_t fit = most / grid.inner;
  grid.length = std::max<int64_t>(1, shape[axis] <= fit ? shape[axis] : floor_power(fit));
  return grid;
}

}  // namespace tharsis

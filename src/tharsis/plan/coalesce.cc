#include <algorithm>

#include "tharsis/plan/array_fragment.h"

namespace tharsis::plan {
namespace {

// Whether positions (i, j) of the axes `axis` and axis + 1 can be one position i * length + j.
bool operands_join(const ArrayFragment& fragment, int axis) {
  const int64_t outer = fragment.shape[axis], length = fragment.shape[axis + 1];
  for (const Zone& zone : fragment.zones) {
    const Region& region = zone.region;
    if (outer > 1 && (region.begin[axis + 1] != 0 || region.end[axis + 1] != length)) return false;
    if (outer == 1 || length == 1) continue;
    for (const ArrayOperand& operand : zone.operands) {
      if (operand.walk.stride[axis] != operand.walk.stride[axis + 1] * length) return false;
    }
  }
  return true;
}

// Leaves stay what they are: their order and their elements.
bool leaves_join(const ArrayFragment& fragment, int axis) {
  for (const ArraySink& sink : fragment.sinks) {
    if (sink.tile == nullptr) continue;
    const LeafGrid& grid = sink.grid;
    if (grid.reduced[axis] != grid.reduced[axis + 1]) return false;
    if (grid.axis == axis + 1 && grid.reduced[axis] && fragment.shape[axis + 1] % grid.length != 0)
      return false;
  }
  return true;
}

void join_grid(LeafGrid& grid, int axis, int64_t outer, int64_t length) {
  if (grid.axis == axis && grid.reduced[axis + 1]) {
    // Behind its axis, a leaf spans the inner axis whole.
    grid.length *= length;
    grid.inner /= length;
    grid.axis_size = outer * length;
  } else if (grid.axis == axis + 1 && grid.reduced[axis]) {
    grid.axis_size = outer * length;
  }
  if (grid.axis > axis) --grid.axis;
  if (grid.last > axis) --grid.last;
  grid.reduced.erase(grid.reduced.begin() + axis);
}

void join(ArrayFragment& fragment, int axis) {
  const int64_t outer = fragment.shape[axis], length = fragment.shape[axis + 1];
  const int rank = static_cast<int>(fragment.shape.size());
  for (Zone& zone : fragment.zones) {
    Region& region = zone.region;
    const bool inner_only = outer == 1;
    region.begin[axis] = inner_only ? region.begin[axis + 1] : region.begin[axis] * length;
    region.end[axis] = inner_only ? region.end[axis + 1] : region.end[axis] * length;
    for (int i = axis + 1; i + 1 < rank; ++i) {
      region.begin[i] = region.begin[i + 1];
      region.end[i] = region.end[i + 1];
    }
    --region.rank;
    for (ArrayOperand& operand : zone.operands) {
      auto& stride = operand.walk.stride;
      if (length != 1) stride[axis] = stride[axis + 1];
      for (int i = axis + 1; i + 1 < rank; ++i) stride[i] = stride[i + 1];
      stride[rank - 1] = 0;
    }
  }
  for (ArraySink& sink : fragment.sinks) {
    if (sink.tile != nullptr) join_grid(sink.grid, axis, outer, length);
  }
  fragment.shape[axis] = outer * length;
  fragment.shape.erase(fragment.shape.begin() + axis + 1);
}

}  // namespace

void coalesce(ArrayFragment& fragment) {
  if (fragment.shape.empty()) {
    fragment.shape.push_back(1);
    for (Zone& zone : fragment.zones) {
      zone.region.rank = 1;
      zone.region.end[0] = 1;
    }
    for (ArraySink& sink : fragment.sinks) {
      if (sink.tile != nullptr) sink.grid.reduced.push_back(false);
    }
  }
  if (std::find(fragment.shape.begin(), fragment.shape.end(), 0) != fragment.shape.end()) return;
  for (int axis = static_cast<int>(fragment.shape.size()) - 2; axis >= 0; --axis) {
    if (operands_join(fragment, axis) && leaves_join(fragment, axis)) join(fragment, axis);
  }
}

}  // namespace tharsis::plan

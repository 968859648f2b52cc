#include "tharsis/plan/tiling.h"

#include <algorithm>
#include <bit>

#include "tharsis/base/error.h"

namespace tharsis::plan {
namespace {

int64_t element_bytes(const ArrayFragment& fragment) {
  int64_t bytes = 0;
  if (!fragment.zones.empty()) {
    for (const ArrayOperand& operand : fragment.zones[0].operands) {
      bool moves = false;
      for (size_t axis = 0; axis < fragment.shape.size(); ++axis)
        moves |= operand.walk.stride[axis] != 0 && fragment.shape[axis] > 1;
      if (moves) bytes += operand.dtype.width();
    }
  }
  for (const ArraySink& sink : fragment.sinks) {
    if (sink.tile == nullptr) bytes += sink.expr.meta().dtype.width();
  }
  return std::max<int64_t>(bytes, 8);
}

int64_t interval_of(const std::vector<int64_t>& cuts, int64_t position) {
  return std::upper_bound(cuts.begin(), cuts.end(), position) - cuts.begin() - 1;
}

}  // namespace

Tiling::Tiling(const ArrayFragment& fragment, int64_t target_bytes) : fragment_(fragment) {
  int64_t size = 1;
  for (const int64_t length : fragment.shape) size *= length;
  const int64_t width = element_bytes(fragment);
  bytes_ = size * width;
  cut(chunks(std::max<int64_t>(target_bytes / width, 1)));
  index_zones();
  // What a reduction keeps varies slowest, so that its tiles end one after the other.
  const ArraySink* first = nullptr;
  for (const ArraySink& sink : fragment.sinks) {
    if (first == nullptr && sink.tile != nullptr) first = &sink;
  }
  for (const bool reduced : {false, true}) {
    for (int axis = 0; axis < static_cast<int>(fragment.shape.size()); ++axis) {
      if ((first != nullptr && first->grid.reduced[axis]) == reduced) order_.push_back(axis);
    }
  }
  if (size == 0) return;
  count_ = 1;
  for (const auto& cuts : cuts_) count_ *= static_cast<int64_t>(cuts.size()) - 1;
}

// Lengths of a cell, grown from the last axis outwards from the least that leaves allow.
std::vector<int64_t> Tiling::chunks(int64_t target) const {
  const auto& shape = fragment_.shape;
  const int rank = static_cast<int>(shape.size());
  std::vector<int64_t> chunk(rank, 1);
  for (const ArraySink& sink : fragment_.sinks) {
    if (sink.tile == nullptr || sink.grid.axis < 0) continue;
    const LeafGrid& grid = sink.grid;
    chunk[grid.axis] = std::max(chunk[grid.axis], grid.length);
    for (int axis = grid.axis + 1; axis <= grid.last; ++axis)
      chunk[axis] = std::max<int64_t>(shape[axis], 1);
  }
  const bool selects = std::any_of(fragment_.sinks.begin(), fragment_.sinks.end(),
                                   [](const ArraySink& sink) { return sink.selection >= 0; });
  int64_t size = 1;
  for (int axis = 0; axis < rank; ++axis) {
    chunk[axis] = std::min(chunk[axis], std::max<int64_t>(shape[axis], 1));
    size *= chunk[axis];
  }
  std::vector<bool> fixed(rank, false);
  for (int axis = rank - 1; axis >= 0; --axis) {
    const int64_t before = chunk[axis];
    const int64_t room = std::max<int64_t>(target / size, 1);
    if (!fixed[axis] && before < shape[axis]) {
      // A power of two of leaves is one node of the tree in which they are merged.
      const bool whole = before * room >= shape[axis];
      const int64_t grown =
          before * static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(room)));
      chunk[axis] = whole ? shape[axis] : grown;
      size = size / before * chunk[axis];
    }
    // A selection keeps elements in C order: its cells are runs of it.
    if (selects && chunk[axis] < shape[axis]) std::fill(fixed.begin(), fixed.begin() + axis, true);
  }
  return chunk;
}

void Tiling::cut(const std::vector<int64_t>& chunk) {
  for (size_t axis = 0; axis < fragment_.shape.size(); ++axis) {
    const int64_t length = fragment_.shape[axis];
    std::vector<int64_t> seams{0, length};
    for (const Zone& zone : fragment_.zones) {
      seams.push_back(zone.region.begin[axis]);
      seams.push_back(zone.region.end[axis]);
    }
    std::sort(seams.begin(), seams.end());
    seams.erase(std::unique(seams.begin(), seams.end()), seams.end());
    std::vector<int64_t> cuts = seams;
    for (int64_t at = chunk[axis]; at < length; at += chunk[axis]) cuts.push_back(at);
    std::sort(cuts.begin(), cuts.end());
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    seams_.push_back(std::move(seams));
    cuts_.push_back(std::move(cuts));
  }
}

void Tiling::index_zones() {
  if (fragment_.zones.size() == 1) return;
  const size_t rank = fragment_.shape.size();
  for (size_t z = 0; z < fragment_.zones.size(); ++z) {
    const Region& region = fragment_.zones[z].region;
    std::vector<int64_t> at(rank), first(rank);
    for (size_t axis = 0; axis < rank; ++axis)
      first[axis] = interval_of(seams_[axis], region.begin[axis]);
    at = first;
    for (;;) {
      zone_of_[at] = z;
      int axis = static_cast<int>(rank) - 1;
      for (; axis >= 0; --axis) {
        if (seams_[axis][++at[axis]] < region.end[axis]) break;
        at[axis] = first[axis];
      }
      if (axis < 0) break;
    }
  }
}

// Which interval of each axis.
std::vector<int64_t> Tiling::cell(int64_t split) const {
  std::vector<int64_t> at(order_.size());
  for (size_t i = order_.size(); i-- > 0;) {
    const auto n = static_cast<int64_t>(cuts_[order_[i]].size()) - 1;
    at[order_[i]] = split % n;
    split /= n;
  }
  return at;
}

Region Tiling::region(int64_t split) const {
  Region region;
  region.rank = static_cast<uint8_t>(order_.size());
  const auto at = cell(split);
  for (size_t axis = 0; axis < at.size(); ++axis) {
    region.begin[axis] = cuts_[axis][at[axis]];
    region.end[axis] = cuts_[axis][at[axis] + 1];
  }
  return region;
}

const Zone& Tiling::zone(int64_t split) const {
  if (fragment_.zones.size() == 1) return fragment_.zones[0];
  const Region box = region(split);
  std::vector<int64_t> at;
  for (size_t axis = 0; axis < seams_.size(); ++axis)
    at.push_back(interval_of(seams_[axis], box.begin[axis]));
  return fragment_.zones[zone_of_.at(at)];
}

int64_t Tiling::tiles(const LeafGrid& grid) const {
  int64_t n = 1;
  for (size_t axis = 0; axis < cuts_.size(); ++axis) {
    if (!grid.reduced[axis]) n *= static_cast<int64_t>(cuts_[axis].size()) - 1;
  }
  return n;
}

int64_t Tiling::tile(int64_t split, const LeafGrid& grid) const {
  const auto at = cell(split);
  int64_t tile = 0;
  for (size_t axis = 0; axis < cuts_.size(); ++axis) {
    if (grid.reduced[axis]) continue;
    tile = tile * (static_cast<int64_t>(cuts_[axis].size()) - 1) + at[axis];
  }
  return tile;
}

Region Tiling::tile_region(int64_t tile, const LeafGrid& grid) const {
  Region region = whole_region(fragment_.shape);
  for (size_t axis = cuts_.size(); axis-- > 0;) {
    if (grid.reduced[axis]) continue;
    const auto n = static_cast<int64_t>(cuts_[axis].size()) - 1;
    region.begin[axis] = cuts_[axis][tile % n];
    region.end[axis] = cuts_[axis][tile % n + 1];
    tile /= n;
  }
  return region;
}

}  // namespace tharsis::plan

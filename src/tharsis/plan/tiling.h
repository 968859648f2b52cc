#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "tharsis/plan/array_fragment.h"

namespace tharsis::plan {

/// The splits of an array fragment: a grid over its domain. Cells hold about `target_bytes`, end
/// where zones end and hold whole leaves of all reductions, except at seams. From the data alone.
class Tiling {
 public:
  Tiling(const ArrayFragment& fragment, int64_t target_bytes);

  int64_t count() const { return count_; }
  Region region(int64_t split) const;
  const Zone& zone(int64_t split) const;
  /// Bytes that all splits read and write.
  int64_t bytes() const { return bytes_; }

  /// Output tiles of a reduction: the cells of the axes it keeps. Splits of one tile follow one
  /// another, for the first reduction at least.
  int64_t tiles(const LeafGrid& grid) const;
  int64_t tile(int64_t split, const LeafGrid& grid) const;
  /// The box of the domain above tile `tile`: whole along reduced axes.
  Region tile_region(int64_t tile, const LeafGrid& grid) const;

 private:
  std::vector<int64_t> chunks(int64_t target) const;
  void cut(const std::vector<int64_t>& chunk);
  void index_zones();
  std::vector<int64_t> cell(int64_t split) const;

  const ArrayFragment& fragment_;
  std::vector<std::vector<int64_t>> cuts_;  // per axis: 0, …, length
  std::vector<int> order_;                  // axes, the slowest first
  int64_t count_ = 0;
  int64_t bytes_ = 0;
  std::vector<std::vector<int64_t>> seams_;         // per axis, as `cuts_`
  std::map<std::vector<int64_t>, size_t> zone_of_;  // by cell between seams
};

}  // namespace tharsis::plan

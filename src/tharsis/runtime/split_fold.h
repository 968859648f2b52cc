#pragma once

#include <vector>

#include "tharsis/memory/arena.h"
#include "tharsis/plan/array_fragment.h"

namespace tharsis::runtime {

/// Elements of a split that follow one another in the C order of its region: `along` positions of
/// the axis `pivot` from `at` on, and all of the axes behind it.
struct ArrayRun {
  std::array<int64_t, kMaxRank> at{};
  int pivot = 0;
  int64_t along = 0;
  int64_t count = 0;
};

/// A node of the tree in which leaves are merged: leaves [index << level, (index + 1) << level) of
/// all output elements of a tile. At a seam, a node is a part of one leaf; parts merge by `offset`.
struct FoldNode {
  int level = 0;
  int64_t index = 0;
  int64_t offset = -1;  // of a part: where it begins in its leaf; -1: all of it
  int64_t values = 0;   // behind each state
  States states;
};

/// Folds the elements of one split into nodes. Scratch comes from the arena, which the caller
/// resets when it is done with the nodes.
class SplitFold {
 public:
  SplitFold(const Fold& fold, const LeafGrid& grid, const std::vector<int64_t>& shape,
            const Region& region, memory::Arena& arena);

  /// `values` are of the type that the fold takes. Runs come in C order.
  void add(const ArrayRun& run, const void* values);
  /// What a selection kept of leaf `leaf`; there is one output element. Leaves come in order, each
  /// once, also those of which nothing was kept.
  void add_kept(int64_t leaf, const void* values, int64_t count);

  /// Output elements of the tile.
  int64_t width() const { return outputs_; }
  /// What is there at the end of the split, by position.
  std::vector<FoldNode> nodes() const;

  static constexpr int64_t kRunMax = 4096;  // elements of a run

 private:
  // Which output element, and which line of leaves of it: among all, and in this region.
  struct Line {
    int64_t output = 0;
    int64_t outer = 0;
    int64_t local = 0;
  };
  // Leaves [first, last) of all output elements. Whole ones form a binary counter: level k holds a
  // node where bit k of the number of leaves is set. A node whose left neighbour is not in the
  // group stays at the edge.
  struct Group {
    int64_t first = 0;
    int64_t last = 0;
    int64_t first_whole = 0;
    int64_t last_whole = 0;
    std::vector<States> levels;
    std::vector<States> edges;
    std::vector<States> parts;          // by leaf - first; null where the leaf is whole
    std::vector<int64_t> level_values;  // behind a selection
    std::vector<int64_t> edge_values;
  };
  Line line_at(const std::array<int64_t, kMaxRank>& at) const;
  void each_line(const ArrayRun& run, const char* values, int64_t line_values);
  void fold_line(Line line, int64_t begin, int64_t end, const char* values);
  void fold_leaf_line(Line line, int64_t begin, int64_t end, const char* values);
  void fold_rows(Line line, int64_t position, int64_t row, int64_t rows, int64_t column,
                 int64_t columns, const char* values);
  void push(const Line& line, int64_t output, int64_t count, int64_t leaf, States states,
            int64_t values);
  void make_groups();
  void allocate(Group& group);
  void add_nodes(const Group& group, std::vector<FoldNode>* out) const;

  // Of the part of a leaf that lies in the region, along the leaf axis.
  int64_t begin_of(int64_t block) const;
  int64_t end_of(int64_t block) const;
  bool is_part(int64_t block) const;
  int64_t values_of(int level, int64_t index) const;
  States take(int64_t outputs, int words);
  const char* skip(const char* values, int64_t n) const { return values + n * width_bytes_; }

  const Fold& fold_;
  const LeafGrid& grid_;
  const std::vector<int64_t>& shape_;
  const Region region_;
  memory::Arena& arena_;
  const int64_t width_bytes_;  // of a value
  int64_t outputs_ = 1;
  int64_t row_ = 1;    // elements of a row within the region
  int64_t inner_ = 1;  // reduced elements per position of the leaf axis within the region
  int64_t line_ = 1;   // positions of the leaf axis within the region
  std::array<int64_t, kMaxRank> output_stride_{};
  std::array<int64_t, kMaxRank> outer_stride_{};
  std::array<int64_t, kMaxRank> local_stride_{};
  int64_t lines_ = 1;          // of leaves, within the region
  std::vector<Group> groups_;  // one, or one per line where lines do not follow one another
  States open_;
  States scratch_;
  bool kept_only_ = false;  // behind a selection: what nodes hold is counted
};

}  // namespace tharsis::runtime

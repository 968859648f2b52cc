#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "tharsis/memory/store.h"
#include "tharsis/runtime/split_fold.h"

namespace tharsis::runtime {

/// The nodes of one output tile that have not met their neighbours yet. Whatever the order in which
/// nodes arrive, the same ones are merged. One thread at a time.
class TileTree {
 public:
  struct Held {
    int64_t values = 0;
    memory::Buffer states;
  };

  TileTree(const Fold& fold, const LeafGrid& grid, int64_t width)
      : fold_(&fold), grid_(&grid), width_(width) {}

  void insert(const FoldNode& node);
  /// All leaves have arrived since the tree was made, spilled ones included.
  bool complete(int64_t leaves) const { return leaves_ == leaves; }
  bool has_nodes() const { return !nodes_.empty(); }
  bool has_parts() const { return !parts_.empty(); }
  int64_t bytes() const;
  int64_t width() const { return width_; }
  /// REQUIRES: complete, and all nodes are here. The merged states.
  Held take_root();

  /// All nodes as one column of words, which is what is spilled and what travels; they are not here
  /// any more. Parts of leaves travel, but stay in memory until their leaf is whole.
  Batch take_words(bool parts_too);
  void insert_words(const Batch& words);

 private:
  using Place = std::pair<int64_t, int>;          // first leaf, level
  using PartPlace = std::pair<int64_t, int64_t>;  // leaf, offset
  void put(int level, int64_t index, Held held);
  Held merged(Held left, Held right) const;
  void join_parts(int64_t leaf);
  States states(Held& held) const { return {held.states.data(), width_}; }

  const Fold* fold_;
  const LeafGrid* grid_;
  int64_t width_;
  int64_t leaves_ = 0;
  std::map<Place, Held> nodes_;
  std::map<PartPlace, Held> parts_;
};

/// The states of one reduction on one node, by output tile. Any thread.
class TileStates {
 public:
  /// `done(tile, root)` finishes a tile all of whose leaves were folded on this node; it is called
  /// without a lock.
  using Done = std::function<void(int64_t tile, TileTree::Held root)>;

  TileStates(const Fold& fold, const LeafGrid& grid, int64_t tiles, int64_t leaves,
             memory::Store& store, std::string name, bool spill_always);

  void insert(int64_t tile, int64_t width, std::span<const FoldNode> nodes, const Done& done);
  /// The chunks and the rest of a tile, to be finished elsewhere.
  std::vector<Ref<memory::Chunk>> export_tile(int64_t tile);
  /// Nodes of a tile from elsewhere; `done` when that makes it complete.
  void import_tile(int64_t tile, int64_t width, const std::vector<Ref<memory::Chunk>>& chunks,
                   const Done& done);
  bool holds(int64_t tile) const;
  memory::Store& store() { return store_; }

 private:
  struct Tile {
    std::unique_ptr<TileTree> tree;
    std::vector<Ref<memory::Chunk>> spilled;
  };
  TileTree& tree(int64_t tile, int64_t width);
  void account(int64_t before, int64_t after);
  void spill(Tile& tile);
  void spill_all();
  TileTree::Held take_root(Tile& tile);

  const Fold& fold_;
  const LeafGrid& grid_;
  const int64_t leaves_;
  memory::Store& store_;
  const bool spill_always_;
  mutable std::mutex mutex_;
  memory::Reservation reservation_;  // guarded by mutex_, as all below
  std::vector<Tile> tiles_;
};

}  // namespace tharsis::runtime

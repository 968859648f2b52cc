#include "tharsis/runtime/tile_states.h"

#include <cstring>

#include "tharsis/base/error.h"

namespace tharsis::runtime {

using memory::Buffer;

void TileTree::insert(const FoldNode& node) {
  const int words = fold_->words();
  Held held{node.values, Buffer(width_ * words * 8)};
  for (int word = 0; word < words; ++word)
    std::memcpy(states(held).words<uint64_t>(word), node.states.words<uint64_t>(word), width_ * 8);
  if (node.offset < 0) {
    leaves_ += int64_t{1} << node.level;
    put(node.level, node.index, std::move(held));
  } else {
    parts_.emplace(PartPlace{node.index, node.offset}, std::move(held));
    join_parts(node.index);
  }
}

TileTree::Held TileTree::merged(Held left, Held right) const {
  if (left.values == 0) return right;
  if (right.values > 0) {
    fold_->merge(states(left), states(right), width_, left.values, right.values);
    left.values += right.values;
  }
  return left;
}

void TileTree::put(int level, int64_t index, Held held) {
  for (;; ++level, index >>= 1) {
    const auto sibling = nodes_.find({(index ^ 1) << level, level});
    if (sibling == nodes_.end()) break;
    Held other = std::move(sibling->second);
    nodes_.erase(sibling);
    held = (index & 1) != 0 ? merged(std::move(other), std::move(held))
                            : merged(std::move(held), std::move(other));
  }
  nodes_.emplace(Place{index << level, level}, std::move(held));
}

// Once the parts of a leaf are all there, they are the leaf.
void TileTree::join_parts(int64_t leaf) {
  const auto begin = parts_.lower_bound({leaf, 0});
  const auto end = parts_.lower_bound({leaf + 1, 0});
  int64_t values = 0;
  for (auto at = begin; at != end; ++at) values += at->second.values;
  if (values < grid_->values_before(leaf + 1) - grid_->values_before(leaf)) return;
  Held all = std::move(begin->second);
  for (auto at = std::next(begin); at != end; ++at)
    all = merged(std::move(all), std::move(at->second));
  parts_.erase(begin, end);
  ++leaves_;
  put(0, leaf, std::move(all));
}

TileTree::Held TileTree::take_root() {
  check(parts_.empty() && !nodes_.empty(), "a tile is finished before all of it is there");
  // Nodes without a right neighbour are left of each other, the largest first.
  auto at = nodes_.rbegin();
  Held root = std::move(at->second);
  for (++at; at != nodes_.rend(); ++at) root = merged(std::move(at->second), std::move(root));
  nodes_.clear();
  return root;
}

int64_t TileTree::bytes() const {
  const auto nodes = static_cast<int64_t>(nodes_.size() + parts_.size());
  return nodes * (width_ * fold_->words() * 8 + 128);
}

// Per node: first leaf, level, offset, values, states.
Batch TileTree::take_words(bool parts_too) {
  const int64_t state_words = width_ * fold_->words();
  const auto count = static_cast<int64_t>(nodes_.size() + (parts_too ? parts_.size() : 0));
  auto bytes = std::make_shared<Buffer>(count * (4 + state_words) * 8);
  auto* to = bytes->as<int64_t>();
  const auto write = [&](int64_t leaf, int64_t level, int64_t offset, const Held& held) {
    to[0] = leaf;
    to[1] = level;
    to[2] = offset;
    to[3] = held.values;
    std::memcpy(to + 4, held.states.data(), state_words * 8);
    to += 4 + state_words;
  };
  for (const auto& [place, held] : nodes_) write(place.first, place.second, -1, held);
  nodes_.clear();
  if (parts_too) {
    for (const auto& [place, held] : parts_) write(place.first, 0, place.second, held);
    parts_.clear();
  }
  Batch batch;
  batch.rows = count * (4 + state_words);
  Column column;
  column.dtype = TypeId::kInt64;
  column.data = bytes->data();
  column.owner = std::move(bytes);
  batch.columns.push_back(std::move(column));
  return batch;
}

// Leaves are counted by whoever folded them: `leaves_` of a tree that imports counts them anew.
void TileTree::insert_words(const Batch& words) {
  const int64_t state_words = width_ * fold_->words();
  const auto* from = words.columns[0].values<int64_t>();
  for (int64_t done = 0; done < words.rows; done += 4 + state_words, from += 4 + state_words) {
    FoldNode node;
    node.level = static_cast<int>(from[1]);
    node.index = from[2] < 0 ? from[0] >> from[1] : from[0];
    node.offset = from[2];
    node.values = from[3];
    node.states = {const_cast<int64_t*>(from + 4), width_};
    insert(node);
  }
}

TileStates::TileStates(const Fold& fold, const LeafGrid& grid, int64_t tiles, int64_t leaves,
                       memory::Store& store, std::string name, bool spill_always)
    : fold_(fold),
      grid_(grid),
      leaves_(leaves),
      store_(store),
      spill_always_(spill_always),
      reservation_(store.budget(), std::move(name), true),
      tiles_(tiles) {}

TileTree& TileStates::tree(int64_t tile, int64_t width) {
  auto& tree = tiles_[tile].tree;
  if (tree == nullptr) tree = std::make_unique<TileTree>(fold_, grid_, width);
  return *tree;
}

void TileStates::account(int64_t before, int64_t after) {
  if (after > before) reservation_.charge(after - before);
  if (after < before) reservation_.release(before - after);
}

void TileStates::insert(int64_t tile, int64_t width, std::span<const FoldNode> nodes,
                        const Done& done) {
  TileTree::Held root;
  {
    const std::lock_guard lock(mutex_);
    const int64_t growth = static_cast<int64_t>(nodes.size()) * (width * fold_.words() * 8 + 128);
    if (!reservation_.ensure(growth)) {
      spill_all();
      reservation_.ensure_or_fail(growth);
    }
    TileTree& tree = this->tree(tile, width);
    const int64_t before = tree.bytes();
    for (const FoldNode& node : nodes) tree.insert(node);
    account(before, tree.bytes());
    if (!tree.complete(leaves_)) {
      if (spill_always_) spill(tiles_[tile]);
      if (reservation_.asked_to_spill()) spill_all();
      return;
    }
    root = take_root(tiles_[tile]);
  }
  done(tile, std::move(root));
}

TileTree::Held TileStates::take_root(Tile& tile) {
  for (const auto& chunk : tile.spilled) {
    const int64_t before = tile.tree->bytes();
    tile.tree->insert_words(*chunk->store().pin(chunk));
    account(before, tile.tree->bytes());
  }
  tile.spilled.clear();
  account(tile.tree->bytes(), 0);
  TileTree::Held root = tile.tree->take_root();
  tile.tree.reset();
  reservation_.trim();
  return root;
}

void TileStates::spill(Tile& tile) {
  if (tile.tree == nullptr || !tile.tree->has_nodes()) return;
  const int64_t before = tile.tree->bytes();
  tile.spilled.push_back(store_.put_on_disk(tile.tree->take_words(false)));
  account(before, tile.tree->bytes());
}

void TileStates::spill_all() {
  for (Tile& tile : tiles_) spill(tile);
  reservation_.trim();
  reservation_.spill_done();
}

bool TileStates::holds(int64_t tile) const {
  const std::lock_guard lock(mutex_);
  return tiles_[tile].tree != nullptr;
}

std::vector<Ref<memory::Chunk>> TileStates::export_tile(int64_t tile) {
  const std::lock_guard lock(mutex_);
  Tile& mine = tiles_[tile];
  std::vector<Ref<memory::Chunk>> chunks = std::move(mine.spilled);
  mine.spilled.clear();
  if (mine.tree != nullptr && (mine.tree->has_nodes() || mine.tree->has_parts())) {
    account(mine.tree->bytes(), 0);
    chunks.push_back(store_.put(mine.tree->take_words(true)));
  }
  mine.tree.reset();
  return chunks;
}

void TileStates::import_tile(int64_t tile, int64_t width,
                             const std::vector<Ref<memory::Chunk>>& chunks, const Done& done) {
  TileTree::Held root;
  {
    const std::lock_guard lock(mutex_);
    TileTree& tree = this->tree(tile, width);
    for (const auto& chunk : chunks) {
      const int64_t before = tree.bytes();
      tree.insert_words(*chunk->store().pin(chunk));
      account(before, tree.bytes());
    }
    if (!tree.complete(leaves_)) return;
    root = take_root(tiles_[tile]);
  }
  done(tile, std::move(root));
}

}  // namespace tharsis::runtime

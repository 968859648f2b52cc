#include "tharsis/runtime/array_sink.h"

#include <algorithm>
#include <cstring>

#include "tharsis/base/error.h"
#include "tharsis/kernels/compress.h"
#include "tharsis/kernels/widen.h"

namespace tharsis::runtime {
namespace {

using memory::ArrayRoom;

int64_t product(const std::vector<int64_t>& shape) {
  int64_t n = 1;
  for (const int64_t length : shape) n *= length;
  return n;
}

// Keeps all elements in place: the runner writes them.
class Keep final : public ArraySinkRun {
 public:
  Keep(const plan::ArraySink& sink, memory::Store& store)
      : shape_(sink.shape),
        room_(store, sink.expr.meta().dtype, product(sink.shape),
              "array " + sink.expr.meta().text()) {}

  Room room() const override { return {room_.data(), room_.width()}; }
  std::unique_ptr<Local> open(int64_t, const Region&, Worker&) override { return nullptr; }
  void add(Local&, ZoneRunner&, uint32_t, Worker&) override {}
  void add_kept(Local&, const Column&, int64_t, std::span<const int64_t>, Worker&) override {}
  void close(Local&, Worker&) override {}
  std::shared_ptr<Value> finish(const Each&, Exchange*) override { return room_.close(shape_); }

 private:
  const std::vector<int64_t> shape_;
  ArrayRoom room_;
};

// Keeps what a selection lets through: pieces of splits, which are then put one after the other.
class KeepSelected final : public ArraySinkRun {
 public:
  KeepSelected(const plan::ArraySink& sink, memory::Store& store, int64_t splits)
      : sink_(sink),
        store_(store),
        dtype_(sink.expr.meta().dtype),
        reservation_(store.budget(), "selection " + sink.expr.meta().text()),
        pieces_(splits) {}

  struct Piece final : Local {
    int64_t split = 0;
    memory::Buffer bytes;
    int64_t count = 0;
  };

  std::unique_ptr<Local> open(int64_t split, const Region&, Worker&) override {
    auto piece = std::make_unique<Piece>();
    piece->split = split;
    return piece;
  }
  void add(Local&, ZoneRunner&, uint32_t, Worker&) override {}

  void add_kept(Local& local, const Column& values, int64_t, std::span<const int64_t> counts,
                Worker&) override {
    auto& piece = static_cast<Piece&>(local);
    int64_t more = 0;
    for (const int64_t count : counts) more += count;
    if (more == 0) return;
    const int64_t width = dtype_.width();
    if ((piece.count + more) * width > piece.bytes.size()) grow(piece, more * width);
    char* to = piece.bytes.as<char>() + piece.count * width;
    if (values.encoding == Encoding::kConstant) {
      kernels::repeat(width, values.data, more, to);
    } else {
      std::memcpy(to, values.data, more * width);
    }
    piece.count += more;
  }

  void close(Local& local, Worker&) override {
    auto& piece = static_cast<Piece&>(local);
    pieces_[piece.split] = {std::move(piece.bytes), piece.count};
  }

  std::shared_ptr<Value> finish(const Each& each, Exchange*) override {
    std::vector<int64_t> begin{0};
    for (const auto& piece : pieces_) begin.push_back(begin.back() + piece.second);
    ArrayRoom room(store_, dtype_, begin.back(), reservation_.name());
    each(static_cast<int64_t>(pieces_.size()),
         [&](int64_t i, Worker&) {
           if (pieces_[i].second == 0) return;
           std::memcpy(room.data() + begin[i] * room.width(), pieces_[i].first.data(),
                       pieces_[i].second * room.width());
         },
         {});
    std::vector<int64_t> shape = sink_.shape;
    int64_t rest = 1;
    for (size_t i = 1; i < shape.size(); ++i) rest *= shape[i];
    shape[0] = rest == 0 ? 0 : begin.back() / rest;
    return room.close(shape);
  }

 private:
  void grow(Piece& piece, int64_t more) {
    memory::Buffer larger(std::max(2 * piece.bytes.size(), piece.bytes.size() + more));
    {
      const std::lock_guard lock(mutex_);
      reservation_.ensure_or_fail(larger.size() - piece.bytes.size());
      reservation_.charge(larger.size() - piece.bytes.size());
    }
    if (piece.count > 0)
      std::memcpy(larger.data(), piece.bytes.data(), piece.count * dtype_.width());
    piece.bytes = std::move(larger);
  }

  const plan::ArraySink& sink_;
  memory::Store& store_;
  const DType dtype_;
  std::mutex mutex_;
  memory::Reservation reservation_;  // guarded by mutex_
  std::vector<std::pair<memory::Buffer, int64_t>> pieces_;
};

// A reduction: states by output tile, finished as soon as a tile is complete.
class Reduce final : public ArraySinkRun {
 public:
  Reduce(const plan::ArrayFragment& fragment, const plan::ArraySink& sink,
         const plan::Tiling& tiling, Pool& pool, const RunOptions& options)
      : fragment_(fragment),
        sink_(sink),
        tiling_(tiling),
        fold_(*sink.tile->fold),
        room_(pool.store(0), sink.expr.meta().dtype, product(sink.shape), sink.text) {
    int64_t lines = 1;
    for (int axis = 0; axis < sink.grid.axis; ++axis) {
      if (sink.grid.reduced[axis]) lines *= fragment.shape[axis];
    }
    leaves_ = lines * sink.grid.leaves_per_line();
    if (tiling.count() > 0) values_ = sink.grid.values_before(leaves_);
    for (int node = 0; node < pool.nodes(); ++node) {
      states_.push_back(std::make_unique<TileStates>(fold_, sink.grid, tiling.tiles(sink.grid),
                                                     leaves_, pool.store(node), sink.text,
                                                     options.spill_always));
    }
    if (tiling.count() == 0) fold_.finish({}, product(sink.shape), 0, room_.data());
  }

  struct Folding final : Local {
    Folding(const Fold& fold, const LeafGrid& grid, const std::vector<int64_t>& shape,
            const Region& region, memory::Arena& arena)
        : fold(fold, grid, shape, region, arena) {}
    int64_t split = 0;
    SplitFold fold;
    void* widened = nullptr;
  };

  std::unique_ptr<Local> open(int64_t split, const Region& region, Worker& worker) override {
    auto local =
        std::make_unique<Folding>(fold_, sink_.grid, fragment_.shape, region, worker.arena);
    local->split = split;
    local->widened = worker.arena.take(SplitFold::kRunMax * 8);
    return local;
  }

  void add(Local& local, ZoneRunner& runner, uint32_t slot, Worker&) override {
    auto& mine = static_cast<Folding&>(local);
    const DType& dtype = runner.column(slot).dtype;
    const void* values = runner.flat(slot);
    mine.fold.add(runner.run(), widened(mine, dtype, values, runner.run().count));
  }

  void add_kept(Local& local, const Column& column, int64_t first_leaf,
                std::span<const int64_t> counts, Worker& worker) override {
    auto& mine = static_cast<Folding&>(local);
    int64_t all = 0;
    for (const int64_t count : counts) all += count;
    const void* values = column.data;
    if (column.encoding == Encoding::kConstant) {
      void* flat = worker.arena.take(all * column.dtype.width());
      kernels::repeat(column.dtype.width(), column.data, all, flat);
      values = flat;
    }
    const auto* from = static_cast<const char*>(widened(mine, column.dtype, values, all));
    for (size_t i = 0; i < counts.size(); ++i) {
      mine.fold.add_kept(first_leaf + static_cast<int64_t>(i), from, counts[i]);
      from += counts[i] * fold_.takes().width();
    }
  }

  void close(Local& local, Worker& worker) override {
    auto& mine = static_cast<Folding&>(local);
    const std::vector<FoldNode> nodes = mine.fold.nodes();
    const int64_t tile = tiling_.tile(mine.split, sink_.grid);
    states_[worker.node]->insert(tile, mine.fold.width(), nodes, done());
  }

  // Tiles that were folded on several nodes are brought to one of them as bytes.
  std::shared_ptr<Value> finish(const Each& each, Exchange* exchange) override {
    const auto nodes = static_cast<int64_t>(states_.size());
    if (nodes > 1 && tiling_.count() > 0) {
      each(
          tiling_.tiles(sink_.grid),
          [&](int64_t tile, Worker& worker) { gather(tile, worker.node, exchange); },
          [&](int64_t tile) { return static_cast<int>(tile % nodes); });
    }
    return room_.close(sink_.shape);
  }

 private:
  TileStates::Done done() {
    return [this](int64_t tile, TileTree::Held root) { finish_tile(tile, std::move(root)); };
  }

  const void* widened(Folding& local, const DType& dtype, const void* values, int64_t count) {
    const TypeId takes = fold_.takes().id;
    if (dtype.id == takes) return values;
    const bool same = dtype.is_integer() && dtype.width() == 8 && fold_.takes().is_integer();
    if (same) return values;
    kernels::widen(dtype.id, values, takes, local.widened, count);
    return local.widened;
  }

  void gather(int64_t tile, int node, Exchange* exchange) {
    const Region region = tiling_.tile_region(tile, sink_.grid);
    int64_t width = 1;
    for (int axis = 0; axis < region.rank; ++axis) {
      if (!sink_.grid.reduced[axis]) width *= region.length(axis);
    }
    TileStates& mine = *states_[node];
    for (auto& other : states_) {
      if (other.get() == &mine || !other->holds(tile)) continue;
      check(exchange != nullptr, "several nodes need an exchange");
      std::vector<Ref<memory::Chunk>> chunks = other->export_tile(tile);
      for (auto& chunk : chunks) chunk = exchange->move(chunk, mine.store());
      mine.import_tile(tile, width, chunks, done());
    }
  }

  // Writes the results of a tile where they belong.
  void finish_tile(int64_t tile, TileTree::Held root) {
    const Region region = tiling_.tile_region(tile, sink_.grid);
    std::vector<int64_t> length, whole, first;
    for (int axis = 0; axis < region.rank; ++axis) {
      if (sink_.grid.reduced[axis]) continue;
      length.push_back(region.length(axis));
      first.push_back(region.begin[axis]);
      whole.push_back(fragment_.shape[axis]);
    }
    int64_t outputs = 1;
    for (const int64_t n : length) outputs *= n;
    const int64_t values = sink_.selection >= 0 ? root.values : values_;
    const States states{root.states.data(), outputs};
    // Lines that lie in one piece in the result.
    auto axis = static_cast<int>(length.size()) - 1;
    int64_t line = axis < 0 ? 1 : length[axis];
    while (axis > 0 && length[axis] == whole[axis]) line *= length[--axis];
    std::vector<int64_t> at = first;
    for (int64_t done = 0; done < outputs; done += line) {
      int64_t position = 0;
      for (size_t i = 0; i < at.size(); ++i) position = position * whole[i] + at[i];
      fold_.finish(states.from(done), line, values, room_.data() + position * room_.width());
      for (int i = axis - 1; i >= 0; --i) {
        if (++at[i] < first[i] + length[i]) break;
        at[i] = first[i];
      }
    }
  }

  const plan::ArrayFragment& fragment_;
  const plan::ArraySink& sink_;
  const plan::Tiling& tiling_;
  const Fold& fold_;
  ArrayRoom room_;
  int64_t leaves_ = 0;  // of each output element
  int64_t values_ = 0;
  std::vector<std::unique_ptr<TileStates>> states_;  // by node
};

}  // namespace

std::unique_ptr<ArraySinkRun> make_sink_run(const plan::ArrayFragment& fragment,
                                            const plan::ArraySink& sink, const plan::Tiling& tiling,
                                            Pool& pool, const RunOptions& options) {
  if (sink.tile != nullptr) return std::make_unique<Reduce>(fragment, sink, tiling, pool, options);
  if (sink.selection >= 0)
    return std::make_unique<KeepSelected>(sink, pool.store(0), tiling.count());
  return std::make_unique<Keep>(sink, pool.store(0));
}

}  // namespace tharsis::runtime

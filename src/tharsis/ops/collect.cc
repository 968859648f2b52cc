#include "tharsis/ops/collect.h"

#include <algorithm>
#include <atomic>

#include "tharsis/memory/batch_builder.h"

namespace tharsis::ops {
namespace {

constexpr int64_t kChunkBytes = int64_t{8} << 20;
constexpr int64_t kSharedMin = int64_t{256} << 10;  // shared rows that are worth a chunk

// Columns that pass as they are are shared while memory is there: what two values hold is freed
// only when both let go.
struct Collected final : State {
  explicit Collected(bool share) : builder(share) {}
  memory::BatchBuilder builder;
  std::vector<Ref<memory::Chunk>> chunks;
  int64_t rows = 0;
  int64_t bytes() const override { return builder.bytes() + builder.shared_bytes(); }
};

bool has_room(const memory::Budget& budget) {
  return 2 * budget.used_bytes() < budget.limit_bytes();
}

class Collect final : public Sink {
 public:
  explicit Collect(int64_t limit) : limit_(limit) {}

  bool per_split() const override { return true; }
  int64_t limit() const override { return limit_; }
  Own<State> open(Worker& worker) const override {
    return std::make_unique<Collected>(has_room(worker.store.budget()));
  }

  // Buffers double, so what is added is at most what is there, what is expected or what arrives.
  int64_t growth_max(const Batch& batch, const State& state) const override {
    const int64_t bytes = memory::batch_bytes(batch);
    const bool fresh = static_cast<const Collected&>(state).builder.rows() == 0;
    const int64_t expected = fresh ? usual_rows_.load(std::memory_order_relaxed) * 2 : 0;
    return std::max(
        {2 * bytes, state.bytes(), bytes * expected / std::max<int64_t>(batch.rows, 1)});
  }

  Flow consume(Batch& batch, uint16_t, State& state, Worker& worker) const override {
    auto& mine = static_cast<Collected&>(state);
    int64_t take = batch.rows;
    if (limit_ >= 0) take = std::min(take, limit_ - mine.rows);
    if (mine.builder.shared_bytes() > kSharedMin && mine.builder.breaks(batch))
      store_rows(mine, worker);
    if (mine.builder.rows() == 0 && batch.rows >= kBatchRows / 2)
      mine.builder.expect(usual_rows_.load(std::memory_order_relaxed));
    if (take > 0) mine.builder.append(batch, 0, take);
    mine.rows += take;
    if (mine.bytes() > kChunkBytes) store_rows(mine, worker);
    return limit_ >= 0 && mine.rows >= limit_ ? Flow::kEnough : Flow::kMore;
  }

  // The store writes out the rows of a split that has ended, where others need the room.
  void close(State& state, Worker& worker) const override {
    auto& mine = static_cast<Collected&>(state);
    if (mine.builder.rows() > 0) mine.chunks.push_back(worker.store.put(mine.builder.take()));
  }

  bool spill(State& state, Worker& worker) const override {
    auto& mine = static_cast<Collected&>(state);
    if (mine.builder.rows() == 0) return false;
    mine.chunks.push_back(worker.store.put_on_disk(mine.builder.take()));
    return true;
  }

  Summary summary(const State& state) const override {
    const auto& mine = static_cast<const Collected&>(state);
    Summary out;
    out.rows = mine.rows;
    return out;
  }

  Plan plan(std::span<const Summary>, uint16_t nodes) const override {
    Plan plan;
    plan.by = Plan::kSplits;
    plan.nodes = nodes;
    return plan;
  }

  void cut(Own<State> state, const Plan&, std::vector<Part>& out, Worker& worker) const override {
    auto& mine = static_cast<Collected&>(*state);
    if (mine.builder.rows() > 0) store_rows(mine, worker);
    for (auto& chunk : mine.chunks) {
      Part part;
      part.chunk = std::move(chunk);
      out.push_back(std::move(part));
    }
  }

  void finish(const Plan&, uint32_t, std::vector<Part> parts, Worker&, Emit& out) const override {
    int64_t left = limit_;
    for (Part& part : parts) {
      if (limit_ < 0 || part.chunk->rows() <= left) {
        left -= limit_ < 0 ? 0 : part.chunk->rows();
        out.adopt(part.chunk);
        continue;
      }
      if (left <= 0) return;
      Batch head = *part.chunk->store().pin(part.chunk);
      head.rows = static_cast<int64_t>(left);
      out(head);
      return;
    }
  }

 private:
  void store_rows(Collected& mine, Worker& worker) const {
    const int64_t rows = mine.builder.rows();
    if (rows > kBatchRows) usual_rows_.store(rows + rows / 16, std::memory_order_relaxed);
    const int64_t bytes = mine.builder.row_bytes();
    mine.chunks.push_back(worker.store.put(mine.builder.take(), bytes));
  }

  const int64_t limit_;
  // Of the last chunk, since splits resemble each other: buffers of this size need not double.
  mutable std::atomic<int64_t> usual_rows_{0};
};

}  // namespace

Ref<Sink> collect_sink(int64_t limit) { return std::make_shared<Collect>(limit); }

}  // namespace tharsis::ops

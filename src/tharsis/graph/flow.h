#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tharsis/base/cancel.h"
#include "tharsis/base/ref.h"
#include "tharsis/memory/arena.h"
#include "tharsis/memory/column.h"
#include "tharsis/memory/store.h"
#include "tharsis/memory/value.h"

namespace tharsis {

using memory::Batch;
using memory::Column;
using memory::Encoding;
using memory::Value;

/// Rows of one batch: eight thousand doubles are 64 KiB, so that some columns fit L2.
inline constexpr int64_t kBatchRows = 8192;

/// Who runs: one thread of one node.
struct Worker {
  memory::Store& store;
  memory::Arena& arena;  // scratch; see ArenaScope
  const CancelToken& cancel;
  uint16_t index = 0;  // among all workers
  uint16_t node = 0;
};

/// A contiguous run of rows of a source: a value that can be retried as a whole.
struct Split {
  uint64_t index = 0;
  int64_t first_row = -1;  // position in the whole, where the source knows it
  int64_t rows = -1;
  int64_t bytes = -1;
  std::array<int64_t, 2>
      payload{};  // what the source wants to remember: a row group, a file offset
};

struct State {
  virtual ~State() = default;
  /// What it holds now, for the budget. Cheap: asked after every batch.
  virtual int64_t bytes() const { return 0; }
};

enum class Flow : uint8_t { kMore, kEnough };

/// Where a step puts its batches. The callee may use them until it returns.
class Emit {
 public:
  virtual ~Emit() = default;
  virtual Flow operator()(Batch& batch) = 0;
  /// Hands on rows that a Store holds already; the default reads them.
  virtual Flow adopt(const Ref<memory::Chunk>& chunk) {
    Batch batch = *chunk->store().pin(chunk);
    return (*this)(batch);
  }
};

/// Refills one batch until it answers false. Columns are valid until the next call.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual bool next(Batch& out) = 0;
};

/// Rows from outside of the graph. Immutable; any thread.
class Source {
 public:
  virtual ~Source() = default;
  /// In row order; a split holds about `target_bytes`.
  virtual std::vector<Split> splits(int64_t target_bytes) const = 0;
  virtual Own<Reader> open(const Split& split, Worker& worker) const = 0;
  /// Total rows where known without reading.
  virtual int64_t rows() const { return -1; }
};

/// What batches pass through. Its input are the columns of all its streamed inputs, one after the
/// other.
class Step {
 public:
  virtual ~Step() = default;
  virtual Own<State> open(const Split&, Worker&) const { return nullptr; }
  /// Emits 0..n batches.
  virtual Flow apply(Batch& in, State* local, Worker& worker, Emit& out) const = 0;
  /// How many rows come out for one that goes in, about, where they are more. From the data alone:
  /// the splits follow from it.
  virtual double fan_out() const { return 1; }
  /// The end of a split.
  virtual Flow flush(State*, Worker&, Emit&) const { return Flow::kMore; }
};

/// What is known of a sink's state, small enough to send: sizes by the top eight bits of the value
/// hash.
struct Summary {
  int64_t rows = 0;
  int64_t bytes = 0;
  std::vector<int64_t> rows_by_hash;
  std::string sample;
  bool spilled = false;
};

/// How the states of one sink are cut into parts.
struct Plan {
  enum By : uint8_t { kWhole, kHash, kRange, kSplits } by = kWhole;
  // kHash: a power of two, at most 256; part p holds the hashes with these top bits.
  // kRange: part p comes before part p + 1.
  uint32_t count = 1;
  uint16_t nodes = 1;  // part p is finished on node p % nodes
  std::string bounds;
  int64_t ascends = -1;          // of the answer: see Value
  std::vector<uint32_t> rounds;  // calls of `prepare`, round by round; on one node only
};

/// A cut of a state: in memory, spilled or received from another node.
struct Part {
  uint32_t p = 0;
  Own<State> state;  // only uncut states, on their own node
  Ref<memory::Chunk> chunk;
  uint64_t order = 0;  // of its split, where the sink asks for order
};

/// Where batches end. One state per worker, or per split where the answer depends on the order of
/// rows.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual bool per_split() const { return false; }
  virtual Own<State> open(Worker& worker) const = 0;
  /// Bytes that `consume` may add to `state`: reserved before it is called, which then cannot fail.
  virtual int64_t growth_max(const Batch& batch, const State& state) const = 0;
  virtual Flow consume(Batch& batch, uint16_t port, State& state, Worker& worker) const = 0;
  /// The state of a split has seen its last batch: what it keeps can go to the Store, which may
  /// write it out while other splits run.
  virtual void close(State&, Worker&) const {}
  /// Writes the state to disk as cut parts; answers whether anything was freed.
  virtual bool spill(State&, Worker&) const { return false; }
  /// The state has seen all of its rows, and memory is scarce: writes out what neither the plan nor
  /// the cut asks for.
  virtual bool relieve(State& state, Worker& worker) const { return spill(state, worker); }
  virtual Summary summary(const State& state) const = 0;
  /// Rows after which no more are asked for, counted over the splits in order; -1: all are.
  virtual int64_t limit() const { return -1; }
  /// Once, on the driver.
  virtual Plan plan(std::span<const Summary> all, uint16_t nodes) const = 0;
  /// The one way out of a state.
  virtual void cut(Own<State> state, const Plan& plan, std::vector<Part>& out,
                   Worker& worker) const = 0;
  /// After all cuts and before any finish: call i of a round, each once. A round begins when the
  /// one before it is over.
  virtual void prepare(const Plan&, size_t /*round*/, uint32_t /*i*/, Worker&) const {}
  /// Emits the rows of part p. Parts arrive in the order of their workers or splits.
  virtual void finish(const Plan& plan, uint32_t p, std::vector<Part> parts, Worker& worker,
                      Emit& out) const = 0;
};

}  // namespace tharsis

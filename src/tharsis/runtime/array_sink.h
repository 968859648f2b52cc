#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "tharsis/memory/array_room.h"
#include "tharsis/plan/array_fragment.h"
#include "tharsis/plan/tiling.h"
#include "tharsis/runtime/run_fragment.h"
#include "tharsis/runtime/tile_states.h"
#include "tharsis/runtime/zone_runner.h"

namespace tharsis::runtime {

/// One sink of an array fragment, on all nodes. `split`s may run at once; a split is one worker's.
class ArraySinkRun {
 public:
  /// What a sink keeps while one split runs.
  struct Local {
    virtual ~Local() = default;
  };

  virtual ~ArraySinkRun() = default;
  /// Where elements are to be written, for a sink that keeps them all.
  virtual Room room() const { return {}; }
  virtual std::unique_ptr<Local> open(int64_t split, const Region& region, Worker& worker) = 0;
  /// One run. Behind a selection: the values that were kept, and how many per leaf.
  virtual void add(Local& local, ZoneRunner& runner, uint32_t slot, Worker& worker) = 0;
  virtual void add_kept(Local& local, const Column& values, int64_t first_leaf,
                        std::span<const int64_t> counts, Worker& worker) = 0;
  virtual void close(Local& local, Worker& worker) = 0;
  /// After all splits. `each(count, body, node)` runs in parallel.
  using Each = std::function<void(int64_t count, const Pool::Body& body,
                                  const std::function<int(int64_t)>& node)>;
  virtual std::shared_ptr<Value> finish(const Each& each, Exchange* exchange) = 0;
};

std::unique_ptr<ArraySinkRun> make_sink_run(const plan::ArrayFragment& fragment,
                                            const plan::ArraySink& sink, const plan::Tiling& tiling,
                                            Pool& pool, const RunOptions& options);

}  // namespace tharsis::runtime

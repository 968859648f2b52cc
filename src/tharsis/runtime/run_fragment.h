#pragma once

#include <functional>
#include <vector>

#include "tharsis/plan/fragment.h"
#include "tharsis/runtime/pool.h"
#include "tharsis/runtime/profile.h"

namespace tharsis::runtime {

/// Moves what a finish needs to the node that runs it. Implemented by cluster/.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual Ref<memory::Chunk> move(const Ref<memory::Chunk>& chunk, memory::Store& to) = 0;
  /// Bytes moved so far.
  virtual int64_t wire_bytes() const = 0;
};

/// How far the pass that runs now has come: written by workers, read by whoever waits.
struct PassProgress {
  std::atomic<int64_t> passes{0};  // begun so far
  std::atomic<int64_t> splits{0};  // of this pass
  std::atomic<int64_t> done{0};    // of these splits
  std::atomic<int64_t> rows{0};    // read by all passes

  void begin(int64_t count) {
    splits.store(count, std::memory_order_relaxed);
    done.store(0, std::memory_order_relaxed);
    passes.fetch_add(1, std::memory_order_relaxed);
  }
};

struct RunOptions {
  int64_t split_bytes = int64_t{4} << 20;   // from the data alone, never from cores or budget
  int64_t inline_bytes = int64_t{1} << 20;  // smaller inputs run on the thread of the caller
  int64_t batch_rows = kBatchRows;
  bool spill_always = false;     // for tests: every state spills after every batch
  std::function<void()> poll;    // throws to interrupt
  Exchange* exchange = nullptr;  // needed where the pool has several nodes
  PassProgress* progress = nullptr;
  Profile* profile = nullptr;  // set: measures every step
};

/// What one pass did, for explain(analyze=True).
struct SinkReport {
  std::string text;
  int64_t rows_out = 0;
  uint32_t parts = 1;
};
struct FragmentReport {
  std::vector<std::string> operands;
  std::vector<SinkReport> sinks;
  int64_t rows_in = 0;
  int64_t batches = 0;  // that held these rows; 0 of arrays
  int64_t splits = 0;
  std::vector<int64_t> splits_by_node;
  double seconds = 0;
  int64_t spilled_bytes = 0;
  int64_t wire_bytes = 0;
  int64_t peak_bytes = 0;         // of the budget while it ran; only analyzed, as the next
  std::vector<StepReport> steps;  // outermost first
  bool ran_inline = false;
};

/// Runs one pass and finishes its sinks; answers their values in order. The meta of a value is left
/// to the caller, except for its number of rows.
std::vector<std::shared_ptr<Value>> run_fragment(const plan::Fragment& fragment, Pool& pool,
                                                 CancelToken& cancel, const RunOptions& options,
                                                 FragmentReport* report);

}  // namespace tharsis::runtime

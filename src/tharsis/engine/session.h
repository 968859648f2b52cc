#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "tharsis/cluster/exchange.h"
#include "tharsis/engine/options.h"
#include "tharsis/engine/progress.h"
#include "tharsis/engine/report.h"
#include "tharsis/engine/small_arrays.h"
#include "tharsis/graph/op.h"
#include "tharsis/memory/budget.h"
#include "tharsis/memory/store.h"
#include "tharsis/runtime/pool.h"

namespace tharsis::engine {

/// The front door: options, memory, and where fragments run. Any thread may ask; one run at a time.
/// Outlives the values it made.
class Session final : public Facts, public Driver {
 public:
  explicit Session(Options options = {});
  ~Session() override;

  /// Computes what is not stored yet, completely, and keeps each value with the node of its root.
  /// An error names the line that built the failing expression, where it is known.
  std::vector<Ref<Value>> run(std::span<const Expr> roots) override;
  Ref<Value> run(const Expr& root) { return run(std::span(&root, 1))[0]; }

  /// Functions of small stored arrays, at once.
  SmallArrays& small_arrays() { return *small_; }

  /// The optimized graph and what it would be cut into first, without running.
  std::string explain(std::span<const Expr> roots);
  /// Runs, and measures every step on the way. What is stored stays, but a root that is stored is
  /// made once more from its inputs: there would be nothing to measure.
  RunReport analyze(std::span<const Expr> roots);
  /// What the last run did.
  RunReport last_report() const;
  /// By all runs so far: a benchmark's proof that a run read its input again.
  int64_t rows_read_total() const;

  const Options& options() const { return options_; }
  void set_memory_limit(int64_t bytes);
  void set_keep_results(bool keep) { options_.keep_results = keep; }
  /// An error with near names when there is no such rule.
  void set_rules_off(std::vector<std::string> names);
  bool is_off(std::string_view rule) const;
  Options& mutable_options() { return options_; }
  memory::Budget& budget() { return budget_; }
  int64_t spilled_bytes() const;

  /// Where progress is shown; standard error by default.
  void set_progress_out(Progress::Out out) { progress_out_ = std::move(out); }
  /// Asked every 50 ms while somebody waits; throws to interrupt. Called on the waiting thread.
  void set_poll(std::function<void()> poll) { poll_ = std::move(poll); }
  /// For whoever waits outside of a run.
  void poll() const {
    if (poll_) poll_();
  }
  /// Held while a run is going on: whoever forks takes it first.
  std::recursive_timed_mutex& run_mutex() { return run_mutex_; }

  // Facts
  Ref<Value> stored(const Expr& expr) const override { return stored_value(expr); }
  int64_t budget_bytes() const override { return budget_.limit_bytes(); }
  uint16_t nodes() const override { return static_cast<uint16_t>(pool_->nodes()); }
  // Driver
  memory::Store& store() override { return *stores_[0]; }
  const CancelToken& cancel() const override { return *cancel_; }
  uint16_t workers() const override { return static_cast<uint16_t>(pool_->workers()); }
  void parallel(int64_t count, const std::function<void(int64_t, Worker&)>& body) override;

 private:
  class Run;
  class Begun;
  std::vector<Ref<Value>> run_now(std::span<const Expr> roots, bool analyze);
  /// Waits for the run of another thread, and can be interrupted meanwhile.
  std::unique_lock<std::recursive_timed_mutex> begin_run();
  std::vector<Expr> optimized(std::vector<Expr> roots, RunReport* report) const;

  Options options_;
  memory::Budget budget_;
  std::vector<std::unique_ptr<memory::Store>> stores_;
  std::unique_ptr<runtime::Pool> pool_;
  std::unique_ptr<SmallArrays> small_;
  cluster::LocalExchange exchange_;
  std::function<void()> poll_;
  std::function<void()> waiting_;  // shows progress, then polls
  Progress::Out progress_out_ = write_to_terminal;
  std::recursive_timed_mutex run_mutex_;
  // Of the run going on:
  CancelToken* cancel_ = nullptr;
  RunReport* running_ = nullptr;
  std::unique_ptr<Progress> progress_;
  runtime::PassProgress pass_progress_;
  int64_t spilled_before_ = 0;
  std::unordered_map<Key, std::weak_ptr<const Value>> kept_;  // by node and output
  mutable std::mutex report_mutex_;
  RunReport report_;  // guarded by report_mutex_, as the next
  int64_t rows_read_total_ = 0;
};

/// The name of a result among those that are kept.
Key kept_key(const Expr& expr);
bool all_stored(std::span<const Expr> roots);

}  // namespace tharsis::engine

#pragma once

#include "tharsis/runtime/run_fragment.h"
#include "tharsis/runtime/sink_states.h"

namespace tharsis::runtime {

/// Ends the sinks of one pass: summary → plan → cut → move → finish. On the thread of the caller,
/// or on workers.
class Finish {
 public:
  Finish(Pool& pool, CancelToken& cancel, const RunOptions& options, bool inline_run)
      : pool_(pool), cancel_(cancel), options_(options), inline_(inline_run) {}

  /// The value of one sink, whose meta is left to the caller.
  std::shared_ptr<Value> run(const plan::SinkSpec& spec, SinkStates& states, SinkReport* report);

 private:
  void make_room(const plan::SinkSpec& spec, std::vector<KeptState>& kept);
  void each(int64_t count, const Pool::Body& body, const std::function<int(int64_t)>& node);
  void bring(std::vector<Part>& parts, memory::Store& store);

  Pool& pool_;
  CancelToken& cancel_;
  const RunOptions& options_;
  const bool inline_;
  bool small_ = false;  // what the states hold is
};

}  // namespace tharsis::runtime

#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

#include "tharsis/memory/budget.h"
#include "tharsis/plan/fragment.h"

namespace tharsis::runtime {

/// A state and what it may hold.
struct KeptState {
  Own<State> state;
  std::unique_ptr<memory::Reservation> reservation;
  uint64_t order = 0;  // of its split or worker
  int node = 0;
};

/// The states of one sink: one per worker, or one per split. Workers keep states at once.
class SinkStates {
 public:
  SinkStates(const plan::SinkSpec& spec, int workers) : spec_(spec), by_worker_(workers + 1) {}

  KeptState& of_worker(Worker& worker) {
    KeptState& kept = by_worker_[worker.index];
    if (kept.state == nullptr) kept = open(worker, worker.index);
    return kept;
  }
  KeptState open(Worker& worker, uint64_t order) const {
    auto reservation =
        std::make_unique<memory::Reservation>(worker.store.budget(), spec_.text, true);
    return {spec_.sink->open(worker), std::move(reservation), order, worker.node};
  }
  void keep(KeptState kept) {
    const std::lock_guard lock(mutex_);
    done_.push_back(std::move(kept));
  }
  /// All states, by order.
  std::vector<KeptState> take() {
    for (KeptState& kept : by_worker_) {
      if (kept.state != nullptr) done_.push_back(std::move(kept));
    }
    std::sort(done_.begin(), done_.end(),
              [](const KeptState& a, const KeptState& b) { return a.order < b.order; });
    return std::move(done_);
  }
  const Sink& sink() const { return *spec_.sink; }

 private:
  const plan::SinkSpec& spec_;
  std::vector<KeptState> by_worker_;
  std::mutex mutex_;
  std::vector<KeptState> done_;
};

}  // namespace tharsis::runtime

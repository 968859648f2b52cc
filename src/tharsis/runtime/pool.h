#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "tharsis/graph/flow.h"

namespace tharsis::runtime {

/// The threads of a session. Worker i belongs to node i % nodes and uses that node's Store.
/// One job runs at a time; a job is a counter that workers claim from in ascending order.
class Pool {
 public:
  /// REQUIRES: at least one worker per store.
  Pool(int workers, std::vector<memory::Store*> stores);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  using Body = std::function<void(int64_t index, Worker& worker)>;
  /// Calls body(i, worker) for each i in [0, count) once. The caller waits, holds no worker and
  /// looks every 50 ms whether `poll` throws; then, or when a body throws, what is not begun is
  /// dropped, `cancel` is set, and the first error is thrown here after all workers have stopped.
  /// With `own_node(i)` set, index i runs on a worker of that node only.
  void parallel(int64_t count, CancelToken& cancel, const Body& body,
                const std::function<void()>& poll = {},
                const std::function<int(int64_t)>& own_node = {});
  /// The same on the thread of the caller, for small work: no wake-up.
  void inline_run(int64_t count, CancelToken& cancel, const Body& body);

  int workers() const { return static_cast<int>(threads_.size()); }
  int nodes() const { return static_cast<int>(stores_.size()); }
  memory::Store& store(int node) { return *stores_[node]; }

 private:
  struct Job {
    int64_t count = 0;
    const Body* body = nullptr;
    CancelToken* cancel = nullptr;
    std::vector<std::vector<int64_t>> by_node;  // with own_node: the indices of each node
    std::vector<std::atomic<int64_t>> next;     // one counter, or one per node
    std::mutex mutex;
    std::exception_ptr error;  // guarded by mutex
  };
  void work(int index);
  static void run_job(Job& job, Worker& worker);
  static void run_one(Job& job, int64_t index, Worker& worker);

  std::vector<memory::Store*> stores_;
  std::vector<std::unique_ptr<memory::Arena>> arenas_;  // the last is the caller's
  std::vector<std::thread> threads_;
  std::mutex caller_mutex_;  // one job at a time

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  Job* job_ = nullptr;  // guarded by mutex_, as all below
  uint64_t job_number_ = 0;
  int busy_ = 0;
  bool stop_ = false;
};

}  // namespace tharsis::runtime

#include "tharsis/runtime/pool.h"

#include <chrono>

#include "tharsis/base/error.h"

namespace tharsis::runtime {

Pool::Pool(int workers, std::vector<memory::Store*> stores) : stores_(std::move(stores)) {
  check(workers >= static_cast<int>(stores_.size()), "fewer workers than stores");
  for (int i = 0; i <= workers; ++i) {
    memory::Store* store = stores_[i % stores_.size()];
    arenas_.push_back(std::make_unique<memory::Arena>(store->budget()));
  }
  for (int i = 0; i < workers; ++i) threads_.emplace_back([this, i] { work(i); });
}

Pool::~Pool() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Pool::run_one(Job& job, int64_t index, Worker& worker) {
  try {
    const memory::ArenaScope scope(worker.arena);
    (*job.body)(index, worker);
  } catch (...) {
    const std::lock_guard lock(job.mutex);
    if (!job.error) job.error = std::current_exception();
    job.cancel->cancel();
  }
}

void Pool::run_job(Job& job, Worker& worker) {
  const bool placed = !job.by_node.empty();
  const size_t lane = placed ? worker.node : 0;
  const int64_t count = placed ? static_cast<int64_t>(job.by_node[lane].size()) : job.count;
  while (!job.cancel->cancelled()) {
    const int64_t i = job.next[lane].fetch_add(1, std::memory_order_relaxed);
    if (i >= count) return;
    run_one(job, placed ? job.by_node[lane][i] : i, worker);
  }
}

void Pool::work(int index) {
  uint64_t seen = 0;
  for (;;) {
    Job* job = nullptr;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stop_ || (job_ != nullptr && job_number_ != seen); });
      if (stop_) return;
      job = job_;
      seen = job_number_;
      ++busy_;
    }
    const int node = index % nodes();
    Worker worker{*stores_[node], *arenas_[index], *job->cancel, static_cast<uint16_t>(index),
                  static_cast<uint16_t>(node)};
    run_job(*job, worker);
    {
      const std::lock_guard lock(mutex_);
      --busy_;
    }
    done_.notify_all();
  }
}

void Pool::parallel(int64_t count, CancelToken& cancel, const Body& body,
                    const std::function<void()>& poll,
                    const std::function<int(int64_t)>& own_node) {
  if (count <= 0) return;
  const std::lock_guard caller(caller_mutex_);
  Job job;
  job.count = count;
  job.body = &body;
  job.cancel = &cancel;
  if (own_node) {
    job.by_node.resize(stores_.size());
    for (int64_t i = 0; i < count; ++i) job.by_node[own_node(i)].push_back(i);
  }
  job.next = std::vector<std::atomic<int64_t>>(own_node ? stores_.size() : 1);
  {
    const std::lock_guard lock(mutex_);
    job_ = &job;
    ++job_number_;
  }
  wake_.notify_all();
  const auto finished = [&] {
    if (busy_ > 0) return false;
    if (cancel.cancelled()) return true;
    for (size_t lane = 0; lane < job.next.size(); ++lane) {
      const int64_t size = own_node ? static_cast<int64_t>(job.by_node[lane].size()) : count;
      if (job.next[lane].load(std::memory_order_relaxed) < size) return false;
    }
    return true;
  };
  std::exception_ptr interrupted;
  {
    std::unique_lock lock(mutex_);
    while (!finished()) {
      const bool late = !done_.wait_for(lock, std::chrono::milliseconds(50), finished);
      if (!late || !poll || interrupted) continue;
      lock.unlock();
      try {
        poll();
      } catch (...) {
        interrupted = std::current_exception();
        cancel.cancel();
      }
      lock.lock();
    }
    job_ = nullptr;
  }
  if (interrupted) std::rethrow_exception(interrupted);
  if (job.error) std::rethrow_exception(job.error);
  cancel.throw_if_cancelled();
}

void Pool::inline_run(int64_t count, CancelToken& cancel, const Body& body) {
  const std::lock_guard caller(caller_mutex_);
  Worker worker{*stores_[0], *arenas_.back(), cancel, static_cast<uint16_t>(threads_.size()), 0};
  for (int64_t i = 0; i < count; ++i) {
    const memory::ArenaScope scope(worker.arena);
    body(i, worker);
  }
}

}  // namespace tharsis::runtime

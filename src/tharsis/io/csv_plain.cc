#include "tharsis/io/csv_plain.h"

#include <arrow/util/thread_pool.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "tharsis/io/arrow_pool.h"
#include "tharsis/io/csv_lines.h"

namespace tharsis::io {
namespace {

// Counts the rows in the session's budget until their owner does.
class Counted {
 public:
  explicit Counted(memory::Budget* budget) : budget_(budget) {}
  ~Counted() {
    if (budget_ != nullptr) budget_->give(bytes_.load());
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  void add(int64_t bytes) {
    if (budget_ == nullptr) return;
    if (!budget_->try_take(bytes)) {
      // As Arrow's memory: a quarter more is borrowed, since the owner can write rows out.
      const int64_t limit = budget_->limit_bytes();
      if (budget_->used_bytes() + bytes > limit + limit / 4) budget_->fail_for("read_csv", bytes);
      budget_->take(bytes);
    }
    bytes_.fetch_add(bytes);
  }

 private:
  memory::Budget* const budget_;
  std::atomic<int64_t> bytes_{0};
};

// The blocks of a file, read by several threads.
class Reading {
 public:
  explicit Reading(const PlainCsv& plan) : plan_(plan), file_(plan.path), counted_(arrow_budget()) {
    const int64_t bytes = file_.size() - plan.begin;
    batches_.resize(static_cast<size_t>((bytes + plan.block_bytes - 1) / plan.block_bytes));
    bytes_.resize(batches_.size());
  }

  std::optional<PlainCsvRows> run(const std::function<void()>& poll) {
    const size_t count =
        std::min<size_t>(batches_.size(), static_cast<size_t>(arrow::GetCpuThreadPoolCapacity()));
    running_ = count;
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < count; ++i) threads.emplace_back([this] { work(); });
    wait(poll);
    threads.clear();
    if (error_ != nullptr) std::rethrow_exception(error_);
    if (!simple_) return std::nullopt;
    PlainCsvRows out;
    for (size_t i = 0; i < batches_.size(); ++i) {
      if (batches_[i].rows == 0) continue;
      out.batches.push_back(std::move(batches_[i]));
      out.bytes.push_back(bytes_[i]);
    }
    return out;
  }

 private:
  void work() {
    try {
      CsvBlockReader reader(plan_.lines);
      CsvLineBuffer buffer;
      for (size_t block = next_++; block < batches_.size() && !stop_; block = next_++) {
        if (!read_block(block, reader, buffer)) {
          simple_ = false;
          stop_ = true;
        }
      }
    } catch (...) {
      fail_with(std::current_exception());
    }
    const std::lock_guard lock(mutex_);
    --running_;
    done_.notify_all();
  }

  bool read_block(size_t block, CsvBlockReader& reader, CsvLineBuffer& buffer) {
    const int64_t begin = plan_.begin + static_cast<int64_t>(block) * plan_.block_bytes;
    const int64_t end = std::min(file_.size(), begin + plan_.block_bytes);
    const auto text = buffer.read(file_, begin, end, block == 0);
    if (!text || !reader.read(*text, batches_[block], bytes_[block])) return false;
    counted_.add(bytes_[block]);
    return true;
  }

  void wait(const std::function<void()>& poll) {
    std::unique_lock lock(mutex_);
    while (!done_.wait_for(lock, std::chrono::milliseconds(50), [&] { return running_ == 0; })) {
      lock.unlock();
      try {
        if (poll) poll();
      } catch (...) {
        fail_with(std::current_exception());
      }
      lock.lock();
    }
  }

  void fail_with(std::exception_ptr error) {
    stop_ = true;
    const std::lock_guard lock(mutex_);
    if (error_ == nullptr) error_ = std::move(error);
  }

  const PlainCsv& plan_;
  const CsvFile file_;
  Counted counted_;
  std::vector<memory::Batch> batches_;
  std::vector<int64_t> bytes_;
  std::atomic<size_t> next_{0};
  std::atomic<bool> stop_{false}, simple_{true};
  std::mutex mutex_;
  std::condition_variable done_;
  size_t running_ = 0;        // guarded by mutex_
  std::exception_ptr error_;  // guarded by mutex_
};

}  // namespace

std::optional<PlainCsvRows> read_plain_csv(const PlainCsv& file,
                                           const std::function<void()>& poll) {
  return Reading(file).run(poll);
}

}  // namespace tharsis::io

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <vector>

#include "tharsis/base/ref.h"
#include "tharsis/memory/buffer.h"

namespace tharsis::memory {

class Reservation;

/// What the process may hold, and who holds it. All members may be called from any thread.
class Budget {
 public:
  explicit Budget(int64_t limit_bytes) : limit_(limit_bytes) {}

  int64_t limit_bytes() const { return limit_.load(std::memory_order_relaxed); }
  void set_limit(int64_t bytes) { limit_.store(bytes, std::memory_order_relaxed); }
  int64_t used_bytes() const { return used_.load(std::memory_order_relaxed); }
  int64_t peak_bytes() const { return peak_.load(std::memory_order_relaxed); }
  void reset_peak() { peak_.store(used_bytes(), std::memory_order_relaxed); }

  /// Takes `bytes` if they fit; when they do not, frees what can be written out and asks again.
  bool try_take(int64_t bytes);
  /// Takes `bytes` whether or not they fit: for what has already happened (a user's array,
  /// scratch).
  void take(int64_t bytes);
  void give(int64_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

  /// Called by try_take with the missing bytes; writes out what nobody looks at, answers the bytes
  /// freed.
  void set_reclaimer(std::function<int64_t(int64_t)> reclaimer) {
    reclaimer_ = std::move(reclaimer);
  }

  /// The BudgetError for `asker`: what was asked, the limit, and the five largest holders.
  [[noreturn]] void fail_for(std::string_view asker, int64_t bytes) const;

  /// For tests: every n-th try_take of a spillable state is refused; 0 switches it off.
  void deny_every(int64_t n) { deny_every_.store(n, std::memory_order_relaxed); }

 private:
  friend class Reservation;
  bool fits_after_taking(int64_t bytes);

  std::atomic<int64_t> limit_;
  std::atomic<int64_t> used_{0};
  std::atomic<int64_t> peak_{0};
  std::atomic<int64_t> deny_every_{0};
  std::atomic<int64_t> asked_{0};
  std::function<int64_t(int64_t)> reclaimer_;
  mutable std::mutex mutex_;
  std::list<Reservation*> holders_;  // guarded by mutex_
};

/// The right of one state to grow. Belongs to one thread at a time.
class Reservation {
 public:
  /// `name` tells the holder in a BudgetError: "group-by on 2 keys".
  Reservation(Budget& budget, std::string name, bool spillable = false);
  ~Reservation();
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;

  /// Makes sure that `bytes` more can be charged. False: spill or shrink first.
  bool ensure(int64_t bytes);
  /// The same, for a holder that cannot shrink: a BudgetError when refused.
  void ensure_or_fail(int64_t bytes);
  /// Counts bytes that were allocated; what was ensured before covers them.
  void charge(int64_t bytes);
  void release(int64_t bytes);
  /// Gives back what is ensured but not charged.
  void trim();

  int64_t charged_bytes() const { return charged_.load(std::memory_order_relaxed); }
  const std::string& name() const { return name_; }
  Budget& budget() { return budget_; }
  /// Set by the arbiter: the owner should spill at its next batch.
  bool asked_to_spill() const { return asked_.load(std::memory_order_relaxed); }
  void spill_done() { asked_.store(false, std::memory_order_relaxed); }

 private:
  friend class Budget;
  Budget& budget_;
  const std::string name_;
  const bool spillable_;
  std::atomic<int64_t> charged_{0};
  std::atomic<int64_t> reserved_{0};
  std::atomic<bool> asked_{false};
};

/// "512MB" is 512 * 10^6 bytes, "1GiB" is 2^30; a bare number counts bytes.
int64_t parse_bytes(std::string_view text);
/// "1.2 GB", for messages.
std::string bytes_text(int64_t bytes);
/// The smaller of the memory of the machine and of its control group.
int64_t machine_memory_bytes();
/// Bytes of this process in memory now, and at most.
int64_t resident_bytes();
int64_t resident_peak_bytes();

}  // namespace tharsis::memory

#include "tharsis/memory/idle.h"

#include <malloc.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <vector>

#include "tharsis/memory/budget.h"
#include "tharsis/memory/buffer.h"

namespace tharsis::memory {
namespace {

struct Pools {
  std::mutex mutex;
  std::vector<void (*)()> releases;
};

// Never destroyed: threads of libraries may outlive every other static object.
Pools& pools() {
  static Pools* const instance = new Pools;
  return *instance;
}

bool is_time() {
  using Clock = std::chrono::steady_clock;
  static std::atomic<int64_t> next{0};
  const int64_t now = Clock::now().time_since_epoch() / std::chrono::milliseconds(1);
  int64_t due = next.load(std::memory_order_relaxed);
  return now >= due && next.compare_exchange_strong(due, now + 50, std::memory_order_relaxed);
}

}  // namespace

void release_idle(int64_t limit_bytes) {
  if (!is_time() || resident_bytes() <= limit_bytes) return;
  shrink_warm_buffers(limit_bytes / kWarmPart);
  {
    const std::lock_guard lock(pools().mutex);
    for (void (*release)() : pools().releases) release();
  }
  malloc_trim(0);
}

void on_release_idle(void (*release)()) {
  const std::lock_guard lock(pools().mutex);
  pools().releases.push_back(release);
}

}  // namespace tharsis::memory

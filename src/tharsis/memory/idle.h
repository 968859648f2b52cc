#pragma once

#include <cstdint>

namespace tharsis::memory {

/// Gives back what the process keeps though nobody uses it (recycled buffers, what malloc holds
/// back, pools of libraries), if the process holds more than `limit_bytes`. Asking often is cheap:
/// it looks at most every 50 ms. Any thread.
void release_idle(int64_t limit_bytes);

/// Adds a pool: `release` is called by release_idle, on any thread, as long as the process lives.
void on_release_idle(void (*release)());

}  // namespace tharsis::memory

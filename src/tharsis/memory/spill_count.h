#pragma once

#include <cstdint>

namespace tharsis::memory {

/// Bytes that this thread has written to spill files so far.
int64_t spilled_by_this_thread();

}  // namespace tharsis::memory

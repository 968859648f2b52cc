#pragma once

#include "tharsis/graph/flow.h"

namespace tharsis::ops {

/// Keeps the rows that arrive, in the order of their splits. With a limit, the first so many of
/// them.
Ref<Sink> collect_sink(int64_t limit = -1);

}  // namespace tharsis::ops

#pragma once

#include "tharsis/graph/flow.h"
#include "tharsis/ops/relational.h"

namespace tharsis::ops {

/// Keeps the rows of a frame and hands them on in the order of their keys.
Ref<Sink> sort_sink(const SortAttrs& attrs, const Meta& in);

}  // namespace tharsis::ops

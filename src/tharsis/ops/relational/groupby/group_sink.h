#pragma once

#include "tharsis/graph/flow.h"
#include "tharsis/ops/relational.h"

namespace tharsis::ops {

/// Groups the rows of a frame. One row per group, in no order.
Ref<Sink> group_sink(const GroupByAttrs& attrs, const Meta& in);

}  // namespace tharsis::ops

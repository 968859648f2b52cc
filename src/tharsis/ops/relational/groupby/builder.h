#pragma once

#include "tharsis/ops/relational.h"

namespace tharsis::ops {

/// The group-by and the sort of its groups: what `group_by` means.
Expr ordered_groups(const Expr& frame, GroupByAttrs attrs);

}  // namespace tharsis::ops

#pragma once

#include <vector>

#include "tharsis/graph/op.h"
#include "tharsis/ops/relational/window/group_ids.h"
#include "tharsis/ops/relational/window/running.h"

namespace tharsis::ops {

/// The running values of a field, a column per chunk: totals of all chunks first, then each chunk
/// with what came before it. On all workers.
std::vector<Column> running_column(Running function, const Value& in, int64_t field,
                                   Driver& driver);

/// The same within groups. Reads rows in their order, one chunk after the other; what a group has
/// seen so far is its state. Missing in rows of no group.
std::vector<Column> running_in_groups(Running function, const Value& in, int64_t field,
                                      const GroupIds& ids, memory::Arena& arena);

/// How many rows of its group stand before each row, or behind it; int64.
std::vector<Column> counts_in_groups(const Value& in, const GroupIds& ids, bool backwards);

}  // namespace tharsis::ops

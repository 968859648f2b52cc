#pragma once

#include <cstdint>
#include <vector>

#include "tharsis/graph/op.h"

namespace tharsis::ops {

const Op& project_op();
const Op& zip_op();
const Op& filter_op();
const Op& slice_op();
const Op& head_op();
const Op& row_labels_op();
const Op& concat_rows_op();
const Op& group_by_op();
const Op& pivot_op();
const Op& rebase_op();
const Op& align_op();
const Op& sort_op();
const Op& join_op();

/// Where the field that was at `old_position` stands among `kept` old positions, ascending.
uint32_t new_position(const std::vector<uint32_t>& kept, int64_t old_position);

}  // namespace tharsis::ops

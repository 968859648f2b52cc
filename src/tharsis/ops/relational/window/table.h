#pragma once

#include "tharsis/graph/op.h"

namespace tharsis::ops {

const Op& cumulative_op();
const Op& shift_op();
const Op& rank_op();
const Op& tie_ranks_op();
const Op& take_op();
const Op& group_scan_op();

}  // namespace tharsis::ops

#pragma once

#include "tharsis/graph/op.h"

namespace tharsis::ops {

const Op& running_op();
const Op& shift_op();
const Op& rank_op();
const Op& take_op();

}  // namespace tharsis::ops

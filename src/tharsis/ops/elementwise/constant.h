#pragma once

#include "tharsis/graph/program.h"

namespace tharsis::ops {

/// constant(x) = x, whatever the rows: what `constant` of elementwise.h builds.
const ScalarFunction& constant_function();

}  // namespace tharsis::ops

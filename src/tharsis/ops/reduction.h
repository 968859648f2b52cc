#pragma once

#include <string_view>
#include <vector>

#include "tharsis/graph/op.h"

namespace tharsis::ops {

/// Which axes of an array are reduced, ascending and not negative.
struct ReduceAttrs {
  std::vector<int64_t> axes;
  bool keepdims = false;
  int64_t ddof = 0;  // var, std: the divisor is n - ddof
  void fields(Fields& f) {
    f("axes", axes);
    f("keepdims", keepdims);
    f("ddof", ddof);
  }
};

/// By name: sum prod min max mean var std any all count_nonzero argmin argmax, and nansum nanprod
/// nanmin nanmax nanmean nanvar nanstd nanargmin nanargmax.
Expr reduce(std::string_view name, const Expr& x, ReduceAttrs attrs);
/// Over all axes.
Expr reduce_all(std::string_view name, const Expr& x, bool keepdims = false);

void register_reduction_ops();

}  // namespace tharsis::ops

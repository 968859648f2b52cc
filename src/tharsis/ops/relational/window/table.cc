#include "tharsis/ops/relational/window/table.h"

#include "tharsis/ops/window.h"

namespace tharsis::ops {

void register_window_ops() {
  static const Op* const kTable[] = {&cumulative_op(), &shift_op(), &rank_op(),
                                     &tie_ranks_op(),  &take_op(),  &group_scan_op()};
  register_ops(kTable);
}

}  // namespace tharsis::ops

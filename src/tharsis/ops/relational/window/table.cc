#include "tharsis/ops/relational/window/table.h"

#include "tharsis/ops/window.h"

namespace tharsis::ops {

void register_window_ops() {
  static const Op* const kTable[] = {&running_op(), &shift_op(), &rank_op(), &take_op()};
  register_ops(kTable);
}

}  // namespace tharsis::ops

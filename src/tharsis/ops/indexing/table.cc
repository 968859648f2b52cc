#include "tharsis/ops/indexing.h"

namespace tharsis::ops {

void register_indexing_ops() {
  static const Op* const kTable[] = {&access_op(), &reshape_op(), &concatenate_op(), &select_op(),
                                     &take_rows_op()};
  register_ops(kTable);
}

}  // namespace tharsis::ops

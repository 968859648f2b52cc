#include "tharsis/ops/relational/table.h"

#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/join/probe.h"

namespace tharsis::ops {

uint32_t new_position(const std::vector<uint32_t>& kept, int64_t old_position) {
  const auto at = std::lower_bound(kept.begin(), kept.end(), static_cast<uint32_t>(old_position));
  check(at != kept.end() && *at == old_position, "a needed field was pruned");
  return static_cast<uint32_t>(at - kept.begin());
}

void register_relational_ops() {
  static const Op* const kTable[] = {
      &project_op(),    &zip_op(),         &filter_op(),   &slice_op(),      &head_op(),
      &row_labels_op(), &concat_rows_op(), &group_by_op(), &pivot_op(),      &rebase_op(),
      &align_op(),      &sort_op(),        &join_op(),     &join_table_op(), &join_probe_op(),
  };
  register_ops(kTable);
}

}  // namespace tharsis::ops

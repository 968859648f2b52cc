#include "tharsis/api/frame.h"
#include "tharsis/base/error.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/table.h"

namespace tharsis::api {

// The columns of the answer are values of the data: the groups are computed at once (they are few
// next to the rows), and the answer is made of them.
Expr pivot_table(engine::Session& session, const Expr& frame, const std::vector<Label>& index,
                 const Label& columns, const Label& cells, const std::string& function,
                 const std::optional<Scalar>& fill) {
  std::vector<KeySpec> keys;
  for (const Label& label : index) keys.push_back({label, {}});
  keys.push_back({columns, {}});
  const Expr grouped = group_by(frame, keys, {{cells, function, cells}}, {});
  session.run(grouped);

  const auto levels = static_cast<int64_t>(index.size());
  const Expr plain = reset_index(grouped);
  const auto distinct = [&](std::vector<Label> labels) {
    std::vector<KeySpec> of;
    for (Label& label : labels) of.push_back({std::move(label), {}});
    return group_by(plain, of, {}, {});
  };
  ops::PivotAttrs attrs;
  attrs.keys = values(session, index_frame(distinct({columns})));
  for (const Scalar& key : attrs.keys) attrs.columns.push_back(scalar_label(key));
  const auto cells_wanted =
      row_count(session, distinct(index)) * static_cast<int64_t>(attrs.keys.size());
  attrs.complete = row_count(session, grouped) == cells_wanted;
  if (fill) attrs.fill = *fill;
  check(grouped.meta().index_levels == levels + 1, "pivot_table: the groups have another index");
  return call(ops::pivot_op(), std::move(attrs), {grouped});
}

}  // namespace tharsis::api

#include "tharsis/api/frame.h"
#include "tharsis/base/error.h"
#include "tharsis/base/string_ref.h"
#include "tharsis/memory/batch_codec.h"
#include "tharsis/ops/relational.h"

namespace tharsis::api {

std::vector<Scalar> values(engine::Session& session, const Expr& series) {
  const Ref<Value> value = session.run(series);
  std::vector<Scalar> out;
  for (const auto& chunk : value->chunks) {
    const memory::Pin pin = chunk->store().pin(chunk);
    const Column column = memory::flatten(pin->columns.back(), pin->rows);
    for (int64_t i = 0; i < pin->rows; ++i) out.push_back(memory::scalar_at(column, i));
  }
  return out;
}

void settle(engine::Session& session, const std::vector<Expr>& exprs) {
  std::vector<Expr> dear;
  for (const Expr& expr : exprs) {
    for (const Node* node : topological({expr})) {
      if (node->stored != nullptr) continue;
      const Traits traits = node->call.op->traits(node->call);
      const bool looks_up = traits.streamed < node->inputs.size();
      if (traits.way != Traits::kBreaker && traits.way != Traits::kWhole && !looks_up) continue;
      dear.push_back(expr);
      break;
    }
  }
  if (!dear.empty()) session.run(dear);
}

int64_t row_count(engine::Session& session, const Expr& frame) {
  if (const auto& stored = stored_value(frame)) return stored->rows();
  if (frame.meta().rows().known()) return frame.meta().rows().size;
  ops::GroupByAttrs attrs;
  ops::Aggregate size;
  size.function = "size";
  attrs.aggregates.push_back(std::move(size));
  return values(session, ops::group_by(frame, std::move(attrs)))[0].as_int();
}

Expr astype_category(engine::Session& session, const Expr& series) {
  const Meta& meta = series.meta();
  const DType& dtype = meta.field(meta.num_fields() - 1).dtype;
  if (dtype.is_category()) return series;
  ops::GroupByAttrs attrs;
  attrs.keys = {static_cast<int64_t>(meta.num_fields() - 1)};
  const Expr distinct = index_frame(ops::group_by(series, std::move(attrs)));
  std::vector<Label> labels;
  for (const Scalar& value : values(session, distinct)) labels.push_back(scalar_label(value));
  return ops::cast(series, category_type(std::move(labels), false));
}

}  // namespace tharsis::api

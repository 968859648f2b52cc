#include "tharsis/base/error.h"
#include "tharsis/graph/op.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/table.h"

namespace tharsis::ops {
namespace {

// start + step * position in the whole. Splits of stored values and files know where they begin.
class RowLabel final : public ScalarFunction {
 public:
  std::string_view name() const override { return "row_label"; }
  DType infer(const ScalarCall&) const override { return TypeId::kInt64; }
  Column evaluate(const ScalarCall& call, std::span<const Column>, const Batch& batch,
                  Worker& worker) const override {
    const int64_t start = call.params[0].as_int();
    const int64_t step = call.params[1].as_int();
    auto* out = worker.arena.take_as<int64_t>(batch.rows);
    for (int64_t i = 0; i < batch.rows; ++i) out[i] = start + step * (batch.position + i);
    Column column;
    column.dtype = TypeId::kInt64;
    column.data = out;
    return column;
  }
};

const RowLabel kRowLabel;

class RowLabels final : public OpOf<RowLabelsAttrs> {
 public:
  std::string_view name() const override { return "row_labels"; }
  Traits traits(const Call&) const override {
    return {.way = Traits::kElementwise, .asks_order = true, .positions = true};
  }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& in = *call.in[0];
    check(in.index_levels == 0, "row_labels: the frame has an index");
    Schema schema{{of(call).label, TypeId::kInt64}};
    schema.insert(schema.end(), in.schema->begin(), in.schema->end());
    Meta out = frame_meta(std::move(schema), 1, in.rows(), in.row_space);
    out.series = in.series;
    out.columns_name = in.columns_name;
    return {out};
  }

  std::vector<Fieldset> demand_fields(const Call&, const Fieldset& needed) const override {
    return {Fieldset(needed.begin() + 1, needed.end())};
  }

  Narrowed narrow(const Call& call, const Fieldset& needed,
                  std::span<const std::vector<uint32_t>> inputs) const override {
    Narrowed result{call.attrs, {}};
    if (needed[0]) {
      result.kept.push_back(0);
    } else {
      result.pass = 0;
    }
    for (const uint32_t field : inputs[0]) result.kept.push_back(field + 1);
    return result;
  }

  std::vector<uint32_t> emit(const Call& call, std::span<const std::vector<uint32_t>> in,
                             Program& program) const override {
    const RangeLabels& labels = call.in[0]->labels;
    ScalarCall function{&kRowLabel, {}, {}, TypeId::kInt64};
    function.params = {label_scalar(Label(labels.start)), label_scalar(Label(labels.step))};
    std::vector<uint32_t> out{program.append(std::move(function), {})};
    out.insert(out.end(), in[0].begin(), in[0].end());
    return out;
  }
};

}  // namespace

const Op& row_labels_op() {
  static const RowLabels op;
  return op;
}

Expr row_labels(const Expr& frame, Label label) {
  return call(row_labels_op(), RowLabelsAttrs{std::move(label)}, {frame});
}

}  // namespace tharsis::ops

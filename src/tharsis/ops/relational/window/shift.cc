#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/memory/batch_builder.h"
#include "tharsis/ops/relational/gather.h"
#include "tharsis/ops/relational/join/stored_column.h"
#include "tharsis/ops/relational/window/table.h"
#include "tharsis/ops/relational/window/whole_rows.h"
#include "tharsis/ops/window.h"

namespace tharsis::ops {
namespace {

class Shift final : public OpOf<ShiftAttrs> {
 public:
  std::string_view name() const override { return "shift"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole, .asks_order = true}; }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& in = *call.in[0];
    std::vector<Field> data;
    for (size_t i = in.index_levels; i < in.num_fields(); ++i) {
      data.push_back({in.field(i).label, shifted_type(in.field(i).dtype, of(call))});
    }
    return {rows_meta(in, std::move(data))};
  }

  std::vector<Fieldset> demand_fields(const Call&, const Fieldset& needed) const override {
    return {needed};
  }
  Narrowed narrow(const Call& call, const Fieldset&,
                  std::span<const std::vector<uint32_t>> inputs) const override {
    return {call.attrs, inputs[0]};
  }

  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    const Value& in = *inputs[0];
    const Meta meta = infer(call)[0];
    const int64_t periods = std::clamp(of(call).periods, -in.rows(), in.rows());
    return over_rows(meta, in, driver, [&](size_t chunk, const Batch& rows, Worker& worker) {
      memory::BatchBuilder builder;
      const int64_t begin = in.starts[chunk] - periods;
      append_fill(call, meta, std::min(-begin, rows.rows), worker, builder);
      append_rows(in, meta, begin, begin + rows.rows, worker, builder);
      append_fill(call, meta, std::min(begin + rows.rows - in.rows(), rows.rows), worker, builder);
      return builder.take().columns;
    });
  }

 private:
  static DType shifted_type(const DType& in, const ShiftAttrs& attrs) {
    return attrs.periods == 0 || !attrs.fill.missing() ? in : with_gaps(in);
  }

  static void append_fill(const Call& call, const Meta& meta, int64_t count, Worker& worker,
                          memory::BatchBuilder& builder) {
    if (count <= 0) return;
    const memory::ArenaScope scope(worker.arena);
    Batch fill;
    fill.rows = count;
    for (size_t i = meta.index_levels; i < meta.num_fields(); ++i) {
      Scalar value = of(call).fill;
      value.dtype = meta.field(i).dtype;
      fill.columns.push_back(flat(constant_column(value), count, worker.arena));
    }
    builder.append(fill);
  }

  // Rows [begin, end) of the whole, as far as they exist.
  static void append_rows(const Value& in, const Meta& meta, int64_t begin, int64_t end,
                          Worker& worker, memory::BatchBuilder& builder) {
    for (size_t c = 0; c < in.chunks.size(); ++c) {
      const int64_t from = std::max(begin, in.starts[c]);
      const int64_t to = std::min(end, in.starts[c + 1]);
      if (from >= to) continue;
      const memory::ArenaScope scope(worker.arena);
      const memory::Pin pin = in.chunks[c]->store().pin(in.chunks[c]);
      Batch rows;
      rows.rows = to - from;
      for (size_t i = meta.index_levels; i < meta.num_fields(); ++i) {
        const Column column = pin->columns[i].from(from - in.starts[c]);
        rows.columns.push_back(meta.field(i).dtype == column.dtype
                                   ? column
                                   : with_gaps(column, rows.rows, worker.arena));
      }
      builder.append(rows);
    }
  }
};

}  // namespace

const Op& shift_op() {
  static const Shift op;
  return op;
}

Expr shift(const Expr& frame, ShiftAttrs attrs) {
  return shift_op().build(std::move(attrs), {frame});
}

}  // namespace tharsis::ops

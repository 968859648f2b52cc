#include "tharsis/ops/relational/window/running.h"

#include "tharsis/memory/batch_builder.h"
#include "tharsis/ops/relational/join/stored_column.h"
#include "tharsis/ops/relational/window/along_rows.h"
#include "tharsis/ops/relational/window/group_ids.h"
#include "tharsis/ops/relational/window/running_columns.h"
#include "tharsis/ops/relational/window/table.h"
#include "tharsis/ops/window.h"

namespace tharsis::ops {

Running running_named(std::string_view name, std::string_view who) {
  if (name == "sum") return Running::kSum;
  if (name == "prod") return Running::kProd;
  if (name == "min") return Running::kMin;
  if (name == "max") return Running::kMax;
  fail(ErrorCode::kUnsupported, "{}: there is no running '{}'; there are sum, prod, min and max",
       who, name);
}

DType running_type(Running function, const DType& in, std::string_view who) {
  const bool extreme = function == Running::kMin || function == Running::kMax;
  const bool duration = in.id == TypeId::kDuration && function != Running::kProd;
  require(in.is_number() || in.is_bool() || duration || (in.is_time() && extreme),
          ErrorCode::kUnsupported, "{}: has no meaning for a column of {}", who, in.name());
  if (extreme || in.is_float() || in.is_time()) return in;
  return DType(in.is_unsigned() ? TypeId::kUInt64 : TypeId::kInt64).with_flavour(in.flavour);
}

namespace {

// One column as it will be, out of the running values.
Column shown(Column column, const DType& dtype, int64_t rows, Worker& worker) {
  if (column.dtype == dtype) return column;
  const memory::ArenaScope scope(worker.arena);
  Batch wide;
  wide.rows = rows;
  wide.columns = {with_gaps(column, rows, worker.arena)};
  return memory::owned_copy(wide).columns[0];
}

class RunningOp final : public AlongRows<RunningAttrs> {
 public:
  std::string_view name() const override { return "running"; }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& in = *call.in[0];
    const RunningAttrs& attrs = of(call);
    std::vector<Field> data;
    const auto add = [&](const Label& label, const DType& dtype) {
      data.push_back({label, attrs.gaps ? with_gaps(dtype) : dtype});
    };
    if (attrs.function == "count") add(Label(), TypeId::kInt64);
    for (const int64_t column : attrs.columns) {
      const Running function = running_named(attrs.function, "groupby");
      add(in.field(column).label,
          running_type(function, in.field(column).dtype, "cum" + attrs.function));
    }
    return {rows_meta(in, std::move(data))};
  }

  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    const Value& in = *inputs[0];
    const RunningAttrs& attrs = of(call);
    const Meta meta = infer(call)[0];
    memory::Reservation scratch(driver.store().budget(), "running " + attrs.function);
    std::vector<std::vector<Column>> made;  // by column, then chunk
    if (attrs.keys.empty() && attrs.function != "count") {
      for (const int64_t column : attrs.columns)
        made.push_back(
            running_column(running_named(attrs.function, "cumulative"), in, column, driver));
    } else {
      scratch.ensure_or_fail(in.rows() * 4);
      memory::Arena arena(driver.store().budget());
      const GroupIds ids(in, attrs.keys, attrs.dropna, arena);
      if (attrs.function == "count") made = {counts_in_groups(in, ids, attrs.backwards)};
      made.resize(std::max(made.size(), attrs.columns.size()));
      driver.parallel(static_cast<int64_t>(attrs.columns.size()), [&](int64_t i, Worker& worker) {
        made[i] = running_in_groups(running_named(attrs.function, "groupby"), in, attrs.columns[i],
                                    ids, worker.arena);
      });
    }
    return over_rows(meta, in, driver, [&](size_t chunk, const Batch& rows, Worker& worker) {
      std::vector<Column> columns;
      for (size_t i = 0; i < made.size(); ++i) {
        columns.push_back(shown(std::move(made[i][chunk]), meta.field(meta.index_levels + i).dtype,
                                rows.rows, worker));
      }
      return columns;
    });
  }
};

}  // namespace

const Op& running_op() {
  static const RunningOp op;
  return op;
}

Expr running(const Expr& frame, RunningAttrs attrs) {
  return call(running_op(), std::move(attrs), {frame});
}

}  // namespace tharsis::ops

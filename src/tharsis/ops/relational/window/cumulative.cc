#include "tharsis/ops/relational/gather.h"
#include "tharsis/ops/relational/window/running.h"
#include "tharsis/ops/relational/window/table.h"
#include "tharsis/ops/relational/window/whole_rows.h"
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
  require(in.is_number() || in.is_bool() ||
              (in.is_time() && (extreme || function == Running::kSum) &&
               (extreme || in.id == TypeId::kDuration)),
          ErrorCode::kDType, "{}: has no meaning for a column of {}", who, in.name());
  if (extreme || in.is_float() || in.is_time()) return in;
  return DType(in.is_unsigned() ? TypeId::kUInt64 : TypeId::kInt64).with_flavour(in.flavour);
}

namespace {

template <class T>
bool is_nan(T value) {
  if constexpr (std::is_floating_point_v<T>) return value != value;
  return false;
}

// The running value at the end of some rows, if there was one.
template <class Out>
struct Carry {
  Out value{};
  bool any = false;
  void take(Running function, Out next) {
    value = any ? running_step(function, value, next) : next;
    any = true;
  }
};

template <class In, class Out>
Carry<Out> total_of(Running function, const Column& column, int64_t rows) {
  Carry<Out> carry;
  const In* values = column.values<In>();
  for (int64_t i = 0; i < rows; ++i) {
    if (!column.valid(i) || is_nan(values[i])) continue;
    carry.take(function, static_cast<Out>(values[i]));
  }
  return carry;
}

template <class In, class Out>
Column running_column(Running function, const DType& dtype, const Column& column, int64_t rows,
                      Carry<Out> carry) {
  auto own = std::make_shared<OwnColumn>(rows * static_cast<int64_t>(sizeof(Out)));
  const In* values = column.values<In>();
  Out* out = own->data.as<Out>();
  for (int64_t i = 0; i < rows; ++i) {
    if (!column.valid(i) || is_nan(values[i])) {
      if (!column.valid(i)) own->set_missing(i, rows);
      out[i] = column.valid(i) ? static_cast<Out>(values[i]) : Out{};
      continue;
    }
    carry.take(function, static_cast<Out>(values[i]));
    out[i] = carry.value;
  }
  return owned(dtype, std::move(own));
}

// Totals per chunk, then a second read with what came before each chunk.
class Cumulative final : public OpOf<CumulativeAttrs> {
 public:
  std::string_view name() const override { return "cumulative"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole, .asks_order = true}; }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& in = *call.in[0];
    const Running function = running_named(of(call).function, "cumulative");
    std::vector<Field> data;
    for (size_t i = in.index_levels; i < in.num_fields(); ++i) {
      data.push_back({in.field(i).label,
                      running_type(function, in.field(i).dtype, "cum" + of(call).function)});
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
    const Running function = running_named(of(call).function, "cumulative");
    // Column by column: carries[field] is a vector of one carry per chunk.
    std::vector<std::shared_ptr<void>> carries(meta.num_fields());
    for (size_t field = meta.index_levels; field < meta.num_fields(); ++field) {
      with_running(function, in.meta.field(field).dtype, [&]<class In, class Out>(In, Out) {
        carries[field] = totals<In, Out>(function, in, field, driver);
      });
    }
    return over_rows(meta, in, driver, [&](size_t chunk, const Batch& rows, Worker& worker) {
      std::vector<Column> columns;
      for (size_t field = meta.index_levels; field < meta.num_fields(); ++field) {
        const memory::ArenaScope scope(worker.arena);
        const Column column = flat(rows.columns[field], rows.rows, worker.arena);
        with_running(function, column.dtype, [&]<class In, class Out>(In, Out) {
          const auto& before = *static_cast<std::vector<Carry<Out>>*>(carries[field].get());
          columns.push_back(running_column<In, Out>(function, meta.field(field).dtype, column,
                                                    rows.rows, before[chunk]));
        });
      }
      return columns;
    });
  }

 private:
  // What came before each chunk.
  template <class In, class Out>
  static std::shared_ptr<void> totals(Running function, const Value& in, size_t field,
                                      Driver& driver) {
    auto carries = std::make_shared<std::vector<Carry<Out>>>(in.chunks.size());
    driver.parallel(static_cast<int64_t>(in.chunks.size()), [&](int64_t c, Worker& worker) {
      const memory::ArenaScope scope(worker.arena);
      const memory::Pin pin = in.chunks[c]->store().pin(in.chunks[c]);
      (*carries)[c] = total_of<In, Out>(
          function, flat(pin->columns[field], pin->rows, worker.arena), pin->rows);
    });
    Carry<Out> so_far;
    for (Carry<Out>& carry : *carries) {
      const Carry<Out> own = carry;
      carry = so_far;
      if (own.any) so_far.take(function, own.value);
    }
    return carries;
  }
};

}  // namespace

const Op& cumulative_op() {
  static const Cumulative op;
  return op;
}

Expr cumulative(const Expr& frame, CumulativeAttrs attrs) {
  return cumulative_op().build(std::move(attrs), {frame});
}

}  // namespace tharsis::ops

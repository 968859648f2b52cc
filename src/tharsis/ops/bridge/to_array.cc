#include <cstring>
#include <limits>
#include <numeric>

#include "tharsis/base/error.h"
#include "tharsis/memory/array_room.h"
#include "tharsis/ops/bridge.h"
#include "tharsis/ops/elementwise/lanes.h"
#include "tharsis/ops/relational.h"
#include "tharsis/types/promote.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {
namespace {

constexpr int64_t kPieceRows = 1 << 16;

// Writes values `stride` apart; a missing one is NaN or NaT.
template <class T>
void scatter(const Column& column, int64_t rows, T missing, int64_t stride, T* out) {
  const T* values = column.values<T>();
  for (int64_t i = 0; i < rows; ++i) out[i * stride] = column.valid(i) ? values[i] : missing;
}

void write_column(const Column& raw, const DType& dtype, int64_t rows, int64_t stride, char* out,
                  memory::Arena& arena) {
  Column column = decoded(raw, rows, arena);
  if (dtype.is_time()) {
    column = repeated(column, rows, arena);
    scatter(column, rows, std::numeric_limits<int64_t>::min(), stride,
            reinterpret_cast<int64_t*>(out));
    return;
  }
  column = repeated(converted(column, dtype.id, rows, arena), rows, arena);
  if (column.validity == nullptr && stride == 1) {
    std::memcpy(out, column.data, rows * dtype.width());
    return;
  }
  visit_number(dtype.id, [&](auto type) {
    using T = decltype(type);
    if constexpr (!std::is_floating_point_v<T>) {
      for (int64_t i = 0; column.validity != nullptr && i < rows; ++i) {
        require(column.valid(i), ErrorCode::kInvalidArgument,
                "to_numpy: a missing value is not an {}; use a float dtype", dtype.name());
      }
    }
    scatter(column, rows, std::numeric_limits<T>::quiet_NaN(), stride, reinterpret_cast<T*>(out));
  });
}

class ToArray final : public OpOf<ToArrayAttrs> {
 public:
  std::string_view name() const override { return "to_array"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole}; }

  std::vector<Meta> infer(const Call& call) const override {
    const ToArrayAttrs& attrs = of(call);
    const Meta& in = *call.in[0];
    check(in.index_levels == 0, "to_array: index levels are taken off first");
    check(attrs.rank == 2 || in.num_fields() == 1, "to_array: one column for a vector");
    for (const Field& field : *in.schema) {
      const bool number = field.dtype.is_number() || field.dtype.is_bool();
      const bool fits = attrs.dtype.is_time()
                            ? field.dtype == attrs.dtype
                            : number && (attrs.dtype.is_number() || attrs.dtype.is_bool());
      require(fits, ErrorCode::kDType, "column {} of type {} is no array of {}",
              label_text(field.label), field.dtype.name(), attrs.dtype.name());
    }
    std::vector<Dim> shape;
    if (attrs.rank > 0) shape.push_back(in.rows());
    if (attrs.rank == 2) shape.push_back(Dim{static_cast<int64_t>(in.num_fields())});
    return {tensor_meta(attrs.dtype, std::move(shape))};
  }

  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    const ToArrayAttrs& attrs = of(call);
    const Value& frame = *inputs[0];
    const auto columns = static_cast<int64_t>(call.in[0]->num_fields());
    std::vector<int64_t> shape;
    if (attrs.rank > 0) shape.push_back(frame.rows());
    if (attrs.rank == 2) shape.push_back(columns);
    require(attrs.rank > 0 || frame.rows() == 1, ErrorCode::kShape,
            "a frame of {} rows is not one number", frame.rows());
    if (Ref<Value> same = without_copy(frame, attrs.dtype, shape)) return {std::move(same)};
    memory::ArrayRoom room(driver.store(), attrs.dtype, frame.rows() * columns, "array of a frame");
    driver.parallel(static_cast<int64_t>(frame.chunks.size()), [&](int64_t i, Worker& worker) {
      const memory::Pin pin = frame.chunks[i]->store().pin(frame.chunks[i]);
      for (int64_t begin = 0; begin < pin->rows; begin += kPieceRows) {
        const int64_t rows = std::min(kPieceRows, pin->rows - begin);
        const int64_t first = (frame.starts[i] + begin) * columns;
        for (int64_t c = 0; c < columns; ++c) {
          const memory::ArenaScope scope(worker.arena);
          write_column(pin->columns[c].from(begin), attrs.dtype, rows, columns,
                       room.data() + (first + c) * room.width(), worker.arena);
        }
      }
    });
    return {room.close(shape)};
  }

 private:
  // One column of the right type that lies in one piece is the array.
  static Ref<Value> without_copy(const Value& frame, const DType& dtype,
                                 const std::vector<int64_t>& shape) {
    if (frame.chunks.size() != 1) return nullptr;
    const memory::Pin pin = frame.chunks[0]->store().pin(frame.chunks[0]);
    if (pin->columns.size() != 1) return nullptr;
    const Column& column = pin->columns[0];
    const bool plain = column.encoding == Encoding::kFlat && column.validity == nullptr;
    if (!plain || column.dtype.id != dtype.id) return nullptr;
    auto value = std::make_shared<Value>();
    value->meta = tensor_meta(dtype, known_shape(shape));
    value->store = frame.store;
    value->add(frame.chunks[0]);
    return value;
  }
};

}  // namespace

const Op& to_array_op() {
  static const ToArray op;
  return op;
}

Expr to_array(const Expr& frame, int rank, DType dtype) {
  const Meta& meta = frame.meta();
  require(meta.num_data() > 0, ErrorCode::kUnsupported, "a frame without columns is no array");
  std::optional<DType> common = meta.field(meta.index_levels).dtype;
  for (size_t i = meta.index_levels + 1; common && i < meta.num_fields(); ++i)
    common = promoted(*common, meta.field(i).dtype);
  require(common.has_value() || dtype.id != TypeId::kNull, ErrorCode::kDType,
          "the columns of {} have no common type", meta.text());
  ToArrayAttrs attrs;
  attrs.dtype = dtype.id == TypeId::kNull ? *common : dtype;
  attrs.dtype = attrs.dtype.with_flavour(Flavour::kNumpy);
  attrs.rank = rank >= 0 ? rank : meta.series ? 1 : 2;
  if (meta.index_levels == 0) return call(to_array_op(), attrs, {frame});
  ProjectAttrs data;
  for (size_t i = meta.index_levels; i < meta.num_fields(); ++i) {
    data.from.push_back(static_cast<int64_t>(i));
    data.labels.push_back(meta.field(i).label);
  }
  data.series = meta.series;
  return call(to_array_op(), attrs, {project(frame, std::move(data))});
}

}  // namespace tharsis::ops

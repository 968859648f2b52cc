#include <array>
#include <cmath>
#include <cstring>

#include "tharsis/api/frame.h"
#include "tharsis/base/error.h"
#include "tharsis/base/string_ref.h"
#include "tharsis/memory/batch_codec.h"
#include "tharsis/ops/relational.h"
#include "tharsis/types/visit.h"

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

std::vector<Scalar> row(engine::Session& session, const Expr& frame) {
  const Ref<Value> value = session.run(frame);
  require(value->rows() == 1, ErrorCode::kShape, "a frame of {} rows is not one row",
          value->rows());
  std::vector<Scalar> out;
  for (const auto& chunk : value->chunks) {
    if (chunk->rows() == 0) continue;
    const memory::Pin pin = chunk->store().pin(chunk);
    for (const Column& column : pin->columns)
      out.push_back(memory::scalar_at(memory::flatten(column, 1), 0));
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

namespace {

// Compares each value with the one before it.
class Walk {
 public:
  void add(const Column& column, int64_t rows) {
    if (column.dtype.is_string()) return along<StringRef>(column, rows);
    const TypeId id = column.dtype.is_time()       ? TypeId::kInt64
                      : column.dtype.is_category() ? TypeId::kInt32
                                                   : column.dtype.id;
    visit_number(id, [&]<class T>(T) { along<T>(column, rows); });
  }
  bool up = true, down = true;

 private:
  template <class T>
  void along(const Column& column, int64_t rows) {
    const auto* values = column.values<T>();
    T last{};
    std::memcpy(static_cast<void*>(&last), last_.data(), sizeof(T));
    for (int64_t i = 0; i < rows && (up || down); ++i) {
      bool there = column.valid(i);
      if constexpr (std::is_floating_point_v<T>) there = there && !std::isnan(values[i]);
      if (!there) up = down = false;
      if (begun_ && values[i] < last) up = false;
      if (begun_ && last < values[i]) down = false;
      last = values[i];
      begun_ = true;
    }
    std::memcpy(last_.data(), static_cast<const void*>(&last), sizeof(T));
  }

  bool begun_ = false;
  alignas(16) std::array<std::byte, 16> last_{};  // of the chunk before, which stays pinned
};

}  // namespace

std::pair<bool, bool> monotonic(engine::Session& session, const Expr& series) {
  const Ref<Value> value = session.run(series);
  Walk walk;
  std::vector<memory::Pin> pins;
  for (const auto& chunk : value->chunks) {
    pins.push_back(chunk->store().pin(chunk));
    walk.add(memory::flatten(pins.back()->columns.back(), pins.back()->rows), pins.back()->rows);
  }
  return {walk.up, walk.down};
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

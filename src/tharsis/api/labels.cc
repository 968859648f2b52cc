#include <cmath>

#include "tharsis/api/frame.h"
#include "tharsis/base/error.h"
#include "tharsis/memory/batch_builder.h"
#include "tharsis/memory/batch_codec.h"
#include "tharsis/ops/relational.h"

namespace tharsis::api {
namespace {

[[noreturn]] void no_label(const Scalar& label) {
  fail(ErrorCode::kColumnNotFound, "no row has the label {}", label.text());
}

// `label` as a value of the index; nothing if no value of that type can equal it.
std::optional<Scalar> in_index(const Scalar& label, const DType& dtype) {
  require(!dtype.is_category(), ErrorCode::kUnsupported, "labels of a categorical index");
  if (label.missing()) return missing_scalar(dtype);
  const bool number = label.dtype.is_number() || label.dtype.is_bool();
  if (dtype.is_bool() && label.dtype.is_bool()) return Scalar{dtype, label.as_int() != 0};
  if (dtype.is_integer() && number && !label.dtype.is_bool()) {
    if (label.dtype.is_float() && label.as_double() != std::floor(label.as_double()))
      return std::nullopt;
    if (dtype.is_unsigned() && label.as_int() < 0) return std::nullopt;
    return Scalar{dtype, label.as_int()};
  }
  if (dtype.is_float() && number) return Scalar{dtype, label.as_double()};
  if (dtype.is_string() && label.dtype.is_string()) return Scalar{dtype, label.value};
  require(!dtype.is_time() || !label.dtype.is_string(), ErrorCode::kUnsupported,
          "labels of time given as text");
  if (dtype.is_time() && label.dtype.id == dtype.id) {
    const int64_t from = units_per_second(label.dtype.unit), to = units_per_second(dtype.unit);
    const int64_t value = label.as_int();
    if (to >= from) return Scalar{dtype, value * (to / from)};
    if (value % (from / to) != 0) return std::nullopt;
    return Scalar{dtype, value / (from / to)};
  }
  return std::nullopt;
}

const DType& index_type(const Expr& frame) {
  require(frame.meta().index_levels == 1, ErrorCode::kUnsupported,
          "loc: labels of an index of several levels");
  return frame.meta().field(0).dtype;
}

// The labels as a stored frame of one column.
Expr label_frame(engine::Session& session, const std::vector<Scalar>& labels, const DType& dtype) {
  memory::BatchBuilder builder;
  for (const Scalar& label : labels) {
    Batch one;
    one.rows = 1;
    one.columns.push_back(memory::flatten(constant_column(label), 1));
    builder.append(one);
  }
  std::vector<Batch> batches;
  if (!labels.empty()) batches.push_back(builder.take());
  Meta meta = frame_meta({{Label(), dtype}}, 0, Dim{static_cast<int64_t>(labels.size())}, Key{});
  return stored_leaf(memory::frame_value(session.store(), std::move(meta), std::move(batches)));
}

ops::JoinAttrs by_label() {
  ops::JoinAttrs attrs;
  attrs.left_keys = attrs.right_keys = {0};
  return attrs;
}

Expr index_series(const Expr& frame) {
  ops::ProjectAttrs attrs;
  attrs.from = {0};
  attrs.labels = {Label()};
  attrs.series = true;
  return ops::project(frame, std::move(attrs));
}

// The first or last position of a label.
int64_t bound(engine::Session& session, const Expr& frame, const Scalar& label, bool last) {
  const Expr same = binary("equal", index_series(frame), label);
  const Expr found = ops::filter(positions(frame), same);
  const Expr which = reduce(found, last ? "max" : "min", 0, 0);
  const Scalar at = values(session, column_at(which, 0))[0];
  if (at.missing()) no_label(label);
  return at.as_int();
}

}  // namespace

Expr rows_of_labels(engine::Session& session, const Expr& given,
                    const std::vector<Scalar>& labels) {
  const Expr frame = labelled(given);
  const DType dtype = index_type(frame);
  std::vector<Scalar> wanted;
  for (const Scalar& label : labels) {
    const auto value = in_index(label, dtype);
    if (!value) no_label(label);
    wanted.push_back(*value);
  }
  settle(session, {frame});
  const Expr keys = label_frame(session, wanted, dtype);
  ops::JoinAttrs missing = by_label();
  missing.how = ops::JoinHow::kAnti;
  missing.left = {0};
  missing.labels = {Label()};
  const Expr index_only = index_series(frame);
  const std::vector<Scalar> none = values(session, ops::join(keys, index_only, std::move(missing)));
  if (!none.empty()) no_label(none.front());

  ops::JoinAttrs attrs = by_label();
  const Meta& meta = frame.meta();
  for (size_t i = 0; i < meta.num_fields(); ++i) {
    attrs.right.push_back(static_cast<int64_t>(i));
    attrs.labels.push_back(meta.field(i).label);
  }
  attrs.index_levels = 1;
  const Expr out = ops::join(keys, frame, std::move(attrs));
  return meta.series ? to_series(out, meta.field(1).label) : out;
}

Expr rows_between(engine::Session& session, const Expr& given, const std::optional<Scalar>& first,
                  const std::optional<Scalar>& last) {
  const Expr frame = labelled(given);
  const DType dtype = index_type(frame);
  const auto in_order = [&](const std::optional<Scalar>& label) -> std::optional<Scalar> {
    if (!label) return std::nullopt;
    if (dtype.is_integer() && label->dtype.is_float()) return label;
    const auto value = in_index(*label, dtype);
    require(value.has_value(), ErrorCode::kDType, "loc: the label {} cannot be found among {}",
            label->text(), dtype.name());
    return value;
  };
  const auto low = in_order(first), high = in_order(last);
  const Expr index = index_series(frame);
  const auto [up, down] = monotonic(session, index);
  if (!up && !down) {
    std::optional<int64_t> begin, end;
    if (low) begin = bound(session, frame, *low, false);
    if (high) end = bound(session, frame, *high, true) + 1;
    return slice(frame, begin, end);
  }
  Expr mask;
  if (low) mask = binary(up ? "greater_equal" : "less_equal", index, *low);
  if (high) {
    const Expr below = binary(up ? "less_equal" : "greater_equal", index, *high);
    mask = mask ? binary("logical_and", mask, below) : below;
  }
  return mask ? ops::filter(frame, mask) : frame;
}

}  // namespace tharsis::api

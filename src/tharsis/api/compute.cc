#include <algorithm>

#include "tharsis/api/frame.h"
#include "tharsis/base/error.h"
#include "tharsis/ops/relational.h"

namespace tharsis::api {
namespace {

bool is_frame(const Argument& a) { return a.expr && a.expr.meta().kind == Kind::kFrame; }
bool is_series(const Argument& a) { return is_frame(a) && a.expr.meta().series; }

const Label& series_label(const Expr& series) {
  const Meta& meta = series.meta();
  return meta.field(meta.num_fields() - 1).label;
}

// The name of a result: that which both have, else none.
Label common_label(const Expr& a, const Expr& b) {
  return same_label(series_label(a), series_label(b)) ? series_label(a) : Label();
}

// Both over one row space.
std::pair<Expr, Expr> aligned(const Expr& a, const Expr& b) {
  if (a.meta().row_space == b.meta().row_space) return {a, b};
  return ops::align(a, b, ops::AlignHow::kOuter);
}

Expr series_pair(std::string_view function, const Expr& a, const Expr& b) {
  const auto [x, y] = aligned(a, b);
  return ops::compute(function, {x, y}, common_label(a, b));
}

bool same_columns(const Expr& a, const Expr& b) {
  const Meta& x = a.meta();
  const Meta& y = b.meta();
  if (x.num_data() != y.num_data()) return false;
  for (size_t i = 0; i < x.num_data(); ++i) {
    if (!same_label(x.field(x.index_levels + i).label, y.field(y.index_levels + i).label))
      return false;
  }
  return true;
}

}  // namespace

Expr aligned_with(const Expr& frame, const Expr& other) {
  if (frame.meta().row_space == other.meta().row_space) return other;
  return ops::align(frame, other, ops::AlignHow::kLeft).second;
}

Expr binary(std::string_view function, const Argument& a, const Argument& b) {
  if (!is_frame(a) && !is_frame(b)) return ops::compute(function, {a, b});
  if (is_series(a) && is_series(b)) return series_pair(function, a.expr, b.expr);
  if (is_frame(a) && is_frame(b)) {
    require(is_series(a) || is_series(b) || same_columns(a.expr, b.expr), ErrorCode::kUnsupported,
            "{}: frames of different columns", function);
    const auto [x, y] = aligned(a.expr, b.expr);
    return ops::compute_each(function, {x, y});
  }
  const Expr& frame = is_frame(a) ? a.expr : b.expr;
  if (!frame.meta().series) return ops::compute_each(function, {a, b});
  return ops::compute(function, {a, b}, series_label(frame));
}

Expr unary(std::string_view function, const Expr& x, std::vector<Scalar> params,
           std::vector<Scalar> more) {
  std::vector<Argument> arguments{x};
  for (const Scalar& value : more) arguments.emplace_back(value);
  return apply(function, std::move(arguments), std::move(params));
}

Expr apply(std::string_view function, std::vector<Argument> arguments, std::vector<Scalar> params) {
  const Expr first = arguments[0].expr;
  for (size_t i = 1; i < arguments.size(); ++i) {
    if (is_frame(arguments[i])) arguments[i] = aligned_with(first, arguments[i].expr);
  }
  if (!first.meta().series)
    return ops::compute_each(function, std::move(arguments), std::move(params));
  return ops::compute(function, std::move(arguments), series_label(first), std::move(params));
}

Expr where(const Expr& x, const Argument& condition, const Argument& other) {
  const bool frame = !x.meta().series;
  std::vector<Argument> arguments{condition, x, other};
  for (Argument& argument : arguments) {
    if (!is_frame(argument)) continue;
    require(is_series(argument) || (frame && same_columns(x, argument.expr)),
            ErrorCode::kUnsupported, "where: frames of different columns");
    argument = aligned_with(x, argument.expr);
  }
  if (frame) return ops::compute_each("where", std::move(arguments));
  return ops::compute("where", std::move(arguments), series_label(x));
}

Expr fold(std::string_view function, const Expr& frame) {
  require(frame.meta().num_data() > 0, ErrorCode::kInvalidArgument, "{}: a frame without columns",
          function);
  Expr out = to_series(column_at(frame, 0), Label());
  for (int64_t i = 1; i < static_cast<int64_t>(frame.meta().num_data()); ++i)
    out = ops::compute(function, {out, column_at(frame, i)});
  return out;
}

Expr assign(const Expr& frame, const Label& label, const Argument& value) {
  return assign(frame, {{label, value}});
}

Expr assign(const Expr& frame, const std::vector<std::pair<Label, Argument>>& columns) {
  const Meta& meta = frame.meta();
  std::vector<Expr> parts{frame};
  ops::ProjectAttrs attrs;
  for (size_t i = 0; i < meta.num_fields(); ++i) {
    attrs.from.push_back(static_cast<int64_t>(i));
    attrs.labels.push_back(meta.field(i).label);
  }
  std::vector<Label> labels;
  for (const auto& [label, value] : columns) labels.push_back(label);
  const auto places = find_columns(meta, labels);
  size_t width = meta.num_fields();
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto& [label, value] = columns[i];
    parts.push_back(is_frame(value) ? aligned_with(frame, value.expr)
                                    : ops::constant(frame, value, label));
    if (places[i]) {
      attrs.from[*places[i]] = static_cast<int64_t>(width);
    } else {
      attrs.from.push_back(static_cast<int64_t>(width));
      attrs.labels.push_back(label);
    }
    width += parts.back().meta().num_data();
  }
  attrs.index_levels = meta.index_levels;
  attrs.columns_name = meta.columns_name;
  return ops::project(ops::zip(std::move(parts)), std::move(attrs));
}

Expr astype(const Expr& x, const DType& dtype) {
  if (x.meta().series) return ops::cast(x, dtype, /*checked=*/true);
  return ops::compute_each("cast", {x}, {missing_scalar(dtype), {TypeId::kBool, true}});
}

}  // namespace tharsis::api

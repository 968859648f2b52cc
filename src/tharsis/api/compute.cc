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

// A frame with the labels of `like` from one series per column.
Expr assemble(const Expr& like, std::vector<Expr> series) {
  const Meta& meta = like.meta();
  std::vector<Label> labels;
  for (size_t i = 0; i < series.size(); ++i)
    labels.push_back(meta.field(meta.index_levels + i).label);
  if (series.empty()) return like;
  const Expr all = ops::zip(std::move(series));
  ops::ProjectAttrs attrs;
  for (size_t i = 0; i < all.meta().num_fields(); ++i) {
    attrs.from.push_back(static_cast<int64_t>(i));
    attrs.labels.push_back(i < all.meta().index_levels ? all.meta().field(i).label
                                                       : labels[i - all.meta().index_levels]);
  }
  attrs.index_levels = all.meta().index_levels;
  attrs.columns_name = meta.columns_name;
  return ops::project(all, std::move(attrs));
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

// `both(a, b)` of each column of `frame` (as the first or second argument) and `other`.
Expr each_column(std::string_view function, const Expr& frame, const Argument& other,
                 bool frame_first) {
  std::vector<Expr> out;
  for (int64_t i = 0; i < static_cast<int64_t>(frame.meta().num_data()); ++i) {
    const Expr one = column_at(frame, i);
    out.push_back(ops::compute(
        function,
        frame_first ? std::vector<Argument>{one, other} : std::vector<Argument>{other, one},
        series_label(one)));
  }
  return assemble(frame, std::move(out));
}

Expr frame_pair(std::string_view function, const Expr& a, const Expr& b) {
  require(same_columns(a, b), ErrorCode::kUnsupported, "{}: frames of different columns", function);
  const auto [x, y] = aligned(a, b);
  std::vector<Expr> out;
  for (int64_t i = 0; i < static_cast<int64_t>(a.meta().num_data()); ++i) {
    const Expr one = column_at(x, i);
    out.push_back(ops::compute(function, {one, column_at(y, i)}, series_label(one)));
  }
  return assemble(x, std::move(out));
}

}  // namespace

Expr aligned_with(const Expr& frame, const Expr& other) {
  if (frame.meta().row_space == other.meta().row_space) return other;
  return ops::align(frame, other, ops::AlignHow::kLeft).second;
}

Expr binary(std::string_view function, const Argument& a, const Argument& b) {
  if (!is_frame(a) && !is_frame(b)) return ops::compute(function, {a, b});
  if (is_series(a) && is_series(b)) return series_pair(function, a.expr, b.expr);
  if (is_frame(a) && !is_series(a)) {
    if (!is_frame(b)) return each_column(function, a.expr, b, true);
    if (!is_series(b)) return frame_pair(function, a.expr, b.expr);
    const auto [frame, series] = aligned(a.expr, b.expr);
    return each_column(function, frame, series, true);
  }
  if (is_frame(b) && !is_series(b)) {
    if (!is_frame(a)) return each_column(function, b.expr, a, false);
    const auto [series, frame] = aligned(a.expr, b.expr);
    return each_column(function, frame, series, false);
  }
  return ops::compute(function, {a, b}, series_label(is_series(a) ? a.expr : b.expr));
}

Expr unary(std::string_view function, const Expr& x, std::vector<Scalar> params,
           std::vector<Scalar> more) {
  const auto one = [&](const Expr& series) {
    std::vector<Argument> arguments{series};
    for (const Scalar& value : more) arguments.emplace_back(value);
    return ops::compute(function, std::move(arguments), series_label(series), params);
  };
  if (x.meta().series) return one(x);
  std::vector<Expr> out;
  for (int64_t i = 0; i < static_cast<int64_t>(x.meta().num_data()); ++i)
    out.push_back(one(column_at(x, i)));
  return assemble(x, std::move(out));
}

Expr apply(std::string_view function, std::vector<Argument> arguments, std::vector<Scalar> params) {
  const Expr first = arguments[0].expr;
  for (size_t i = 1; i < arguments.size(); ++i) {
    if (is_frame(arguments[i])) arguments[i] = aligned_with(first, arguments[i].expr);
  }
  return ops::compute(function, std::move(arguments), series_label(first), std::move(params));
}

Expr assign(const Expr& frame, const Label& label, const Argument& value) {
  const Meta& meta = frame.meta();
  const Expr series =
      is_frame(value) ? aligned_with(frame, value.expr) : ops::constant(frame, value, label);
  const Expr both = ops::zip({frame, series});
  const auto place = find_data(meta, label);
  ops::ProjectAttrs attrs;
  for (size_t i = 0; i < meta.num_fields(); ++i) {
    const bool replaced = place && i == meta.index_levels + *place;
    attrs.from.push_back(static_cast<int64_t>(replaced ? meta.num_fields() : i));
    attrs.labels.push_back(meta.field(i).label);
  }
  if (!place) {
    attrs.from.push_back(static_cast<int64_t>(meta.num_fields()));
    attrs.labels.push_back(label);
  }
  attrs.index_levels = meta.index_levels;
  attrs.columns_name = meta.columns_name;
  return ops::project(both, std::move(attrs));
}

Expr astype(const Expr& x, const DType& dtype) {
  if (x.meta().series) return ops::cast(x, dtype, /*checked=*/true);
  std::vector<Expr> out;
  for (int64_t i = 0; i < static_cast<int64_t>(x.meta().num_data()); ++i)
    out.push_back(ops::cast(column_at(x, i), dtype, /*checked=*/true));
  return assemble(x, std::move(out));
}

}  // namespace tharsis::api

#include <algorithm>

#include "tharsis/api/frame.h"
#include "tharsis/base/error.h"
#include "tharsis/ops/relational.h"
#include "tharsis/types/promote.h"

namespace tharsis::api {
namespace {

// Labels of the columns of all frames, in the order of their first appearance; or those that all
// have.
std::vector<Label> labels_of(const std::vector<Expr>& frames, bool inner) {
  std::vector<Label> out;
  for (const Expr& frame : frames) {
    const Meta& meta = frame.meta();
    for (size_t i = meta.index_levels; i < meta.num_fields(); ++i) {
      const Label& label = meta.field(i).label;
      const bool known =
          std::any_of(out.begin(), out.end(), [&](const Label& l) { return same_label(l, label); });
      if (!known) out.push_back(label);
    }
  }
  if (!inner) return out;
  std::erase_if(out, [&](const Label& label) {
    return !std::all_of(frames.begin(), frames.end(), [&](const Expr& frame) {
      return find_data(frame.meta(), label).has_value();
    });
  });
  return out;
}

// The type that holds the column of all frames; whole numbers with gaps are float64.
DType common_dtype(const std::vector<Expr>& frames, const Label& label) {
  std::optional<DType> out;
  bool gaps = false;
  for (const Expr& frame : frames) {
    const auto position = find_data(frame.meta(), label);
    if (!position) {
      gaps = true;
      continue;
    }
    const DType& own = frame.meta().field(frame.meta().index_levels + *position).dtype;
    out = out ? promote(*out, own, "concat") : own;
  }
  if (gaps && (out->is_integer() || out->is_bool()) && out->flavour == Flavour::kNumpy)
    return TypeId::kFloat64;
  return *out;
}

Expr with_columns(const Expr& frame, const std::vector<Label>& labels,
                  const std::vector<DType>& dtypes) {
  Expr out = frame;
  for (size_t i = 0; i < labels.size(); ++i) {
    const auto position = find_data(out.meta(), labels[i]);
    if (!position) {
      out = assign(out, labels[i], missing_scalar(dtypes[i]));
    } else if (const auto at = out.meta().index_levels + *position;
               !(out.meta().field(at).dtype == dtypes[i])) {
      out = assign(out, labels[i],
                   ops::cast(column_at(out, static_cast<int64_t>(*position)), dtypes[i]));
    }
  }
  return columns(out, labels);
}

}  // namespace

Expr concat_rows(std::vector<Expr> frames, bool ignore_index, bool inner) {
  require(!frames.empty(), ErrorCode::kInvalidArgument, "concat: no objects to concatenate");
  const bool series =
      std::all_of(frames.begin(), frames.end(), [](const Expr& f) { return f.meta().series; });
  Label name;
  if (series) {
    name = frames[0].meta().field(frames[0].meta().num_fields() - 1).label;
    for (Expr& frame : frames) {
      const Meta& meta = frame.meta();
      if (!same_label(meta.field(meta.num_fields() - 1).label, name)) name = {};
      frame = to_frame(frame, Label(int64_t{0}));
    }
  }
  const std::vector<Label> labels = labels_of(frames, inner);
  std::vector<DType> dtypes;
  for (const Label& label : labels) dtypes.push_back(common_dtype(frames, label));
  for (Expr& frame : frames) {
    frame = with_columns(ignore_index ? reset_index(frame, true) : labelled(frame), labels, dtypes);
    require(frame.meta().index_levels == frames[0].meta().index_levels, ErrorCode::kUnsupported,
            "concat: indices of different numbers of levels");
    for (size_t i = 0; i < frame.meta().index_levels; ++i) {
      require(frame.meta().field(i).dtype == frames[0].meta().field(i).dtype,
              ErrorCode::kUnsupported, "concat: indices of different types");
    }
  }
  const Expr all = frames.size() == 1 ? frames[0] : ops::concat_rows(std::move(frames));
  return series ? to_series(all, name) : all;
}

Expr side_by_side(const Expr& a, const Expr& b) {
  const auto [left, right] = ops::align(a, b, ops::AlignHow::kOuter);
  return ops::zip({left, right});
}

Expr distinct_rows(const Expr& given) {
  const Expr frame = labelled(given);
  const Meta& meta = frame.meta();
  ops::GroupByAttrs attrs;
  attrs.sort = false;
  attrs.dropna = false;
  for (size_t i = meta.index_levels; i < meta.num_fields(); ++i)
    attrs.keys.push_back(static_cast<int64_t>(i));
  for (size_t i = 0; i < meta.index_levels; ++i) {
    ops::Aggregate first;
    first.function = "first";
    first.field = static_cast<int64_t>(i);
    first.label = meta.field(i).label;
    attrs.aggregates.push_back(std::move(first));
  }
  const Expr grouped = ops::group_by(frame, std::move(attrs));
  // The keys are the data again, and the first label of each group its index.
  ops::ProjectAttrs out;
  const auto keys = static_cast<int64_t>(meta.num_data());
  for (int64_t i = 0; i < meta.index_levels; ++i) {
    out.from.push_back(keys + i);
    out.labels.push_back(meta.field(static_cast<size_t>(i)).label);
  }
  for (int64_t i = 0; i < keys; ++i) {
    out.from.push_back(i);
    out.labels.push_back(meta.field(meta.index_levels + static_cast<size_t>(i)).label);
  }
  out.index_levels = meta.index_levels;
  out.columns_name = meta.columns_name;
  out.series = meta.series;
  return ops::project(grouped, std::move(out));
}

}  // namespace tharsis::api

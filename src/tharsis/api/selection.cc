#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "tharsis/api/frame.h"
#include "tharsis/base/error.h"
#include "tharsis/ops/relational.h"

namespace tharsis::api {
namespace {

using ops::ProjectAttrs;

// All index levels of `frame`, and what stays the same in a selection of its columns.
ProjectAttrs with_levels(const Expr& frame) {
  const Meta& meta = frame.meta();
  ProjectAttrs attrs;
  for (int64_t i = 0; i < meta.index_levels; ++i) attrs.from.push_back(i);
  attrs.index_levels = meta.index_levels;
  attrs.columns_name = meta.columns_name;
  return attrs;
}

void add(ProjectAttrs& attrs, const Expr& frame, size_t data_position) {
  attrs.from.push_back(static_cast<int64_t>(frame.meta().index_levels + data_position));
}

// The labels that the selected fields have, to be changed.
void keep_labels(ProjectAttrs& attrs, const Expr& frame) {
  for (size_t i = attrs.labels.size(); i < attrs.from.size(); ++i)
    attrs.labels.push_back(frame.meta().field(static_cast<size_t>(attrs.from[i])).label);
}

// Names of index levels when they become columns.
Label level_name(const Meta& meta, size_t level) {
  const Label& name = meta.field(level).label;
  if (name.index() != 0) return name;
  return meta.index_levels == 1 ? Label(std::string("index"))
                                : Label("level_" + std::to_string(level));
}

}  // namespace

std::optional<size_t> find_data(const Meta& frame, const Label& label) {
  const auto field = find_column(frame, label);
  return field ? std::optional<size_t>(*field - frame.index_levels) : std::nullopt;
}

size_t require_data(const Meta& frame, const Label& label, std::string_view who) {
  return require_column(frame, label, who) - frame.index_levels;
}

Expr column(const Expr& frame, const Label& label, std::string_view who) {
  return column_at(frame, static_cast<int64_t>(require_data(frame.meta(), label, who)));
}

Expr column_at(const Expr& frame, int64_t position) {
  ProjectAttrs attrs = with_levels(frame);
  add(attrs, frame, static_cast<size_t>(position));
  attrs.series = true;
  attrs.columns_name = {};
  return ops::project(frame, std::move(attrs));
}

Expr columns(const Expr& frame, const std::vector<Label>& labels, std::string_view who) {
  ProjectAttrs attrs = with_levels(frame);
  for (const size_t field : require_columns(frame.meta(), labels, who))
    attrs.from.push_back(static_cast<int64_t>(field));
  return ops::project(frame, std::move(attrs));
}

Expr drop_columns(const Expr& frame, const std::vector<Label>& labels, bool ignore) {
  const Meta& meta = frame.meta();
  if (!ignore) require_columns(meta, labels, "drop");
  const std::unordered_set<Label, LabelHash, SameLabel> dropped(labels.begin(), labels.end());
  ProjectAttrs attrs = with_levels(frame);
  for (size_t i = 0; i < meta.num_data(); ++i) {
    if (!dropped.contains(meta.field(meta.index_levels + i).label)) add(attrs, frame, i);
  }
  return ops::project(frame, std::move(attrs));
}

Expr to_frame(const Expr& series, const Label& label) {
  ProjectAttrs attrs = with_levels(series);
  add(attrs, series, 0);
  keep_labels(attrs, series);
  attrs.labels.back() = label;
  return ops::project(series, std::move(attrs));
}

Expr to_series(const Expr& frame, const Label& label) {
  ProjectAttrs attrs = with_levels(frame);
  add(attrs, frame, 0);
  keep_labels(attrs, frame);
  attrs.labels.back() = label;
  attrs.series = true;
  return ops::project(frame, std::move(attrs));
}

Expr relabel(const Expr& frame, const std::vector<Label>& labels) {
  const Meta& meta = frame.meta();
  require(labels.size() == meta.num_data(), ErrorCode::kShape, "columns: {} labels for {} columns",
          labels.size(), meta.num_data());
  ProjectAttrs attrs = with_levels(frame);
  keep_labels(attrs, frame);
  for (size_t i = 0; i < labels.size(); ++i) {
    add(attrs, frame, i);
    attrs.labels.push_back(labels[i]);
  }
  attrs.series = meta.series;
  return ops::project(frame, std::move(attrs));
}

Expr rename(const Expr& frame, const std::vector<std::pair<Label, Label>>& names, bool strict) {
  const Meta& meta = frame.meta();
  std::unordered_map<Label, const Label*, LabelHash, SameLabel> fresh;
  std::vector<Label> olds;
  for (const auto& [old, name] : names) {
    olds.push_back(old);
    fresh.emplace(old, &name);
  }
  if (strict) require_columns(meta, olds, "rename");
  std::vector<Label> labels;
  for (size_t i = 0; i < meta.num_data(); ++i) {
    const Label& own = meta.field(meta.index_levels + i).label;
    const auto at = fresh.find(own);
    labels.push_back(at != fresh.end() ? *at->second : own);
  }
  return relabel(frame, labels);
}

Expr rename_index(const Expr& given, const std::vector<Label>& names) {
  const Expr frame = labelled(given);
  const Meta& meta = frame.meta();
  require(names.size() == meta.index_levels, ErrorCode::kShape, "index: {} names for {} levels",
          names.size(), meta.index_levels);
  ProjectAttrs attrs = with_levels(frame);
  attrs.labels = names;
  for (size_t i = 0; i < meta.num_data(); ++i) add(attrs, frame, i);
  keep_labels(attrs, frame);
  attrs.series = meta.series;
  return ops::project(frame, std::move(attrs));
}

Expr labelled(const Expr& frame) {
  return frame.meta().index_levels > 0 ? frame : ops::row_labels(frame);
}

Expr filter(const Expr& frame, const Expr& mask) {
  const Meta& meta = mask.meta();
  const DType& dtype = meta.field(meta.num_fields() - 1).dtype;
  require(meta.series && dtype.is_bool(), ErrorCode::kDType,
          "a filter needs a series of bool, got {}", meta.series ? dtype.name() : meta.text());
  return ops::filter(labelled(frame), aligned_with(frame, mask));
}

Expr slice(const Expr& frame, std::optional<int64_t> start, std::optional<int64_t> stop,
           int64_t step) {
  require(step != 0, ErrorCode::kInvalidArgument, "slice: the step must not be 0");
  ops::SliceAttrs attrs;
  attrs.step = step;
  attrs.start = start.value_or(step > 0 ? 0 : INT64_MAX);
  attrs.stop = stop.value_or(step > 0 ? INT64_MAX : INT64_MIN);
  // From the end of an unknown length, labels must stand in a column of their own.
  const bool from_end = attrs.start < 0 || step < 0;
  return ops::slice(from_end && !frame.meta().rows().known() ? labelled(frame) : frame, attrs);
}

Expr set_index(const Expr& given, const std::vector<Label>& labels, bool drop, bool append) {
  const Expr frame = append ? labelled(given) : given;
  const Meta& meta = frame.meta();
  ProjectAttrs attrs = append ? with_levels(frame) : ProjectAttrs{};
  attrs.columns_name = meta.columns_name;
  std::vector<bool> moved(meta.num_data(), false);
  for (const Label& label : labels) {
    const size_t position = require_data(meta, label, "set_index");
    add(attrs, frame, position);
    moved[position] = drop;
    ++attrs.index_levels;
  }
  for (size_t i = 0; i < meta.num_data(); ++i) {
    if (!moved[i]) add(attrs, frame, i);
  }
  return ops::project(frame, std::move(attrs));
}

Expr with_index(const Expr& given, const std::vector<Expr>& levels, const std::vector<Label>& names,
                bool append) {
  const Expr frame = append ? labelled(given) : given;
  const Meta& meta = frame.meta();
  std::vector<Expr> parts{frame};
  for (const Expr& level : levels) parts.push_back(ops::rebase(level, meta));
  ProjectAttrs attrs = append ? with_levels(frame) : ProjectAttrs{};
  keep_labels(attrs, frame);
  for (size_t i = 0; i < levels.size(); ++i) {
    attrs.from.push_back(static_cast<int64_t>(meta.num_fields() + i));
    attrs.labels.push_back(names[i]);
  }
  attrs.index_levels = static_cast<int64_t>(attrs.from.size());
  for (size_t i = 0; i < meta.num_data(); ++i) add(attrs, frame, i);
  keep_labels(attrs, frame);
  attrs.series = meta.series;
  attrs.columns_name = meta.columns_name;
  return ops::project(ops::zip(std::move(parts)), std::move(attrs));
}

Expr reset_index(const Expr& given, bool drop) {
  const Expr frame = drop ? given : labelled(given);
  const Meta& meta = frame.meta();
  ProjectAttrs attrs;
  attrs.keep_labels = false;
  attrs.columns_name = meta.columns_name;
  attrs.series = drop && meta.series;
  for (size_t i = drop ? meta.index_levels : 0; i < meta.num_fields(); ++i) {
    attrs.from.push_back(static_cast<int64_t>(i));
    attrs.labels.push_back(i < meta.index_levels ? level_name(meta, i) : meta.field(i).label);
  }
  if (!drop) {
    for (size_t i = 0; i < meta.index_levels; ++i) {
      require(!find_data(meta, attrs.labels[i]), ErrorCode::kInvalidArgument,
              "reset_index: cannot insert {}, already exists", label_plain(attrs.labels[i]));
    }
  }
  return ops::project(frame, std::move(attrs));
}

Expr index_frame(const Expr& given) {
  const Expr frame = labelled(given);
  const Meta& meta = frame.meta();
  ProjectAttrs attrs;
  attrs.keep_labels = false;
  attrs.series = meta.index_levels == 1;
  for (int64_t i = 0; i < meta.index_levels; ++i) attrs.from.push_back(i);
  return ops::project(frame, std::move(attrs));
}

Expr sort_values(const Expr& given, const std::vector<Label>& by,
                 const std::vector<bool>& ascending, bool missing_first, bool ignore_index) {
  const Expr frame = ignore_index ? reset_index(given, true) : labelled(given);
  const Meta& meta = frame.meta();
  ops::SortAttrs attrs;
  for (size_t i = 0; i < by.size(); ++i) {
    // An index level can be named where no column has the name.
    std::optional<size_t> field;
    if (const auto data = find_data(meta, by[i])) field = meta.index_levels + *data;
    for (size_t level = 0; !field && level < meta.index_levels; ++level) {
      if (same_label(meta.field(level).label, by[i])) field = level;
    }
    if (!field) require_data(meta, by[i], "sort_values");
    attrs.keys.push_back(static_cast<int64_t>(*field));
    attrs.descending.push_back(ascending[i] ? 0 : 1);
  }
  attrs.missing_first = missing_first;
  attrs.ignore_index = ignore_index;
  return ops::sort(frame, std::move(attrs));
}

Expr sort_index(const Expr& given, bool ascending, bool missing_first) {
  const Expr frame = labelled(given);
  ops::SortAttrs attrs;
  for (int64_t i = 0; i < frame.meta().index_levels; ++i) {
    attrs.keys.push_back(i);
    attrs.descending.push_back(ascending ? 0 : 1);
  }
  attrs.missing_first = missing_first;
  return ops::sort(frame, std::move(attrs));
}

}  // namespace tharsis::api

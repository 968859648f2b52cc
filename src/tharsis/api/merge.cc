#include <algorithm>

#include "tharsis/api/frame.h"
#include "tharsis/api/merge_output.h"
#include "tharsis/base/error.h"
#include "tharsis/ops/relational.h"
#include "tharsis/types/promote.h"

namespace tharsis::api {
namespace {

using ops::JoinHow;

JoinHow parse_how(const std::string& how) {
  constexpr std::pair<std::string_view, JoinHow> kNames[] = {
      {"inner", JoinHow::kInner}, {"left", JoinHow::kLeft},   {"right", JoinHow::kRight},
      {"outer", JoinHow::kOuter}, {"cross", JoinHow::kInner}, {"left_anti", JoinHow::kAnti}};
  std::vector<std::string> names;
  for (const auto& [name, value] : kNames) {
    if (name == how) return value;
    names.emplace_back(name);
  }
  const auto near = near_names(how, names);
  fail(ErrorCode::kInvalidArgument, "merge: there is no how='{}'{}", how,
       near.empty() ? "" : "; did you mean '" + near.front() + "'?");
}

MergeSide side_of(const Expr& given, const std::vector<Label>& on, bool by_index) {
  MergeSide side;
  side.frame = by_index ? labelled(given) : given;
  const Meta& meta = side.frame.meta();
  side.width = static_cast<int64_t>(meta.num_fields());
  for (int64_t i = 0; by_index && i < meta.index_levels; ++i) side.keys.push_back(i);
  for (size_t i = 0; !by_index && i < on.size(); ++i) {
    std::optional<size_t> field;
    if (const auto data = find_data(meta, on[i])) field = meta.index_levels + *data;
    for (size_t level = 0; !field && level < meta.index_levels; ++level) {
      if (same_label(meta.field(level).label, on[i])) field = level;
    }
    if (!field) require_data(meta, on[i], "merge");
    side.keys.push_back(static_cast<int64_t>(*field));
  }
  side.matched = side.keys;
  return side;
}

// Rows are matched by hidden columns of the common type where the types of a pair of keys differ.
void promote_keys(MergeSide& left, MergeSide& right) {
  for (size_t k = 0; k < left.keys.size(); ++k) {
    const Field a = left.frame.meta().field(static_cast<size_t>(left.keys[k]));
    const Field b = right.frame.meta().field(static_cast<size_t>(right.keys[k]));
    if (a.dtype == b.dtype) continue;
    const auto both = promoted(a.dtype, b.dtype);
    require(both.has_value(), ErrorCode::kInvalidArgument,
            "merge: you are trying to merge on {} and {} columns for key '{}'", a.dtype.name(),
            b.dtype.name(), label_plain(a.label));
    for (MergeSide* side : {&left, &right}) {
      const auto field = static_cast<size_t>(side->keys[k]);
      if (side->frame.meta().field(field).dtype == *both) continue;
      side->matched[k] =
          append_field(side->frame, ops::cast(field_series(side->frame, side->keys[k]), *both));
    }
  }
}

// Every row meets every row: both sides have one key, the same everywhere.
void cross_keys(MergeSide& left, MergeSide& right) {
  const Scalar one{TypeId::kInt64, int64_t{0}};
  for (MergeSide* side : {&left, &right})
    side->matched = {append_field(side->frame, ops::constant(side->frame, one, Label()))};
}

// Whether a row of `one` finds no partner among `other`.
bool has_gaps(engine::Session& session, const MergeSide& one, const MergeSide& other) {
  ops::JoinAttrs attrs;
  attrs.how = JoinHow::kAnti;
  attrs.left_keys = one.matched;
  attrs.right_keys = other.matched;
  attrs.left = {one.matched[0]};
  attrs.labels = {Label()};
  ops::SliceAttrs first;
  first.stop = 1;
  return row_count(session,
                   ops::slice(ops::join(one.frame, other.frame, std::move(attrs)), first)) > 0;
}

// Whether gaps would change the type of what is shown of `side`: whole numbers and bools have no
// missing value, and keys of two types are shown in the one or in both.
bool type_depends(const MergeSide& side, const MergeSide& other, const MergeOptions& options) {
  const Meta& meta = side.frame.meta();
  const bool by_index = options.left_index && options.right_index;
  for (int64_t i = by_index ? 0 : meta.index_levels; i < side.width; ++i) {
    const auto key = std::find(side.keys.begin(), side.keys.end(), i);
    const Field& field = meta.field(static_cast<size_t>(i));
    if (key != side.keys.end()) {
      const auto k = static_cast<size_t>(key - side.keys.begin());
      const Field& theirs = other.frame.meta().field(static_cast<size_t>(other.keys[k]));
      const bool one_column = by_index || same_label(theirs.label, field.label);
      if (one_column && theirs.dtype == field.dtype) continue;
    }
    const DType& dtype = field.dtype;
    if ((dtype.is_integer() || dtype.is_bool()) && dtype.flavour == Flavour::kNumpy) return true;
    if (key != side.keys.end()) return true;
  }
  return false;
}

// Whether rows of the answer lack a side is asked of the data only where a type depends on it.
void find_gaps(engine::Session& session, JoinHow how, MergeSide& left, MergeSide& right,
               const MergeOptions& options) {
  left.gaps = how == JoinHow::kRight || how == JoinHow::kOuter;
  right.gaps = how == JoinHow::kLeft || how == JoinHow::kOuter;
  const bool ask_left = left.gaps && type_depends(left, right, options);
  const bool ask_right = right.gaps && type_depends(right, left, options);
  if (ask_left || ask_right) settle(session, {left.frame, right.frame});
  if (ask_left) left.gaps = has_gaps(session, right, left);
  if (ask_right) right.gaps = has_gaps(session, left, right);
}

// The rows in the order of the keys.
Expr sorted_by_keys(const Expr& merged, const MergeOptions& options) {
  require(!options.left_index && !options.right_index, ErrorCode::kUnsupported,
          "merge: sort of a merge by row labels");
  return sort_values(merged, options.left_on, std::vector<bool>(options.left_on.size(), true),
                     false, true);
}

}  // namespace

Expr merge(engine::Session& session, const Expr& left_frame, const Expr& right_frame,
           const MergeOptions& options) {
  JoinHow how = parse_how(options.how);
  const bool cross = options.how == "cross";
  MergeSide left = side_of(left_frame, options.left_on, options.left_index);
  MergeSide right = side_of(right_frame, options.right_on, options.right_index);
  if (cross) {
    require(left.keys.empty() && right.keys.empty(), ErrorCode::kInvalidArgument,
            "merge: how='cross' takes no keys");
    cross_keys(left, right);
  } else {
    require(left.keys.size() == right.keys.size() && !left.keys.empty(),
            ErrorCode::kInvalidArgument, "merge: {} keys on the left, {} on the right",
            left.keys.size(), right.keys.size());
    promote_keys(left, right);
    find_gaps(session, how, left, right, options);
  }
  if (how == JoinHow::kLeft && !right.gaps) how = JoinHow::kInner;
  const Expr out = merge_output(std::move(left), std::move(right), how, options);
  return options.sort && !cross ? sorted_by_keys(out, options) : out;
}

bool unique_rows(engine::Session& session, const Expr& frame, const std::vector<Label>& on,
                 bool by_index) {
  const MergeSide side = side_of(frame, on, by_index);
  ops::GroupByAttrs attrs;
  attrs.keys = side.keys;
  attrs.sort = false;
  attrs.dropna = false;
  return row_count(session, ops::group_by(side.frame, std::move(attrs))) ==
         row_count(session, side.frame);
}

}  // namespace tharsis::api

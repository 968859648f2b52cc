#include <algorithm>

#include "tharsis/api/frame.h"
#include "tharsis/base/error.h"
#include "tharsis/ops/relational.h"
#include "tharsis/types/promote.h"

namespace tharsis::api {
namespace {

using ops::JoinHow;

JoinHow parse_how(const std::string& how) {
  constexpr std::pair<std::string_view, JoinHow> kNames[] = {{"inner", JoinHow::kInner},
                                                             {"left", JoinHow::kLeft},
                                                             {"right", JoinHow::kRight},
                                                             {"outer", JoinHow::kOuter},
                                                             {"left_anti", JoinHow::kAnti}};
  std::vector<std::string> names;
  for (const auto& [name, value] : kNames) {
    if (name == how) return value;
    names.emplace_back(name);
  }
  const auto near = near_names(how, names);
  fail(ErrorCode::kInvalidArgument, "merge: there is no how='{}'{}", how,
       near.empty() ? "" : "; did you mean '" + near.front() + "'?");
}

// One side of a merge: a frame and the fields of its keys.
struct Side {
  Expr frame;
  std::vector<int64_t> keys;
};

Side side_of(const Expr& given, const std::vector<Label>& on, bool by_index) {
  Side side{by_index ? labelled(given) : given, {}};
  const Meta& meta = side.frame.meta();
  if (by_index) {
    for (int64_t i = 0; i < meta.index_levels; ++i) side.keys.push_back(i);
    return side;
  }
  for (const Label& label : on) {
    std::optional<size_t> field;
    if (const auto data = find_data(meta, label)) field = meta.index_levels + *data;
    for (size_t level = 0; !field && level < meta.index_levels; ++level) {
      if (same_label(meta.field(level).label, label)) field = level;
    }
    if (!field) require_data(meta, label, "merge");
    side.keys.push_back(static_cast<int64_t>(*field));
  }
  return side;
}

// Both sides of a pair of keys in their common type.
void promote_keys(Side& left, Side& right) {
  for (size_t k = 0; k < left.keys.size(); ++k) {
    const Field a = left.frame.meta().field(static_cast<size_t>(left.keys[k]));
    const Field b = right.frame.meta().field(static_cast<size_t>(right.keys[k]));
    if (a.dtype == b.dtype) continue;
    const auto both = promoted(a.dtype, b.dtype);
    require(both.has_value(), ErrorCode::kInvalidArgument,
            "merge: you are trying to merge on {} and {} columns for key '{}'", a.dtype.name(),
            b.dtype.name(), label_plain(a.label));
    for (Side* side : {&left, &right}) {
      const Meta& meta = side->frame.meta();
      const auto field = static_cast<size_t>(side->keys[k]);
      if (meta.field(field).dtype == *both) continue;
      require(field >= meta.index_levels, ErrorCode::kUnsupported,
              "merge: index levels of different types");
      const auto position = static_cast<int64_t>(field - meta.index_levels);
      side->frame = assign(side->frame, meta.field(field).label,
                           ops::cast(column_at(side->frame, position), *both));
    }
  }
}

// Whether a row of `one` finds no partner among `other`.
bool has_gaps(engine::Session& session, const Side& one, const Side& other) {
  ops::JoinAttrs attrs;
  attrs.how = JoinHow::kAnti;
  attrs.left_keys = one.keys;
  attrs.right_keys = other.keys;
  attrs.left = {one.keys[0]};
  attrs.labels = {Label()};
  ops::SliceAttrs first;
  first.stop = 1;
  return row_count(session,
                   ops::slice(ops::join(one.frame, other.frame, std::move(attrs)), first)) > 0;
}

// Whether missing values would change the type of a column of this side.
bool type_depends(const Side& side) {
  const Meta& meta = side.frame.meta();
  for (size_t i = meta.index_levels; i < meta.num_fields(); ++i) {
    if (std::find(side.keys.begin(), side.keys.end(), static_cast<int64_t>(i)) != side.keys.end())
      continue;
    const DType& dtype = meta.field(i).dtype;
    if ((dtype.is_integer() || dtype.is_bool()) && dtype.flavour == Flavour::kNumpy) return true;
  }
  return false;
}

// A join in which every row finds a partner is an inner join: then whole numbers stay whole
// numbers, as they do in pandas. Only where it matters is the question asked of the data.
JoinHow narrowed(engine::Session& session, JoinHow how, const Side& left, const Side& right) {
  if (how != JoinHow::kLeft && how != JoinHow::kRight) return how;
  const Side& keeping = how == JoinHow::kLeft ? left : right;
  const Side& filling = how == JoinHow::kLeft ? right : left;
  if (!type_depends(filling)) return how;
  settle(session, {left.frame, right.frame});
  return has_gaps(session, keeping, filling) ? how
                                             : (how == JoinHow::kLeft ? JoinHow::kInner : how);
}

// What the answer is made of: fields of both sides and their names.
class Output {
 public:
  Output(const Side& left, const Side& right, JoinHow how, const MergeOptions& options)
      : left_(left), right_(right), how_(how), options_(options) {}

  Expr build() {
    const Meta& l = left_.frame.meta();
    const Meta& r = right_.frame.meta();
    const bool by_index = options_.left_index && options_.right_index;
    const bool right_keys_lead = how_ == JoinHow::kRight;
    if (by_index) {
      for (size_t k = 0; k < left_.keys.size(); ++k) add_key(k, right_keys_lead);
    } else if (options_.left_index || options_.right_index) {
      // The index of the answer is that of the side whose columns are the keys.
      const bool from_left = options_.right_index;
      const Meta& meta = from_left ? l : r;
      for (int64_t i = 0; i < meta.index_levels; ++i)
        add(from_left, i, meta.field(static_cast<size_t>(i)).label);
    }
    const auto levels = static_cast<int64_t>(order_.size());
    for (int64_t i = l.index_levels; i < static_cast<int64_t>(l.num_fields()); ++i)
      add_data(true, i);
    for (int64_t i = r.index_levels; i < static_cast<int64_t>(r.num_fields()); ++i)
      add_data(false, i);
    attrs_.how = how_;
    attrs_.left_keys = left_.keys;
    attrs_.right_keys = right_.keys;
    attrs_.index_levels = levels;
    finish_order();
    const Expr joined = ops::join(left_.frame, right_.frame, attrs_);
    return coalesce_.empty() ? joined : with_both_keys(joined);
  }

 private:
  // A pair of keys of one name is one column.
  bool shared(size_t k) const {
    const Field& a = left_.frame.meta().field(static_cast<size_t>(left_.keys[k]));
    const Field& b = right_.frame.meta().field(static_cast<size_t>(right_.keys[k]));
    return same_label(a.label, b.label) && !options_.left_index && !options_.right_index;
  }

  void add(bool from_left, int64_t field, Label label) {
    auto& list = from_left ? attrs_.left : attrs_.right;
    order_.push_back({from_left, static_cast<int64_t>(list.size())});
    list.push_back(field);
    (from_left ? left_labels_ : right_labels_).push_back(std::move(label));
  }

  void add_key(size_t k, bool from_right) {
    const Label& label = left_.frame.meta().field(static_cast<size_t>(left_.keys[k])).label;
    add(!from_right, from_right ? right_.keys[k] : left_.keys[k], label);
    if (how_ == JoinHow::kOuter) coalesce_.push_back({order_.size() - 1, right_.keys[k]});
  }

  void add_data(bool from_left, int64_t field) {
    const Side& own = from_left ? left_ : right_;
    const Label& label = own.frame.meta().field(static_cast<size_t>(field)).label;
    for (size_t k = 0; k < own.keys.size(); ++k) {
      if (own.keys[k] != field || !shared(k)) continue;
      if (from_left) add_key(k, how_ == JoinHow::kRight);
      return;
    }
    add(from_left, field, overlaps(from_left, label) ? suffixed(from_left, label) : label);
  }

  // Whether the other side has a column of this name that is not the same key.
  bool overlaps(bool from_left, const Label& label) const {
    const Side& other = from_left ? right_ : left_;
    const auto position = find_data(other.frame.meta(), label);
    if (!position) return false;
    const auto field = static_cast<int64_t>(other.frame.meta().index_levels + *position);
    for (size_t k = 0; k < other.keys.size(); ++k) {
      if (other.keys[k] == field && shared(k)) return false;
    }
    return true;
  }

  Label suffixed(bool from_left, const Label& label) const {
    const std::string& suffix = from_left ? options_.left_suffix : options_.right_suffix;
    require(!options_.left_suffix.empty() || !options_.right_suffix.empty(),
            ErrorCode::kInvalidArgument, "merge: columns overlap but no suffix specified: '{}'",
            label_plain(label));
    return suffix.empty() ? label : Label(label_plain(label) + suffix);
  }

  void finish_order() {
    // The right half of keys that both sides give an answer to, behind everything else.
    for (const auto& [place, field] : coalesce_) {
      (void)place;
      attrs_.right.push_back(field);
      right_labels_.push_back({});
    }
    attrs_.labels = left_labels_;
    attrs_.labels.insert(attrs_.labels.end(), right_labels_.begin(), right_labels_.end());
    const auto lefts = static_cast<int64_t>(attrs_.left.size());
    for (const auto& [from_left, i] : order_) attrs_.order.push_back(from_left ? i : lefts + i);
    for (size_t i = 0; i < coalesce_.size(); ++i) {
      attrs_.order.push_back(lefts +
                             static_cast<int64_t>(attrs_.right.size() - coalesce_.size() + i));
    }
  }

  // Outer: where the left row is missing the key is that of the right row.
  Expr with_both_keys(const Expr& joined) const {
    const Meta& meta = joined.meta();
    const auto width = static_cast<int64_t>(order_.size());
    ops::ProjectAttrs plain;
    for (size_t i = 0; i < meta.num_fields(); ++i) {
      plain.from.push_back(static_cast<int64_t>(i));
      plain.labels.push_back(meta.field(i).label);
    }
    const Expr flat = ops::project(joined, std::move(plain));
    std::vector<Expr> parts{flat};
    ops::ProjectAttrs attrs;
    for (int64_t i = 0; i < width; ++i) {
      attrs.from.push_back(i);
      attrs.labels.push_back(meta.field(static_cast<size_t>(i)).label);
    }
    for (size_t c = 0; c < coalesce_.size(); ++c) {
      const auto place = static_cast<int64_t>(coalesce_[c].first);
      parts.push_back(ops::compute(
          "coalesce", {column_at(flat, place), column_at(flat, width + static_cast<int64_t>(c))}));
      attrs.from[static_cast<size_t>(place)] = static_cast<int64_t>(meta.num_fields() + c);
    }
    attrs.index_levels = meta.index_levels;
    return ops::project(ops::zip(std::move(parts)), std::move(attrs));
  }

  const Side& left_;
  const Side& right_;
  const JoinHow how_;
  const MergeOptions& options_;
  ops::JoinAttrs attrs_;
  std::vector<Label> left_labels_, right_labels_;
  std::vector<std::pair<bool, int64_t>> order_;       // (from the left, position among its fields)
  std::vector<std::pair<size_t, int64_t>> coalesce_;  // place in the answer, field of the right key
};

}  // namespace

Expr merge(engine::Session& session, const Expr& left_frame, const Expr& right_frame,
           const MergeOptions& options) {
  JoinHow how = parse_how(options.how);
  Side left = side_of(left_frame, options.left_on, options.left_index);
  Side right = side_of(right_frame, options.right_on, options.right_index);
  require(left.keys.size() == right.keys.size() && !left.keys.empty(), ErrorCode::kInvalidArgument,
          "merge: {} keys on the left, {} on the right", left.keys.size(), right.keys.size());
  promote_keys(left, right);
  how = narrowed(session, how, left, right);
  return Output(left, right, how, options).build();
}

}  // namespace tharsis::api

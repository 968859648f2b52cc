#include "tharsis/api/merge_output.h"

#include "tharsis/base/error.h"

namespace tharsis::api {
namespace {

using ops::JoinHow;

bool widens(const DType& dtype) { return dtype.is_integer() && dtype.flavour == Flavour::kNumpy; }

// What the answer is made of: fields of both sides and their names.
class Output {
 public:
  Output(MergeSide left, MergeSide right, JoinHow how, const MergeOptions& options)
      : left_(std::move(left)), right_(std::move(right)), how_(how), options_(options) {}

  Expr build() {
    const bool by_index = options_.left_index && options_.right_index;
    if (by_index) {
      for (size_t k = 0; k < left_.keys.size(); ++k) add_key(k);
    } else if (options_.left_index || options_.right_index) {
      add_index_of_columns();
    }
    const auto levels = static_cast<int64_t>(order_.size());
    const int64_t lefts = left_.frame.meta().index_levels;
    const int64_t rights = right_.frame.meta().index_levels;
    for (int64_t i = lefts; i < left_.width; ++i) add_data(true, i);
    for (int64_t i = rights; i < right_.width; ++i) add_data(false, i);
    shown_ = order_.size();
    for (Both& both : coalesced_) both.other = add(false, exact(right_, both.right_field), Label());
    if (options_.indicator) add_marks();
    const Expr joined = join(levels);
    return levels == 0 && coalesced_.empty() && held_.empty() && !options_.indicator
               ? joined
               : finished(joined, levels);
  }

 private:
  // A key whose left half is missing in rows that only the right side has.
  struct Both {
    size_t place = 0, other = 0;
    int64_t right_field = 0;
    DType dtype;
  };

  // A pair of keys of one name is one column.
  bool shared(size_t k) const {
    const Field& a = left_.frame.meta().field(static_cast<size_t>(left_.keys[k]));
    const Field& b = right_.frame.meta().field(static_cast<size_t>(right_.keys[k]));
    return same_label(a.label, b.label) && !options_.left_index && !options_.right_index;
  }

  // The join makes whole numbers float64 on a side that may be missing. Those that must stay whole
  // travel as nullable ones, which have a bit for "missing".
  int64_t exact(MergeSide& side, int64_t field) {
    const DType dtype = side.frame.meta().field(static_cast<size_t>(field)).dtype;
    if (!widens(dtype)) return field;
    return append_field(side.frame, ops::cast(field_series(side.frame, field),
                                              dtype.with_flavour(Flavour::kNullable)));
  }

  bool widened(bool from_left) const {
    return how_ == JoinHow::kOuter ||
           (from_left ? how_ == JoinHow::kRight : how_ == JoinHow::kLeft);
  }

  size_t add(bool from_left, int64_t field, Label label) {
    auto& list = from_left ? attrs_.left : attrs_.right;
    order_.emplace_back(from_left, static_cast<int64_t>(list.size()));
    list.push_back(field);
    (from_left ? left_labels_ : right_labels_).push_back(std::move(label));
    return order_.size() - 1;
  }

  // A field of a side of which every row of the answer has a row keeps its type.
  void add_column(bool from_left, int64_t field, Label label) {
    MergeSide& side = from_left ? left_ : right_;
    const DType dtype = side.frame.meta().field(static_cast<size_t>(field)).dtype;
    const bool hold = widened(from_left) && !side.gaps && widens(dtype);
    const size_t place = add(from_left, hold ? exact(side, field) : field, std::move(label));
    if (hold) held_.emplace_back(place, dtype);
  }

  // As pandas: the key of the left side in its type; where rows lack a left side, the key of either
  // in the common type.
  void add_key(size_t k) {
    const Label label = left_.frame.meta().field(static_cast<size_t>(left_.keys[k])).label;
    if (!left_.gaps) {
      add_column(true, left_.keys[k], label);
    } else if (how_ == JoinHow::kRight) {
      add(false, right_.matched[k], label);
    } else {
      const DType dtype = left_.frame.meta().field(static_cast<size_t>(left_.matched[k])).dtype;
      const size_t place = add(true, exact(left_, left_.matched[k]), label);
      coalesced_.push_back({place, 0, right_.matched[k], dtype});
    }
  }

  // The index of the answer is that of the side whose columns are the keys.
  void add_index_of_columns() {
    const bool from_left = options_.right_index;
    require(from_left ? !left_.gaps : !right_.gaps, ErrorCode::kUnsupported,
            "merge: how='{}' of columns with row labels", options_.how);
    MergeSide& side = from_left ? left_ : right_;
    if (side.frame.meta().index_levels == 0) {  // range labels
      const auto hidden = append_field(side.frame, field_series(labelled(side.frame), 0));
      add_column(from_left, hidden, Label());
    }
    for (int64_t i = 0; i < side.frame.meta().index_levels; ++i)
      add_column(from_left, i, side.frame.meta().field(static_cast<size_t>(i)).label);
  }

  void add_data(bool from_left, int64_t field) {
    const MergeSide& own = from_left ? left_ : right_;
    const Label label = own.frame.meta().field(static_cast<size_t>(field)).label;
    for (size_t k = 0; k < own.keys.size(); ++k) {
      if (own.keys[k] != field || !shared(k)) continue;
      if (from_left) add_key(k);
      return;
    }
    add_column(from_left, field, overlaps(from_left, label) ? suffixed(from_left, label) : label);
  }

  // Whether the other side has a column of this name that is not the same key.
  bool overlaps(bool from_left, const Label& label) const {
    const MergeSide& other = from_left ? right_ : left_;
    const Meta& meta = other.frame.meta();
    for (int64_t field = meta.index_levels; field < other.width; ++field) {
      if (!same_label(meta.field(static_cast<size_t>(field)).label, label)) continue;
      for (size_t k = 0; k < other.keys.size(); ++k) {
        if (other.keys[k] == field && shared(k)) return false;
      }
      return true;
    }
    return false;
  }

  Label suffixed(bool from_left, const Label& label) const {
    const std::string& suffix = from_left ? options_.left_suffix : options_.right_suffix;
    require(!options_.left_suffix.empty() || !options_.right_suffix.empty(),
            ErrorCode::kInvalidArgument, "merge: columns overlap but no suffix specified: '{}'",
            label_plain(label));
    return suffix.empty() ? label : Label(label_plain(label) + suffix);
  }

  // A one in every row of each side: missing where the side is.
  void add_marks() {
    const Scalar one{DType(TypeId::kInt8).with_flavour(Flavour::kNullable), int64_t{1}};
    for (const bool from_left : {true, false}) {
      MergeSide& side = from_left ? left_ : right_;
      const int64_t field = append_field(side.frame, ops::constant(side.frame, one, Label()));
      add(from_left, field, Label());
    }
  }

  Expr join(int64_t levels) {
    attrs_.how = how_;
    attrs_.left_keys = left_.matched;
    attrs_.right_keys = right_.matched;
    attrs_.index_levels = coalesced_.empty() && held_.empty() && !options_.indicator ? levels : 0;
    attrs_.labels = left_labels_;
    attrs_.labels.insert(attrs_.labels.end(), right_labels_.begin(), right_labels_.end());
    const auto lefts = static_cast<int64_t>(attrs_.left.size());
    for (const auto& [from_left, i] : order_) attrs_.order.push_back(from_left ? i : lefts + i);
    return ops::join(left_.frame, right_.frame, attrs_);
  }

  // Keys of two halves put together, types put back, the indicator.
  Expr finished(const Expr& joined, int64_t levels) const {
    if (joined.meta().index_levels == levels && order_.size() == shown_ && held_.empty())
      return joined;
    Expr all = joined;
    ops::ProjectAttrs attrs;
    for (size_t i = 0; i < shown_; ++i) {
      attrs.from.push_back(static_cast<int64_t>(i));
      attrs.labels.push_back(joined.meta().field(i).label);
    }
    for (const Both& both : coalesced_) {
      const Expr key = ops::compute("coalesce", {field_series(joined, to_field(both.place)),
                                                 field_series(joined, to_field(both.other))});
      attrs.from[both.place] = append_field(all, ops::cast(key, both.dtype));
    }
    for (const auto& [place, dtype] : held_)
      attrs.from[place] =
          append_field(all, ops::cast(field_series(joined, to_field(place)), dtype));
    if (options_.indicator) {
      attrs.from.push_back(append_field(all, indicator(joined)));
      attrs.labels.push_back(*options_.indicator);
    }
    attrs.index_levels = levels;
    return ops::project(all, std::move(attrs));
  }

  Expr indicator(const Expr& joined) const {
    const auto width = static_cast<int64_t>(order_.size());
    const auto text = [](const char* name) { return Scalar{TypeId::kString, std::string(name)}; };
    const Expr no_left = ops::compute("isna", {field_series(joined, width - 2)});
    const Expr no_right = ops::compute("isna", {field_series(joined, width - 1)});
    const Expr right_or_both = ops::compute("where", {no_left, text("right_only"), text("both")});
    const Expr which = ops::compute("where", {no_right, text("left_only"), right_or_both});
    return ops::cast(
        which, category_type({Label(std::string("left_only")), Label(std::string("right_only")),
                              Label(std::string("both"))},
                             false));
  }

  static int64_t to_field(size_t place) { return static_cast<int64_t>(place); }

  MergeSide left_, right_;
  const JoinHow how_;
  const MergeOptions& options_;
  ops::JoinAttrs attrs_;
  std::vector<Label> left_labels_, right_labels_;
  std::vector<std::pair<bool, int64_t>> order_;  // (from the left, position among its fields)
  size_t shown_ = 0;                             // of them; what follows is hidden
  std::vector<Both> coalesced_;
  std::vector<std::pair<size_t, DType>> held_;  // place, and the type it goes back to
};

}  // namespace

Expr field_series(const Expr& frame, int64_t field) {
  ops::ProjectAttrs attrs;
  attrs.from = {field};
  attrs.labels = {Label()};
  attrs.series = true;
  return ops::project(frame, std::move(attrs));
}

int64_t append_field(Expr& frame, const Expr& series) {
  frame = ops::zip({frame, series});
  return static_cast<int64_t>(frame.meta().num_fields()) - 1;
}

Expr merge_output(MergeSide left, MergeSide right, ops::JoinHow how, const MergeOptions& options) {
  return Output(std::move(left), std::move(right), how, options).build();
}

}  // namespace tharsis::api

#include <cstring>

#include "tharsis/base/error.h"
#include "tharsis/base/string_ref.h"
#include "tharsis/graph/op.h"
#include "tharsis/memory/batch_codec.h"
#include "tharsis/memory/value.h"
#include "tharsis/ops/elementwise.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/table.h"

namespace tharsis::ops {
namespace {

bool equal_values(const Column& a, int64_t at, const Column& b, int64_t bt, int64_t rows) {
  const bool gaps = a.validity != nullptr || b.validity != nullptr;
  const int64_t width = a.dtype.width();
  if (!gaps && !a.dtype.is_string()) {
    return std::memcmp(static_cast<const std::byte*>(a.data) + at * width,
                       static_cast<const std::byte*>(b.data) + bt * width, rows * width) == 0;
  }
  for (int64_t i = 0; i < rows; ++i) {
    const bool present = a.valid(at + i);
    if (present != b.valid(bt + i)) return false;
    if (!present) continue;
    if (a.dtype.is_string()) {
      if (!(a.values<StringRef>()[at + i] == b.values<StringRef>()[bt + i])) return false;
    } else if (std::memcmp(static_cast<const std::byte*>(a.data) + (at + i) * width,
                           static_cast<const std::byte*>(b.data) + (bt + i) * width, width) != 0) {
      return false;
    }
  }
  return true;
}

// Walks the index levels of a stored frame in runs.
class IndexCursor {
 public:
  explicit IndexCursor(const Value& value) : value_(value) {}
  int64_t left() {
    while (row_ == rows_ && next_ < value_.chunks.size()) {
      const auto& chunk = value_.chunks[next_++];
      pin_ = chunk->store().pin(chunk);
      columns_.clear();
      for (size_t i = 0; i < value_.meta.index_levels; ++i) {
        columns_.push_back(memory::flatten(pin_->columns[i], pin_->rows));
      }
      row_ = 0;
      rows_ = pin_->rows;
    }
    return rows_ - row_;
  }
  bool equal(const IndexCursor& other, int64_t rows) const {
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (!equal_values(columns_[i], row_, other.columns_[i], other.row_, rows)) return false;
    }
    return true;
  }
  void advance(int64_t rows) { row_ += rows; }

 private:
  const Value& value_;
  size_t next_ = 0;
  memory::Pin pin_;
  std::vector<Column> columns_;
  int64_t row_ = 0, rows_ = 0;
};

bool same_index(const Value& a, const Value& b) {
  if (a.rows() != b.rows() || a.meta.index_levels != b.meta.index_levels) return false;
  if (a.meta.index_levels == 0) return a.meta.labels == b.meta.labels;
  for (size_t i = 0; i < a.meta.index_levels; ++i) {
    if (!(a.meta.field(i).dtype == b.meta.field(i).dtype)) return false;
  }
  IndexCursor x(a), y(b);
  for (;;) {
    const int64_t rows = std::min(x.left(), y.left());
    if (rows == 0) return true;
    if (!x.equal(y, rows)) return false;
    x.advance(rows);
    y.advance(rows);
  }
}

Expr with_labels(const Expr& frame) {
  return frame.meta().index_levels > 0 ? frame : row_labels(frame);
}

// A field as a series over the rows of its frame.
Expr single(const Expr& frame, int64_t field) {
  ProjectAttrs one;
  one.from = {field};
  one.labels = {Label()};
  one.series = true;
  return project(frame, std::move(one));
}

// An outer join makes whole labels float64: they travel as nullable ones, behind all other columns.
// Answers the field to take for each level.
std::vector<int64_t> exact_levels(Expr& frame) {
  std::vector<int64_t> out;
  const Meta meta = frame.meta();
  for (int64_t i = 0; i < meta.index_levels; ++i) {
    const DType& dtype = meta.field(static_cast<size_t>(i)).dtype;
    out.push_back(i);
    if (!dtype.is_integer() || dtype.flavour != Flavour::kNumpy) continue;
    frame = zip({frame, cast(single(frame, i), dtype.with_flavour(Flavour::kNullable))});
    out.back() = static_cast<int64_t>(frame.meta().num_fields()) - 1;
  }
  return out;
}

// The join by index: index, data of a, data of b.
Expr joined(const Expr& a, const Expr& b, AlignHow how) {
  Expr left = with_labels(a), right = with_labels(b);
  const size_t lefts = left.meta().num_fields(), rights = right.meta().num_fields();
  std::vector<int64_t> left_levels, right_levels;
  if (how == AlignHow::kOuter) {
    left_levels = exact_levels(left);
    right_levels = exact_levels(right);
  }
  const Meta l = left.meta(), r = right.meta();
  require(l.index_levels == r.index_levels, ErrorCode::kUnsupported,
          "alignment of an index of {} levels with one of {} levels", l.index_levels,
          r.index_levels);
  JoinAttrs attrs;
  attrs.how = how == AlignHow::kLeft ? JoinHow::kLeft : JoinHow::kOuter;
  attrs.index_levels = l.index_levels;
  for (int64_t i = 0; i < l.index_levels; ++i) {
    const auto level = static_cast<size_t>(i);
    require(l.field(level).dtype == r.field(level).dtype, ErrorCode::kUnsupported,
            "alignment of an index of {} with one of {}", l.field(level).dtype.name(),
            r.field(level).dtype.name());
    attrs.left_keys.push_back(i);
    attrs.right_keys.push_back(i);
  }
  for (size_t i = 0; i < lefts; ++i) {
    attrs.left.push_back(i < left_levels.size() ? left_levels[i] : static_cast<int64_t>(i));
    attrs.labels.push_back(l.field(i).label);
  }
  for (size_t i = r.index_levels; i < rights; ++i) {
    attrs.right.push_back(static_cast<int64_t>(i));
    attrs.labels.push_back(r.field(i).label);
  }
  const auto width = static_cast<int64_t>(attrs.labels.size());
  if (how == AlignHow::kLeft) return join(left, right, std::move(attrs));
  // Outer: the index of rows that only b has comes from b.
  for (size_t i = 0; i < r.index_levels; ++i) {
    attrs.right.push_back(right_levels[i]);
    attrs.labels.push_back(Label());
  }
  attrs.index_levels = 0;
  const Expr both = join(left, right, attrs);
  std::vector<Expr> parts{both};
  ProjectAttrs out;
  for (int64_t i = 0; i < width; ++i) {
    out.from.push_back(i);
    out.labels.push_back(attrs.labels[static_cast<size_t>(i)]);
  }
  for (int64_t i = 0; i < l.index_levels; ++i) {
    const Expr label = compute("coalesce", {single(both, i), single(both, width + i)});
    parts.push_back(cast(label, l.field(static_cast<size_t>(i)).dtype));
    out.from[static_cast<size_t>(i)] = static_cast<int64_t>(both.meta().num_fields()) + i;
  }
  out.index_levels = l.index_levels;
  return project(zip(std::move(parts)), std::move(out));
}

// Both are needed whole before it is known whether their rows already stand side by side.
class Align final : public OpOf<AlignAttrs> {
 public:
  std::string_view name() const override { return "align"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole, .asks_order = true}; }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& a = *call.in[0];
    const Meta& b = *call.in[1];
    const bool left = of(call).how == AlignHow::kLeft;
    Schema schema(*a.schema);
    for (size_t i = b.index_levels; i < b.num_fields(); ++i) schema.push_back(b.field(i));
    Meta out = frame_meta(std::move(schema), a.index_levels, left ? a.rows() : Dim{},
                          left ? a.row_space : Key{});
    out.labels = a.labels;
    return {out};
  }

  Lowered lower(const Call& call, std::span<const Expr> inputs, const Facts& facts) const override {
    const Ref<Value> a = facts.stored(inputs[0]), b = facts.stored(inputs[1]);
    if (a == nullptr || b == nullptr) return Need{{inputs[0], inputs[1]}};
    Meta onto = inputs[0].meta();
    onto.shape = {Dim{a->rows()}};
    if (same_index(*a, *b)) return std::vector<Expr>{zip({inputs[0], rebase(inputs[1], onto)})};
    const Expr both = joined(inputs[0], inputs[1], of(call).how);
    if (of(call).how == AlignHow::kOuter) return std::vector<Expr>{both};
    return std::vector<Expr>{rebase(both, onto, true)};
  }
};

Expr data_fields(const Expr& frame, int64_t begin, int64_t count, const Meta& like) {
  ProjectAttrs attrs;
  const Meta& meta = frame.meta();
  for (int64_t i = 0; i < meta.index_levels; ++i) {
    attrs.from.push_back(i);
    attrs.labels.push_back(meta.field(static_cast<size_t>(i)).label);
  }
  for (int64_t i = 0; i < count; ++i) {
    attrs.from.push_back(begin + i);
    attrs.labels.push_back(meta.field(static_cast<size_t>(begin + i)).label);
  }
  attrs.index_levels = meta.index_levels;
  attrs.series = like.series;
  attrs.columns_name = like.columns_name;
  return project(frame, std::move(attrs));
}

}  // namespace

const Op& align_op() {
  static const Align op;
  return op;
}

std::pair<Expr, Expr> align(const Expr& a, const Expr& b, AlignHow how) {
  if (a.meta().row_space == b.meta().row_space) return {a, b};
  const bool ranges = a.meta().index_levels == 0 && b.meta().index_levels == 0;
  const bool lengths = a.meta().rows().known() && a.meta().rows() == b.meta().rows();
  if (ranges && lengths && a.meta().labels == b.meta().labels) return {a, rebase(b, a.meta())};
  const Expr both = call(align_op(), AlignAttrs{how}, {with_labels(a), with_labels(b)});
  const auto levels = static_cast<int64_t>(both.meta().index_levels);
  const auto of_a = static_cast<int64_t>(a.meta().num_data());
  const auto of_b = static_cast<int64_t>(b.meta().num_data());
  return {data_fields(both, levels, of_a, a.meta()),
          data_fields(both, levels + of_a, of_b, b.meta())};
}

}  // namespace tharsis::ops

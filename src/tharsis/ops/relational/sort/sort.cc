#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/graph/op.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/sort/sort_sink.h"
#include "tharsis/ops/relational/table.h"

namespace tharsis::ops {
namespace {

// Whether the value says so, or its numbers are there and do, none of them missing. Ends at the
// first that does not fit.
bool ascends(const Value& value, int64_t field) {
  constexpr int64_t kAtOnce = 4096;
  if (value.ascends == field) return true;
  if (value.meta.field(field).dtype.id != TypeId::kInt64 || value.on_disk()) return false;
  int64_t last = INT64_MIN;
  for (const auto& chunk : value.chunks) {
    const memory::Pin pin = chunk->store().pin(chunk);
    const Column& column = pin->columns[field];
    if (column.validity != nullptr || column.encoding != Encoding::kFlat) return false;
    const auto* numbers = column.values<int64_t>();
    for (int64_t begin = 0; begin < pin->rows; begin += kAtOnce) {
      const int64_t end = std::min(pin->rows, begin + kAtOnce);
      int64_t falls = numbers[begin] < last;
      for (int64_t i = begin + 1; i < end; ++i) falls |= numbers[i] < numbers[i - 1];
      if (falls != 0) return false;
      last = numbers[end - 1];
    }
  }
  return true;
}

class Sort final : public OpOf<SortAttrs> {
 public:
  std::string_view name() const override { return "sort"; }
  Traits traits(const Call&) const override {
    return {.way = Traits::kBreaker, .order = Traits::kDefines, .asks_order = true};
  }

  // Rows take their labels with them, those of a range too, unless the index is ignored.
  Expr build(Attrs attrs, std::vector<Expr> inputs) const override {
    SortAttrs shifted = attrs.as<SortAttrs>();
    const Meta& in = inputs[0].meta();
    const int64_t levels = in.index_levels;
    if (shifted.ignore_index == (levels == 0))
      return call(*this, std::move(attrs), std::move(inputs));
    if (!shifted.ignore_index) {
      for (int64_t& key : shifted.keys) ++key;
      return call(*this, std::move(shifted), {row_labels(inputs[0])});
    }
    ProjectAttrs data{.series = in.series, .columns_name = in.columns_name};
    for (size_t i = levels; i < in.num_fields(); ++i) {
      data.from.push_back(static_cast<int64_t>(i));
      data.labels.push_back(in.field(i).label);
    }
    for (int64_t& key : shifted.keys) {
      // A key that is an index level is kept as a column until the rows are in order.
      if (key >= levels) {
        key -= levels;
        continue;
      }
      data.from.push_back(key);
      data.labels.push_back(in.field(key).label);
      key = static_cast<int64_t>(data.from.size()) - 1;
    }
    const Expr sorted = call(*this, std::move(shifted), {project(inputs[0], data)});
    if (data.from.size() == in.num_data()) return sorted;
    ProjectAttrs drop{.series = in.series, .columns_name = in.columns_name};
    for (size_t i = 0; i < in.num_data(); ++i) {
      drop.from.push_back(static_cast<int64_t>(i));
      drop.labels.push_back(data.labels[i]);
    }
    return project(sorted, std::move(drop));
  }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& in = *call.in[0];
    const SortAttrs& attrs = of(call);
    require(attrs.keys.size() == attrs.descending.size(), ErrorCode::kInvalidArgument,
            "sort: {} keys, but {} orders", attrs.keys.size(), attrs.descending.size());
    for (const int64_t key : attrs.keys) {
      check(key >= 0 && key < static_cast<int64_t>(in.num_fields()), "sort: a key out of range");
    }
    Meta out = in;
    out.row_space = Key{};
    out.labels = {};
    if (attrs.limit >= 0) {
      out.shape = {in.rows().known() ? Dim{std::min(in.rows().size, attrs.limit)} : Dim{}};
    }
    return {out};
  }

  std::vector<Fieldset> demand_fields(const Call& call, const Fieldset& needed) const override {
    Fieldset in = needed;
    for (const int64_t key : of(call).keys) in[key] = true;
    return {in};
  }

  Narrowed narrow(const Call& call, const Fieldset&,
                  std::span<const std::vector<uint32_t>> inputs) const override {
    SortAttrs attrs = of(call);
    for (int64_t& key : attrs.keys) key = new_position(inputs[0], key);
    return {std::move(attrs), inputs[0]};
  }

  // What is in order already, as groups that come in the order of their first rows are, stays as it
  // is.
  Lowered lower(const Call& call, std::span<const Expr> inputs, const Facts& facts) const override {
    const SortAttrs& attrs = of(call);
    if (call.in[0]->labels != RangeLabels()) return {};
    if (attrs.limit >= 0 || attrs.keys.size() != 1 || attrs.descending[0] != 0) return {};
    const Ref<Value> value = facts.stored(inputs[0]);
    if (value == nullptr || !ascends(*value, attrs.keys[0])) return {};
    return std::vector<Expr>{inputs[0]};
  }

  Run run(const Call& call, std::span<const Ref<Value>>) const override {
    return sort_sink(of(call), *call.in[0]);
  }
};

}  // namespace

const Op& sort_op() {
  static const Sort op;
  return op;
}

Expr sort(const Expr& frame, SortAttrs attrs) { return sort_op().build(std::move(attrs), {frame}); }

}  // namespace tharsis::ops

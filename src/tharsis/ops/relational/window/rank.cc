#include <algorithm>
#include <cmath>

#include "tharsis/base/error.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/window/table.h"
#include "tharsis/ops/relational/window/whole_rows.h"
#include "tharsis/ops/window.h"

namespace tharsis::ops {
namespace {

enum class Method : uint8_t { kAverage, kMin, kMax, kFirst, kDense };

Method method_named(const std::string& name) {
  constexpr std::string_view kNames[] = {"average", "min", "max", "first", "dense"};
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (kNames[i] == name) return static_cast<Method>(i);
  }
  fail(ErrorCode::kInvalidArgument,
       "rank: there is no method '{}'; there are average, min, max, first and dense", name);
}

bool is_missing(const Column& column, int64_t row) {
  if (!column.valid(row)) return true;
  if (!column.dtype.nan_is_missing()) return false;
  return column.dtype.id == TypeId::kFloat32 ? std::isnan(column.values<float>()[column.at(row)])
                                             : std::isnan(column.values<double>()[column.at(row)]);
}

// Rows in the order of the last field become rows with their rank in its place.
class TieRanks final : public OpOf<RankAttrs> {
 public:
  std::string_view name() const override { return "tie_ranks"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole, .asks_order = true}; }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& in = *call.in[0];
    return {rows_meta(in, {{in.field(in.num_fields() - 1).label, TypeId::kFloat64}})};
  }

  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    const Value& in = *inputs[0];
    const RankAttrs& attrs = of(call);
    memory::Reservation scratch(driver.store().budget(), "rank");
    scratch.ensure_or_fail(in.rows() * 8);
    memory::Buffer ranks(in.rows() * 8);
    assign(in, attrs, ranks.as<double>());
    return over_rows(infer(call)[0], in, driver, [&](size_t chunk, const Batch& rows, Worker&) {
      auto own = std::make_shared<OwnColumn>(rows.rows * 8);
      std::copy_n(ranks.as<double>() + in.starts[chunk], rows.rows, own->data.as<double>());
      return std::vector<Column>{owned(TypeId::kFloat64, std::move(own))};
    });
  }

 private:
  // Walks the sorted values: equal neighbours share a rank.
  static void assign(const Value& in, const RankAttrs& attrs, double* ranks) {
    const Method method = method_named(attrs.method);
    const bool keep = attrs.missing == "keep";
    int64_t row = 0, begin = 0, dense = 0, ranked = 0;
    Scalar last;
    bool last_missing = false;
    const auto close = [&](int64_t end) {
      if (begin == end) return;
      ++dense;
      for (int64_t i = begin; i < end; ++i) {
        ranks[i] = last_missing && keep ? std::nan("")
                                        : of_run(method, begin, end, i, static_cast<double>(dense));
      }
      if (!(last_missing && keep)) ranked = end;
      begin = end;
    };
    for (const auto& chunk : in.chunks) {
      const memory::Pin pin = chunk->store().pin(chunk);
      const Column& column = pin->columns.back();
      for (int64_t i = 0; i < pin->rows; ++i, ++row) {
        const bool missing = is_missing(column, i);
        Scalar value = missing ? Scalar{} : memory::scalar_at(column, i);
        if (row > 0 && (missing != last_missing || (!missing && value.value != last.value)))
          close(row);
        last = std::move(value);
        last_missing = missing;
      }
    }
    close(row);
    if (!attrs.pct) return;
    const bool unranked_run = last_missing && keep;
    const double most = method == Method::kDense ? static_cast<double>(dense - unranked_run)
                                                 : static_cast<double>(ranked);
    for (int64_t i = 0; i < row; ++i) ranks[i] /= most;
  }

  static double of_run(Method method, int64_t begin, int64_t end, int64_t row, double dense) {
    switch (method) {
      case Method::kAverage:
        return static_cast<double>(begin + end + 1) / 2;
      case Method::kMin:
        return static_cast<double>(begin + 1);
      case Method::kMax:
        return static_cast<double>(end);
      case Method::kFirst:
        return static_cast<double>(row + 1);
      default:
        return dense;
    }
  }
};

// A rank is a sort, a walk over the sorted values and a sort back.
class Rank final : public OpOf<RankAttrs> {
 public:
  std::string_view name() const override { return "rank"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole, .asks_order = true}; }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& in = *call.in[0];
    const RankAttrs& attrs = of(call);
    method_named(attrs.method);
    require(attrs.missing == "keep" || attrs.missing == "top" || attrs.missing == "bottom",
            ErrorCode::kInvalidArgument,
            "rank: missing values are kept or go to the top or bottom, not '{}'", attrs.missing);
    Meta out = rows_meta(in, {{in.field(in.num_fields() - 1).label, TypeId::kFloat64}});
    out.series = true;
    return {out};
  }

  Lowered lower(const Call& call, std::span<const Expr> inputs, const Facts& facts) const override {
    // What is ranked is read twice: by its values, and for its labels.
    if (facts.stored(inputs[0]) == nullptr) return Need{{inputs[0]}};
    const RankAttrs& attrs = of(call);
    const Meta& in = inputs[0].meta();
    const auto last = static_cast<int64_t>(in.num_fields()) - 1;
    const Label& label = in.field(last).label;
    ProjectAttrs bare{.from = {last}, .labels = {label}, .series = true, .keep_labels = false};
    const Expr placed = row_labels(project(inputs[0], bare));
    SortAttrs by_value{.keys = {1}, .descending = {!attrs.ascending}};
    by_value.missing_first = attrs.missing == "top";
    const Expr ranked = tharsis::call(tie_ranks_op(), attrs, {sort(placed, std::move(by_value))});
    const Expr back = sort(ranked, {.keys = {0}, .descending = {0}});
    ProjectAttrs rank_only{.from = {1}, .labels = {label}, .series = true};
    const Expr ranks = rebase(project(back, std::move(rank_only)), in);
    ProjectAttrs index;
    for (int64_t i = 0; i < in.index_levels; ++i) {
      index.from.push_back(i);
      index.labels.push_back(in.field(i).label);
    }
    index.index_levels = in.index_levels;
    const Expr both = zip({project(inputs[0], index), ranks});
    index.from.push_back(in.index_levels);
    index.labels.push_back(label);
    index.series = true;
    return std::vector<Expr>{project(both, std::move(index))};
  }
};

}  // namespace

const Op& tie_ranks_op() {
  static const TieRanks op;
  return op;
}

const Op& rank_op() {
  static const Rank op;
  return op;
}

Expr rank(const Expr& series, RankAttrs attrs) {
  return rank_op().build(std::move(attrs), {series});
}

}  // namespace tharsis::ops

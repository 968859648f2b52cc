#include <algorithm>
#include <cmath>
#include <limits>

#include "tharsis/base/error.h"
#include "tharsis/base/string_ref.h"
#include "tharsis/memory/value.h"
#include "tharsis/ops/relational/groupby/key_table.h"
#include "tharsis/ops/relational/ordered.h"
#include "tharsis/ops/relational/ordered/whole_rows.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {
namespace {

enum class Method : uint8_t { kAverage, kMin, kMax, kFirst, kDense };

Method method_of(const std::string& name) {
  constexpr std::string_view kNames[] = {"average", "min", "max", "first", "dense"};
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (name == kNames[i]) return static_cast<Method>(i);
  }
  fail(ErrorCode::kInvalidArgument, "rank: there is no method='{}'", name);
}

// Ranks within one run of rows that belong to a group.
class Ranking {
 public:
  Ranking(const GroupRankAttrs& attrs, const Column& column)
      : attrs_(attrs), method_(method_of(attrs.method)), column_(column) {}

  template <class T>
  void run(uint32_t* begin, uint32_t* end, double* out) const {
    const auto* values = column_.values<T>();
    const auto missing = [&](uint32_t row) { return is_missing<T>(values, row); };
    uint32_t* const gaps = std::partition(begin, end, [&](uint32_t r) { return !missing(r); });
    std::sort(gaps, end);
    std::sort(begin, gaps, [&](uint32_t a, uint32_t b) {
      if (values[a] == values[b]) return a < b;
      return attrs_.ascending ? values[a] < values[b] : values[b] < values[a];
    });
    Rank rank;
    const auto ties = [&](uint32_t* from, uint32_t* to) {
      while (from < to) {
        uint32_t* next = from + 1;
        while (next < to && values[*next] == values[*from]) ++next;
        give(from, next, rank, out);
        from = next;
      }
    };
    if (attrs_.missing == "keep") {
      ties(begin, gaps);
      for (uint32_t* row = gaps; row < end; ++row) out[*row] = std::nan("");
    } else if (attrs_.missing == "top") {
      give(gaps, end, rank, out);
      ties(begin, gaps);
    } else {
      ties(begin, gaps);
      give(gaps, end, rank, out);
    }
    if (!attrs_.percent) return;
    const double total = method_ == Method::kDense ? rank.distinct : rank.before;
    for (uint32_t* row = begin; row < end; ++row) out[*row] /= total;
  }

 private:
  struct Rank {
    double before = 0;    // rows ranked so far
    double distinct = 0;  // different values so far
  };

  template <class T>
  bool is_missing(const T* values, uint32_t row) const {
    if constexpr (std::is_floating_point_v<T>) {
      if (std::isnan(values[row])) return true;
    }
    return !column_.valid(row);
  }

  // Rows of one value.
  void give(const uint32_t* from, const uint32_t* to, Rank& rank, double* out) const {
    const auto n = static_cast<double>(to - from);
    if (n == 0) return;
    rank.distinct += 1;
    for (const uint32_t* row = from; row < to; ++row) {
      switch (method_) {
        case Method::kAverage:
          out[*row] = rank.before + (n + 1) / 2;
          break;
        case Method::kMin:
          out[*row] = rank.before + 1;
          break;
        case Method::kMax:
          out[*row] = rank.before + n;
          break;
        case Method::kFirst:
          out[*row] = rank.before + static_cast<double>(row - from) + 1;
          break;
        case Method::kDense:
          out[*row] = rank.distinct;
          break;
      }
    }
    rank.before += n;
  }

  const GroupRankAttrs& attrs_;
  const Method method_;
  const Column& column_;
};

class RankRows final : public OpOf<GroupRankAttrs> {
 public:
  std::string_view name() const override { return "group_rank"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole, .asks_order = true}; }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& in = *call.in[0];
    const GroupRankAttrs& attrs = of(call);
    method_of(attrs.method);
    require(attrs.missing == "keep" || attrs.missing == "top" || attrs.missing == "bottom",
            ErrorCode::kInvalidArgument,
            "rank: na_option must be one of 'keep', 'top', or 'bottom'");
    Schema schema(in.schema->begin(), in.schema->begin() + in.index_levels);
    for (const int64_t field : attrs.fields_of) {
      const DType& dtype = in.field(field).dtype;
      require(!dtype.is_category() || dtype.ordered(), ErrorCode::kUnsupported,
              "rank: categories without order");
      schema.push_back({in.field(field).label,
                        DType(TypeId::kFloat64)
                            .with_flavour(dtype.is_string() ? Flavour::kNumpy : dtype.flavour)});
    }
    Meta out = frame_meta(std::move(schema), in.index_levels, in.rows(), in.row_space);
    out.labels = in.labels;
    out.columns_name = in.columns_name;
    return {out};
  }

  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    const GroupRankAttrs& attrs = of(call);
    const Meta meta = infer(call)[0];
    WholeRows rows(*inputs[0], driver.store(), "rank");
    const int64_t n = rows.rows();
    const uint32_t* groups = rows.groups(attrs.keys, attrs.dropna);
    std::vector<uint32_t> by_group;
    const std::vector<int64_t> begins = rows.by_group(groups, by_group);
    Batch batch;
    batch.rows = n;
    for (int64_t i = 0; i < meta.index_levels; ++i) batch.columns.push_back(rows.column(i));
    for (size_t i = 0; i < attrs.fields_of.size(); ++i) {
      const Column& column = rows.column(attrs.fields_of[i]);
      std::vector<uint32_t> order = by_group;
      memory::Buffer data(n * 8);
      auto* out = data.as<double>();
      std::fill_n(out, n, std::nan(""));
      const Ranking ranking(attrs, column);
      const auto run = [&]<class T>(T) {
        for (size_t g = 0; g + 1 < begins.size(); ++g)
          ranking.run<T>(order.data() + begins[g], order.data() + begins[g + 1], out);
      };
      if (column.dtype.is_string()) {
        run(StringRef{});
      } else {
        const TypeId id = column.dtype.is_time()       ? TypeId::kInt64
                          : column.dtype.is_category() ? TypeId::kInt32
                                                       : column.dtype.id;
        visit_number(id, run);
      }
      batch.columns.push_back(ranked(meta.field(meta.index_levels + i).dtype, std::move(data), n));
    }
    std::vector<Batch> batches;
    if (n > 0) batches.push_back(std::move(batch));
    return {memory::frame_value(driver.store(), meta, std::move(batches))};
  }

 private:
  static Column ranked(const DType& dtype, memory::Buffer data, int64_t n) {
    if (dtype.nan_is_missing()) return made_column(dtype, std::move(data), nullptr, n);
    std::vector<uint8_t> there(static_cast<size_t>(n));
    for (int64_t i = 0; i < n; ++i)
      there[static_cast<size_t>(i)] = !std::isnan(data.as<double>()[i]);
    return made_column(dtype, std::move(data), there.data(), n);
  }
};

}  // namespace

const Op& group_rank_op() {
  static const RankRows op;
  return op;
}

Expr group_rank(const Expr& frame, GroupRankAttrs attrs) {
  return call(group_rank_op(), std::move(attrs), {frame});
}

}  // namespace tharsis::ops

#include <cmath>
#include <numeric>

#include "tharsis/base/error.h"
#include "tharsis/memory/batch_codec.h"
#include "tharsis/ops/relational/join/stored_column.h"
#include "tharsis/ops/relational/window/along_rows.h"
#include "tharsis/ops/relational/window/group_ids.h"
#include "tharsis/ops/relational/window/ranking.h"
#include "tharsis/ops/relational/window/table.h"
#include "tharsis/ops/window.h"

namespace tharsis::ops {
namespace {

// Rows 0, 1, … of the whole, those of group 0 in order, then those of group 1, …
struct RowsByGroup {
  std::vector<uint32_t> rows;
  std::vector<int64_t> begins;  // of each group, and the end of the last

  RowsByGroup(const Value& in, std::span<const int64_t> keys, bool dropna, memory::Arena& arena) {
    if (keys.empty()) {
      rows.resize(static_cast<size_t>(in.rows()));
      std::iota(rows.begin(), rows.end(), 0u);
      begins = {0, in.rows()};
      return;
    }
    const GroupIds ids(in, keys, dropna, arena);
    begins.assign(static_cast<size_t>(ids.groups()) + 1, 0);
    each_row(in, ids, [&](uint32_t group, int64_t) { ++begins[group + 1]; });
    std::partial_sum(begins.begin(), begins.end(), begins.begin());
    rows.resize(static_cast<size_t>(begins.back()));
    std::vector<int64_t> at(begins.begin(), begins.end() - 1);
    each_row(in, ids, [&](uint32_t group, int64_t row) {
      rows[static_cast<size_t>(at[group]++)] = static_cast<uint32_t>(row);
    });
  }

 private:
  template <class Visit>
  static void each_row(const Value& in, const GroupIds& ids, Visit visit) {
    for (size_t c = 0; c < in.chunks.size(); ++c) {
      for (int64_t i = 0; i < in.chunks[c]->rows(); ++i) {
        if (ids.of(c)[i] != KeyTable::kNoGroup) visit(ids.of(c)[i], in.starts[c] + i);
      }
    }
  }
};

class Rank final : public AlongRows<RankAttrs> {
 public:
  std::string_view name() const override { return "rank"; }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& in = *call.in[0];
    const RankAttrs& attrs = of(call);
    Ranking::named(attrs.method);
    require(attrs.missing == "keep" || attrs.missing == "top" || attrs.missing == "bottom",
            ErrorCode::kInvalidArgument,
            "rank: na_option must be one of 'keep', 'top', or 'bottom'");
    std::vector<Field> data;
    for (const int64_t column : attrs.columns) {
      const DType& dtype = in.field(column).dtype;
      require(!dtype.is_category() || dtype.ordered(), ErrorCode::kUnsupported,
              "rank: categories without order");
      data.push_back({in.field(column).label,
                      DType(TypeId::kFloat64)
                          .with_flavour(dtype.is_string() ? Flavour::kNumpy : dtype.flavour)});
    }
    return {rows_meta(in, std::move(data))};
  }

  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    const Value& in = *inputs[0];
    const RankAttrs& attrs = of(call);
    const Meta meta = infer(call)[0];
    require(in.rows() < int64_t{UINT32_MAX}, ErrorCode::kUnsupported,
            "rank: more than 2^32 rows in one piece, got {}", in.rows());
    memory::Reservation scratch(driver.store().budget(), "rank");
    const auto count = static_cast<int64_t>(attrs.columns.size());
    scratch.ensure_or_fail(in.rows() * (12 + 8 * count));
    memory::Arena arena(driver.store().budget());
    const RowsByGroup by_group(in, attrs.keys, attrs.dropna, arena);
    std::vector<memory::Buffer> ranks;  // float64, by column
    for (const int64_t column : attrs.columns)
      ranks.push_back(ranked(in, column, attrs, by_group, driver, arena));
    return over_rows(meta, in, driver, [&](size_t chunk, const Batch& rows, Worker&) {
      std::vector<Column> columns;
      for (size_t i = 0; i < ranks.size(); ++i) {
        columns.push_back(chunk_of(ranks[i].as<double>() + in.starts[chunk], rows.rows,
                                   meta.field(meta.index_levels + i).dtype));
      }
      return columns;
    });
  }

 private:
  // The values of a field, in one piece.
  static Column whole_column(const Value& in, int64_t field, memory::Arena& arena) {
    const RowNumbers numbers(in);
    std::vector<memory::Pin> pins;
    for (const auto& chunk : in.chunks) pins.push_back(chunk->store().pin(chunk));
    const StoredColumn column(in, pins, static_cast<size_t>(field), numbers);
    auto* rows = arena.take_as<uint32_t>(in.rows());
    for (size_t c = 0; c < in.chunks.size(); ++c) {
      for (int64_t i = 0; i < in.chunks[c]->rows(); ++i) rows[in.starts[c] + i] = numbers.of(c, i);
    }
    return memory::flatten(column.gather(rows, in.rows(), false, arena), in.rows());
  }

  static memory::Buffer ranked(const Value& in, int64_t field, const RankAttrs& attrs,
                               const RowsByGroup& by_group, Driver& driver, memory::Arena& arena) {
    const memory::ArenaScope scope(arena);
    memory::Buffer out(in.rows() * 8);
    std::fill_n(out.as<double>(), in.rows(), std::nan(""));
    if (in.rows() == 0) return out;
    std::vector<uint32_t> rows = by_group.rows;
    const Ranking ranking(attrs, whole_column(in, field, arena), out.as<double>());
    const std::vector<int64_t>& begins = by_group.begins;
    if (begins.size() == 2) {
      ranking.run_on_all_workers(rows.data(), rows.data() + begins[1], driver);
      return out;
    }
    constexpr int64_t kGroups = 256;
    const auto groups = static_cast<int64_t>(begins.size()) - 1;
    driver.parallel((groups + kGroups - 1) / kGroups, [&](int64_t piece, Worker&) {
      for (int64_t g = piece * kGroups; g < std::min(groups, (piece + 1) * kGroups); ++g)
        ranking.run(rows.data() + begins[g], rows.data() + begins[g + 1]);
    });
    return out;
  }

  static Column chunk_of(const double* ranks, int64_t rows, const DType& dtype) {
    auto own = std::make_shared<OwnColumn>(rows * 8);
    std::copy_n(ranks, rows, own->data.as<double>());
    for (int64_t i = 0; !dtype.nan_is_missing() && i < rows; ++i) {
      if (std::isnan(ranks[i])) own->set_missing(i, rows);
    }
    return owned(dtype, std::move(own));
  }
};

}  // namespace

const Op& rank_op() {
  static const Rank op;
  return op;
}

Expr rank(const Expr& frame, RankAttrs attrs) { return call(rank_op(), std::move(attrs), {frame}); }

}  // namespace tharsis::ops

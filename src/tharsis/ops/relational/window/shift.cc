#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/memory/batch_builder.h"
#include "tharsis/ops/relational/gather.h"
#include "tharsis/ops/relational/join/stored_column.h"
#include "tharsis/ops/relational/window/along_rows.h"
#include "tharsis/ops/relational/window/filled.h"
#include "tharsis/ops/relational/window/group_ids.h"
#include "tharsis/ops/relational/window/table.h"
#include "tharsis/ops/window.h"
#include "tharsis/types/promote.h"

namespace tharsis::ops {
namespace {

constexpr uint32_t kNoRow = JoinTable::kNoRow;

DType shifted_type(const DType& in, const ShiftAttrs& attrs) {
  if (attrs.periods == 0) return in;
  if (attrs.fill.missing()) return with_gaps(in);
  return attrs.fill.weak ? weak_type(attrs.fill, in, "shift")
                         : promote(in, attrs.fill.dtype, "shift");
}

// For each row the number of the row whose values it gets.
class Sources {
 public:
  Sources(const Value& in, const ShiftAttrs& attrs, Driver& driver)
      : in_(in), numbers_(in), chunks_(in.chunks.size()) {
    if (attrs.keys.empty()) {
      along(std::clamp(attrs.periods, -in.rows(), in.rows()), driver);
    } else {
      in_groups(attrs, driver);
    }
  }
  const uint32_t* of(size_t chunk) const { return chunks_[chunk].as<uint32_t>(); }
  const RowNumbers& numbers() const { return numbers_; }

 private:
  void along(int64_t periods, Driver& driver) {
    driver.parallel(static_cast<int64_t>(chunks_.size()), [&](int64_t c, Worker&) {
      const int64_t rows = in_.chunks[c]->rows();
      chunks_[c] = memory::Buffer(rows * 4);
      auto* out = chunks_[c].as<uint32_t>();
      for (int64_t i = 0; i < rows; ++i) out[i] = number_of(in_.starts[c] + i - periods);
    });
  }

  // Found by links from each row to the one before it in its group.
  void in_groups(const ShiftAttrs& attrs, Driver& driver) {
    memory::Arena arena(driver.store().budget());
    const GroupIds ids(in_, attrs.keys, attrs.dropna, arena);
    const bool backwards = attrs.periods < 0;
    const int64_t steps = std::abs(attrs.periods);
    std::vector<int64_t> last(static_cast<size_t>(ids.groups()), kNone);
    memory::Buffer before(in_.rows() * 8);
    auto* link = before.as<int64_t>();
    for (size_t i = 0; i < chunks_.size(); ++i) {
      const size_t c = backwards ? chunks_.size() - 1 - i : i;
      const int64_t rows = in_.chunks[c]->rows();
      chunks_[c] = memory::Buffer(rows * 4);
      for (int64_t k = 0; k < rows; ++k) {
        const int64_t in_chunk = backwards ? rows - 1 - k : k;
        const int64_t row = in_.starts[c] + in_chunk;
        const uint32_t group = ids.of(c)[in_chunk];
        const bool none = group == KeyTable::kNoGroup;
        link[row] = none ? kNone : std::exchange(last[group], row);
        int64_t source = none ? kNone : row;
        for (int64_t step = 0; step < steps && source != kNone; ++step) source = link[source];
        chunks_[c].as<uint32_t>()[in_chunk] = number_of(source);
      }
    }
  }

  uint32_t number_of(int64_t row) const {
    if (row < 0 || row >= in_.rows()) return kNoRow;
    const auto chunk = static_cast<size_t>(
        std::upper_bound(in_.starts.begin(), in_.starts.end(), row) - in_.starts.begin() - 1);
    return numbers_.of(chunk, row - in_.starts[chunk]);
  }

  static constexpr int64_t kNone = -1;
  const Value& in_;
  const RowNumbers numbers_;
  std::vector<memory::Buffer> chunks_;  // u32
};

class Shift final : public AlongRows<ShiftAttrs> {
 public:
  std::string_view name() const override { return "shift"; }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& in = *call.in[0];
    std::vector<Field> data;
    for (const int64_t column : of(call).columns)
      data.push_back({in.field(column).label, shifted_type(in.field(column).dtype, of(call))});
    return {rows_meta(in, std::move(data))};
  }

  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    const Value& in = *inputs[0];
    const ShiftAttrs& attrs = of(call);
    const Meta meta = infer(call)[0];
    memory::Reservation scratch(driver.store().budget(), "shift");
    scratch.ensure_or_fail(in.rows() * (attrs.keys.empty() ? 4 : 16));
    const Sources sources(in, attrs, driver);
    std::vector<memory::Pin> pins;
    for (const auto& chunk : in.chunks) pins.push_back(chunk->store().pin(chunk));
    std::vector<StoredColumn> columns;
    for (const int64_t column : attrs.columns)
      columns.emplace_back(in, pins, static_cast<size_t>(column), sources.numbers());
    return over_rows(meta, in, driver, [&](size_t chunk, const Batch& rows, Worker& worker) {
      std::vector<Column> out;
      for (size_t i = 0; i < columns.size(); ++i) {
        const memory::ArenaScope scope(worker.arena);
        const DType& dtype = meta.field(meta.index_levels + i).dtype;
        Batch one;
        one.rows = rows.rows;
        one.columns = {
            attrs.fill.missing() || attrs.periods == 0
                ? columns[i].gather(sources.of(chunk), rows.rows, attrs.periods != 0, worker.arena)
                : gather_filled(columns[i], sources.of(chunk), rows.rows, attrs.fill, dtype,
                                worker.arena)};
        out.push_back(memory::owned_copy(one).columns[0]);
      }
      return out;
    });
  }
};

}  // namespace

const Op& shift_op() {
  static const Shift op;
  return op;
}

Expr shift(const Expr& frame, ShiftAttrs attrs) {
  return call(shift_op(), std::move(attrs), {frame});
}

}  // namespace tharsis::ops

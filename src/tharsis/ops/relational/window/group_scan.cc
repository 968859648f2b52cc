#include <algorithm>
#include <cmath>

#include "tharsis/base/error.h"
#include "tharsis/memory/batch_builder.h"
#include "tharsis/ops/relational/gather.h"
#include "tharsis/ops/relational/groupby/key_table.h"
#include "tharsis/ops/relational/join/stored_column.h"
#include "tharsis/ops/relational/table.h"
#include "tharsis/ops/relational/window/running.h"
#include "tharsis/ops/relational/window/table.h"
#include "tharsis/ops/relational/window/whole_rows.h"
#include "tharsis/ops/window.h"

namespace tharsis::ops {
namespace {

constexpr uint32_t kNoGroup = KeyTable::kNoGroup;

// The group of every row, chunk by chunk.
struct GroupIds {
  std::vector<memory::Buffer> chunks;  // u32
  int64_t groups = 0;

  GroupIds(const Value& in, const GroupScanAttrs& attrs, memory::Arena& arena) {
    std::vector<DType> dtypes;
    for (const int64_t key : attrs.keys) dtypes.push_back(in.meta.field(key).dtype);
    KeyTable table(std::move(dtypes));
    for (const auto& chunk : in.chunks) {
      const memory::Pin pin = chunk->store().pin(chunk);
      chunks.emplace_back(pin->rows * 4);
      for (int64_t begin = 0; begin < pin->rows; begin += kBatchRows) {
        std::vector<Column> keys;
        for (const int64_t key : attrs.keys) keys.push_back(pin->columns[key].from(begin));
        table.groups(keys, std::min(kBatchRows, pin->rows - begin), attrs.dropna, arena,
                     chunks.back().as<uint32_t>() + begin);
      }
    }
    groups = table.size();
  }
  const uint32_t* of(size_t chunk) const { return chunks[chunk].as<uint32_t>(); }
};

// Reads rows in their order, one chunk after the other; what a group has seen so far is its state.
class GroupScan final : public OpOf<GroupScanAttrs> {
 public:
  std::string_view name() const override { return "group_scan"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole, .asks_order = true}; }

  std::vector<Meta> infer(const Call& call) const override {
    Meta out = rows_meta(*call.in[0], {{of(call).label, type(call)}});
    out.series = true;
    return {out};
  }

  std::vector<Fieldset> demand_fields(const Call& call, const Fieldset&) const override {
    Fieldset fields = with_index(*call.in[0], of(call).keys);
    if (of(call).field >= 0) fields[of(call).field] = true;
    return {fields};
  }
  Narrowed narrow(const Call& call, const Fieldset& needed,
                  std::span<const std::vector<uint32_t>> inputs) const override {
    GroupScanAttrs attrs = of(call);
    for (int64_t& key : attrs.keys) key = new_position(inputs[0], key);
    if (attrs.field >= 0) attrs.field = new_position(inputs[0], attrs.field);
    Narrowed result{std::move(attrs), {}};
    for (uint32_t i = 0; i < needed.size(); ++i) result.kept.push_back(i);
    return result;
  }

  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    const Value& in = *inputs[0];
    const GroupScanAttrs& attrs = of(call);
    memory::Arena arena(driver.store().budget());
    memory::Reservation scratch(driver.store().budget(), "groupby." + attrs.function);
    scratch.ensure_or_fail(in.rows() * 16);
    const GroupIds ids(in, attrs, arena);
    std::vector<Column> columns;
    if (attrs.function == "count") {
      columns = counts(in, ids, attrs);
    } else if (attrs.function == "shift") {
      columns = shifted(in, ids, attrs);
    } else {
      columns = running(in, ids, attrs, arena);
    }
    return over_rows(infer(call)[0], in, driver, [&](size_t chunk, const Batch& rows, Worker& w) {
      Column column = columns[chunk];
      if (attrs.gaps && !(column.dtype == type(call))) {
        const memory::ArenaScope scope(w.arena);
        Batch wide;
        wide.rows = rows.rows;
        wide.columns = {with_gaps(column, rows.rows, w.arena)};
        column = memory::owned_copy(wide).columns[0];
      }
      return std::vector<Column>{std::move(column)};
    });
  }

 private:
  static DType type(const Call& call) {
    const GroupScanAttrs& attrs = of(call);
    const std::string& function = attrs.function;
    if (function == "count") return attrs.gaps ? with_gaps(DType(TypeId::kInt64)) : TypeId::kInt64;
    require(attrs.field >= 0, ErrorCode::kInvalidArgument, "groupby: {} needs a column", function);
    const DType& in = call.in[0]->field(attrs.field).dtype;
    if (function == "shift") return with_gaps(in);
    const DType out =
        running_type(running_named(function, "groupby"), in, "groupby.cum" + function);
    return attrs.gaps ? with_gaps(out) : out;
  }

  // Visits all rows, backwards where that is asked for.
  template <class Visit>
  static void each_chunk(const Value& in, bool backwards, Visit visit) {
    const size_t n = in.chunks.size();
    for (size_t i = 0; i < n; ++i) visit(backwards ? n - 1 - i : i);
  }

  static std::vector<Column> counts(const Value& in, const GroupIds& ids,
                                    const GroupScanAttrs& attrs) {
    std::vector<Column> out(in.chunks.size());
    std::vector<int64_t> seen(ids.groups, 0);
    each_chunk(in, attrs.descending, [&](size_t c) {
      const int64_t rows = in.chunks[c]->rows();
      auto own = std::make_shared<OwnColumn>(rows * 8);
      for (int64_t i = 0; i < rows; ++i) {
        const int64_t row = attrs.descending ? rows - 1 - i : i;
        const uint32_t group = ids.of(c)[row];
        if (group == kNoGroup) own->set_missing(row, rows);
        own->data.as<int64_t>()[row] = group == kNoGroup ? 0 : seen[group]++;
      }
      out[c] = owned(TypeId::kInt64, std::move(own));
    });
    return out;
  }

  static std::vector<Column> running(const Value& in, const GroupIds& ids,
                                     const GroupScanAttrs& attrs, memory::Arena& arena) {
    const Running function = running_named(attrs.function, "groupby");
    const DType own_type = running_type(function, in.meta.field(attrs.field).dtype, "groupby");
    std::vector<Column> out;
    with_running(function, in.meta.field(attrs.field).dtype, [&]<class In, class Out>(In, Out) {
      std::vector<Out> values(ids.groups, Out{});
      std::vector<uint8_t> any(ids.groups, 0);
      for (size_t c = 0; c < in.chunks.size(); ++c) {
        const memory::ArenaScope scope(arena);
        const memory::Pin pin = in.chunks[c]->store().pin(in.chunks[c]);
        const Column column = flat(pin->columns[attrs.field], pin->rows, arena);
        const In* from = column.values<In>();
        auto own = std::make_shared<OwnColumn>(pin->rows * static_cast<int64_t>(sizeof(Out)));
        Out* to = own->data.as<Out>();
        for (int64_t i = 0; i < pin->rows; ++i) {
          const uint32_t group = ids.of(c)[i];
          to[i] = Out{};
          if (group == kNoGroup || !column.valid(i) || from[i] != from[i]) {
            if constexpr (std::is_floating_point_v<Out>) {
              to[i] = static_cast<Out>(std::nan(""));
            }
            if (!own_type.nan_is_missing()) own->set_missing(i, pin->rows);
            continue;
          }
          const auto value = static_cast<Out>(from[i]);
          values[group] = any[group] ? running_step(function, values[group], value) : value;
          any[group] = 1;
          to[i] = values[group];
        }
        out.push_back(owned(own_type, std::move(own)));
      }
    });
    return out;
  }

  // The row `periods` rows before in the group: found by links from each row to the one before.
  static std::vector<Column> shifted(const Value& in, const GroupIds& ids,
                                     const GroupScanAttrs& attrs) {
    const RowNumbers numbers(in);
    const bool backwards = attrs.periods < 0;
    const int64_t steps = std::abs(attrs.periods);
    constexpr int64_t kNone = -1;
    std::vector<int64_t> last(ids.groups, kNone);
    memory::Buffer before(in.rows() * 8);
    auto* link = before.as<int64_t>();
    std::vector<memory::Buffer> sources(in.chunks.size());
    each_chunk(in, backwards, [&](size_t c) {
      const int64_t rows = in.chunks[c]->rows();
      sources[c] = memory::Buffer(rows * 4);
      for (int64_t i = 0; i < rows; ++i) {
        const int64_t in_chunk = backwards ? rows - 1 - i : i;
        const int64_t row = in.starts[c] + in_chunk;
        const uint32_t group = ids.of(c)[in_chunk];
        link[row] = group == kNoGroup ? kNone : last[group];
        if (group != kNoGroup) last[group] = row;
        int64_t source = group == kNoGroup ? kNone : row;
        for (int64_t step = 0; step < steps && source != kNone; ++step) source = link[source];
        sources[c].as<uint32_t>()[in_chunk] = number_of(in, numbers, source);
      }
    });
    std::vector<memory::Pin> pins;
    for (const auto& chunk : in.chunks) pins.push_back(chunk->store().pin(chunk));
    const StoredColumn column(in, pins, attrs.field, numbers);
    std::vector<Column> out;
    memory::Arena arena(in.store->budget());
    for (size_t c = 0; c < in.chunks.size(); ++c) {
      const memory::ArenaScope scope(arena);
      Batch batch;
      batch.rows = in.chunks[c]->rows();
      batch.columns = {column.gather(sources[c].as<uint32_t>(), batch.rows, true, arena)};
      out.push_back(memory::owned_copy(batch).columns[0]);
    }
    return out;
  }

  static uint32_t number_of(const Value& in, const RowNumbers& numbers, int64_t row) {
    if (row < 0) return JoinTable::kNoRow;
    const auto chunk = static_cast<size_t>(
        std::upper_bound(in.starts.begin(), in.starts.end(), row) - in.starts.begin() - 1);
    return numbers.of(chunk, row - in.starts[chunk]);
  }
};

}  // namespace

const Op& group_scan_op() {
  static const GroupScan op;
  return op;
}

Expr group_scan(const Expr& frame, GroupScanAttrs attrs) {
  return group_scan_op().build(std::move(attrs), {frame});
}

}  // namespace tharsis::ops

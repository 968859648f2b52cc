#include <algorithm>
#include <bit>
#include <cstring>

#include "tharsis/base/error.h"
#include "tharsis/graph/op.h"
#include "tharsis/memory/batch_builder.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/gather.h"
#include "tharsis/ops/relational/groupby/aggregate.h"
#include "tharsis/ops/relational/groupby/builder.h"
#include "tharsis/ops/relational/groupby/key_table.h"
#include "tharsis/ops/relational/table.h"

namespace tharsis::ops {
namespace {

constexpr uint32_t kSpillParts =
    256;                              // by the top eight bits of the hash; a plan merges neighbours
constexpr int64_t kFewGroups = 2048;  // one part, one thread
constexpr int64_t kGroupsPerPart = int64_t{1} << 15;
constexpr int64_t kOrderShift = 32;  // position of a row: split, then row in it

// Table and accumulators, and what of them was written out.
struct Groups final : State {
  explicit Groups(std::vector<DType> keys) : table(std::make_shared<KeyTable>(std::move(keys))) {}

  std::shared_ptr<KeyTable> table;  // shared with the key columns that refer to its text
  std::vector<std::unique_ptr<Accumulator>> accumulators;
  std::vector<std::pair<uint32_t, Ref<memory::Chunk>>> spilled;  // by top eight bits
  int64_t spilled_rows = 0;

  int64_t bytes() const override {
    int64_t sum = table->bytes();
    for (const auto& accumulator : accumulators) sum += accumulator->bytes();
    return sum;
  }
  void resize() {
    for (auto& accumulator : accumulators) accumulator->resize(table->size());
  }
};

// Input columns: those of the frame. A cut state is a batch of key columns and then state columns.
class GroupSink final : public Sink {
 public:
  GroupSink(const GroupByAttrs& attrs, const Meta& in) : attrs_(attrs) {
    for (const int64_t key : attrs.keys) key_types_.push_back(in.field(key).dtype);
    for (const Aggregate& aggregate : attrs.aggregates) {
      value_types_.push_back(aggregate.field < 0 ? DType(TypeId::kInt64)
                                                 : in.field(aggregate.field).dtype);
    }
  }

  Own<State> open(Worker&) const override { return fresh(); }

  int64_t growth_max(const Batch& batch, const State& state) const override {
    const auto& groups = static_cast<const Groups&>(state);
    int64_t growth = groups.table->growth_max(batch.rows);
    for (const auto& accumulator : groups.accumulators)
      growth += accumulator->growth_max(batch.rows);
    for (size_t k = 0; k < key_types_.size(); ++k) {
      if (key_types_[k].is_string())
        growth += memory::column_bytes(batch.columns[attrs_.keys[k]], batch.rows);
    }
    return growth;
  }

  Flow consume(Batch& batch, uint16_t, State& state, Worker& worker) const override {
    const memory::ArenaScope scope(worker.arena);
    auto& groups = static_cast<Groups&>(state);
    auto* ids = worker.arena.take_as<uint32_t>(batch.rows);
    std::vector<Column> keys;
    for (const int64_t key : attrs_.keys) keys.push_back(batch.columns[key]);
    groups.table->groups(keys, batch.rows, attrs_.dropna, worker.arena, ids);
    groups.resize();
    const int64_t order = (static_cast<int64_t>(batch.split) << kOrderShift) + batch.first_row;
    Column none;
    none.dtype = TypeId::kInt64;
    none.encoding = Encoding::kConstant;
    for (size_t a = 0; a < attrs_.aggregates.size(); ++a) {
      const int64_t field = attrs_.aggregates[a].field;
      const Column column =
          field < 0 ? none : plain(batch.columns[field], batch.rows, worker.arena);
      groups.accumulators[a]->update(column, ids, batch.rows, order);
    }
    return Flow::kMore;
  }

  bool spill(State& state, Worker& worker) const override {
    auto& groups = static_cast<Groups&>(state);
    if (groups.table->size() == 0) return false;
    write(groups, kSpillParts, [&](uint32_t p, const Batch& batch) {
      groups.spilled.emplace_back(p, worker.store.put_on_disk(batch));
    });
    groups.spilled_rows += groups.table->size();
    clear(groups);
    return true;
  }

  Summary summary(const State& state) const override {
    const auto& groups = static_cast<const Groups&>(state);
    Summary out;
    out.rows = groups.table->size() + groups.spilled_rows;
    out.spilled = !groups.spilled.empty();
    out.bytes = groups.bytes();
    return out;
  }

  Plan plan(std::span<const Summary> all, uint16_t nodes) const override {
    int64_t rows = 0;
    bool spilled = false;
    for (const Summary& one : all) {
      rows += one.rows;
      spilled |= one.spilled;
    }
    Plan plan;
    plan.nodes = nodes;
    if (!spilled && (rows <= kFewGroups || all.size() == 1) && nodes == 1) return plan;
    plan.by = Plan::kHash;
    const auto wanted = static_cast<uint64_t>(rows / kGroupsPerPart + 1);
    plan.count =
        spilled ? kSpillParts
                : static_cast<uint32_t>(std::min<uint64_t>(std::bit_ceil(wanted), kSpillParts));
    plan.count = std::max<uint32_t>(plan.count, nodes > 1 ? std::bit_ceil(4u * nodes) : 1);
    return plan;
  }

  void cut(Own<State> state, const Plan& plan, std::vector<Part>& out,
           Worker& worker) const override {
    auto& groups = static_cast<Groups&>(*state);
    if (plan.by == Plan::kWhole && groups.spilled.empty()) {
      Part part;
      part.state = std::move(state);
      out.push_back(std::move(part));
      return;
    }
    for (auto& [p, chunk] : groups.spilled) {
      Part part;
      part.p = p * plan.count / kSpillParts;
      part.chunk = std::move(chunk);
      out.push_back(std::move(part));
    }
    write(groups, plan.count, [&](uint32_t p, const Batch& batch) {
      Part part;
      part.p = p;
      part.chunk = worker.store.put(batch);
      out.push_back(std::move(part));
    });
  }

  void finish(const Plan&, uint32_t, std::vector<Part> parts, Worker& worker,
              Emit& out) const override {
    Own<Groups> groups;
    for (Part& part : parts) {
      if (part.state != nullptr && groups == nullptr) {
        groups.reset(static_cast<Groups*>(part.state.release()));
      } else {
        if (groups == nullptr) groups = fresh();
        if (part.state != nullptr) {
          write(static_cast<Groups&>(*part.state), 1,
                [&](uint32_t, const Batch& batch) { absorb(*groups, batch, worker); });
          part.state.reset();
        } else {
          const memory::Pin pin = part.chunk->store().pin(part.chunk);
          absorb(*groups, *pin, worker);
          part.chunk.reset();
        }
      }
    }
    if (groups == nullptr) groups = fresh();
    if (attrs_.keys.empty() && groups->table->size() == 0) {
      // Without keys there is one group, also over no rows.
      uint32_t group = 0;
      groups->table->groups({}, 1, false, worker.arena, &group);
      groups->resize();
    }
    emit(*groups, out);
  }

 private:
  Own<Groups> fresh() const {
    auto groups = std::make_unique<Groups>(key_types_);
    for (size_t a = 0; a < attrs_.aggregates.size(); ++a) {
      groups->accumulators.push_back(make_accumulator(attrs_.aggregates[a], value_types_[a]));
    }
    return groups;
  }

  void clear(Groups& groups) const {
    Own<Groups> empty = fresh();
    groups.table = std::move(empty->table);
    groups.accumulators = std::move(empty->accumulators);
  }

  // Numbers as they are, without dictionaries of text.
  static Column plain(const Column& column, int64_t rows, memory::Arena& arena) {
    return column.encoding == Encoding::kDictionary ? flat(column, rows, arena) : column;
  }

  // Calls put(p, batch) with the states of part p of `parts`, where p are the top bits of the hash.
  template <class Put>
  void write(Groups& groups, uint32_t parts, Put put) const {
    const int64_t n = groups.table->size();
    const int shift = 64 - std::countr_zero(parts);
    std::vector<std::vector<uint32_t>> rows(parts);
    for (int64_t g = 0; g < n; ++g) {
      const uint64_t hash = groups.table->hashes()[g];
      rows[parts == 1 ? 0 : hash >> shift].push_back(static_cast<uint32_t>(g));
    }
    for (uint32_t p = 0; p < parts; ++p) {
      if (rows[p].empty()) continue;
      Batch batch;
      batch.rows = static_cast<int64_t>(rows[p].size());
      for (size_t k = 0; k < key_types_.size(); ++k) {
        batch.columns.push_back(groups.table->key_column(k, rows[p], groups.table));
      }
      for (auto& accumulator : groups.accumulators) accumulator->states(rows[p], batch.columns);
      put(p, memory_owned(batch));
    }
  }

  // Text of the accumulators is borrowed: a batch that leaves the state has its own.
  static Batch memory_owned(const Batch& batch) {
    for (const Column& column : batch.columns) {
      if (column.dtype.is_string()) return memory::owned_copy(batch);
    }
    return batch;
  }

  void absorb(Groups& groups, const Batch& batch, Worker& worker) const {
    constexpr int64_t kRows = kBatchRows;
    std::vector<uint32_t> ids(std::min<int64_t>(batch.rows, kRows));
    for (int64_t begin = 0; begin < batch.rows; begin += kRows) {
      const int64_t rows = std::min<int64_t>(kRows, batch.rows - begin);
      std::vector<Column> columns;
      for (const Column& column : batch.columns) columns.push_back(column.from(begin));
      const std::span<const Column> all(columns);
      groups.table->groups(all.first(key_types_.size()), rows, false, worker.arena, ids.data());
      groups.resize();
      size_t at = key_types_.size();
      for (auto& accumulator : groups.accumulators) {
        accumulator->merge(all.subspan(at, accumulator->width()), ids.data(), rows);
        at += accumulator->width();
      }
    }
  }

  void emit(Groups& groups, Emit& out) const {
    const int64_t n = groups.table->size();
    if (n == 0) return;
    std::vector<uint32_t> all(n);
    for (int64_t i = 0; i < n; ++i) all[i] = static_cast<uint32_t>(i);
    Batch batch;
    batch.rows = static_cast<int64_t>(n);
    for (size_t k = 0; k < key_types_.size(); ++k) {
      batch.columns.push_back(groups.table->key_column(k, all, groups.table));
    }
    for (auto& accumulator : groups.accumulators) batch.columns.push_back(accumulator->finish(n));
    out(batch);
  }

  const GroupByAttrs attrs_;
  std::vector<DType> key_types_;
  std::vector<DType> value_types_;
};

class GroupBy final : public OpOf<GroupByAttrs> {
 public:
  std::string_view name() const override { return "group_by"; }
  Traits traits(const Call& call) const override {
    Traits out{.way = Traits::kBreaker, .order = Traits::kDestroys};
    for (const Aggregate& aggregate : of(call).aggregates) {
      const std::string& f = aggregate.function;
      out.asks_order |= f == "first" || f == "last" || f == "first_row";
    }
    return out;
  }

  Expr build(Attrs attrs, std::vector<Expr> inputs) const override {
    return ordered_groups(inputs[0], attrs.as<GroupByAttrs>());
  }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& in = *call.in[0];
    const GroupByAttrs& attrs = of(call);
    Schema schema;
    for (const int64_t key : attrs.keys) schema.push_back(in.field(key));
    for (const Aggregate& aggregate : attrs.aggregates) {
      const DType dtype =
          aggregate.field < 0 ? DType(TypeId::kInt64) : in.field(aggregate.field).dtype;
      schema.push_back({aggregate.label, aggregate_type(aggregate, dtype)});
    }
    const Dim rows = attrs.keys.empty() ? Dim{1} : Dim{};
    return {frame_meta(std::move(schema), static_cast<uint16_t>(attrs.keys.size()), rows, Key{})};
  }

  std::vector<Fieldset> demand_fields(const Call& call, const Fieldset& needed) const override {
    const GroupByAttrs& attrs = of(call);
    Fieldset in(call.in[0]->num_fields(), false);
    for (const int64_t key : attrs.keys) in[key] = true;
    for (size_t a = 0; a < attrs.aggregates.size(); ++a) {
      if (needed[attrs.keys.size() + a] && attrs.aggregates[a].field >= 0)
        in[attrs.aggregates[a].field] = true;
    }
    return {in};
  }

  Narrowed narrow(const Call& call, const Fieldset& needed,
                  std::span<const std::vector<uint32_t>> inputs) const override {
    GroupByAttrs attrs = of(call);
    Narrowed result;
    for (uint32_t k = 0; k < attrs.keys.size(); ++k) {
      attrs.keys[k] = new_position(inputs[0], attrs.keys[k]);
      result.kept.push_back(k);
    }
    std::vector<Aggregate> kept;
    for (uint32_t a = 0; a < attrs.aggregates.size(); ++a) {
      const auto position = static_cast<uint32_t>(attrs.keys.size() + a);
      if (!needed[position]) continue;
      Aggregate aggregate = attrs.aggregates[a];
      if (aggregate.field >= 0) aggregate.field = new_position(inputs[0], aggregate.field);
      kept.push_back(std::move(aggregate));
      result.kept.push_back(position);
    }
    attrs.aggregates = std::move(kept);
    result.attrs = std::move(attrs);
    return result;
  }

  Run run(const Call& call, std::span<const Ref<Value>>) const override {
    return Ref<Sink>(std::make_shared<GroupSink>(of(call), *call.in[0]));
  }
};

}  // namespace

const Op& group_by_op() {
  static const GroupBy op;
  return op;
}

Expr group_by(const Expr& frame, GroupByAttrs attrs) {
  return group_by_op().build(std::move(attrs), {frame});
}

}  // namespace tharsis::ops

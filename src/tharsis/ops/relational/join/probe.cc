#include "tharsis/ops/relational/join/probe.h"

#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/ops/relational/gather.h"
#include "tharsis/ops/relational/join/stored_column.h"
#include "tharsis/ops/relational/table.h"

namespace tharsis::ops {
namespace {

constexpr uint32_t kNoRow = JoinTable::kNoRow;

struct ProbeState final : State {
  KeyCoder::Memo memo;
};

// Pairs of rows on their way out: row `left[i]` of the batch and `right[i]` of the build side.
struct Pairs {
  uint32_t* left;
  uint32_t* right;
  int64_t count = 0;
  bool every_row = false;  // left[i] is i: the columns pass as they are
};

// Keeps the order of the rows that flow; the rows of the other side are looked up by number and
// gathered for the output only.
class ProbeStep final : public Step {
 public:
  ProbeStep(const ProbeAttrs& attrs, std::span<const Ref<Value>> side)
      : attrs_(attrs),
        fields_(join_fields(attrs.join)),
        table_(std::static_pointer_cast<const JoinTable>(side[0]->object)) {
    if (attrs.join.right.empty()) return;
    for (const auto& chunk : side[1]->chunks) pins_.push_back(chunk->store().pin(chunk));
    for (const JoinField& field : fields_) {
      columns_.emplace_back();
      if (!field.left) {
        columns_.back() =
            std::make_unique<StoredColumn>(*side[1], pins_, field.field, table_->row_numbers());
      }
    }
  }

  Own<State> open(const Split&, Worker&) const override { return std::make_unique<ProbeState>(); }

  double fan_out() const override {
    return how() == JoinHow::kInner || how() == JoinHow::kLeft ? table_->rows_per_key() : 1;
  }

  Flow apply(Batch& in, State* local, Worker& worker, Emit& out) const override {
    const memory::ArenaScope scope(worker.arena);
    std::vector<Column> keys;
    for (const int64_t key : attrs_.join.left_keys) keys.push_back(in.columns[key]);
    auto* codes = worker.arena.take_as<uint64_t>(in.rows);
    table_->coder().encode(keys, in.rows, static_cast<ProbeState*>(local)->memo, worker.arena,
                           codes);
    if (how() == JoinHow::kMark) return mark(in, codes, worker, out);
    return table_->unique() ? one_to_one(in, codes, worker, out) : runs(in, codes, worker, out);
  }

 private:
  JoinHow how() const { return attrs_.join.how; }

  Flow mark(const Batch& in, const uint64_t* codes, Worker& worker, Emit& out) const {
    auto* found = worker.arena.take_as<uint8_t>(in.rows);
    auto* rows = worker.arena.take_as<uint32_t>(2 * in.rows);
    if (table_->unique()) {
      table_->find_one(codes, in.rows, rows);
      for (int64_t i = 0; i < in.rows; ++i) found[i] = rows[i] != kNoRow;
    } else {
      table_->find(codes, in.rows, rows, rows + in.rows);
      for (int64_t i = 0; i < in.rows; ++i) found[i] = rows[i] < rows[in.rows + i];
    }
    Batch result;
    result.rows = in.rows;
    for (const JoinField& field : fields_) result.columns.push_back(in.columns[field.field]);
    Column column;
    column.dtype = TypeId::kBool;
    column.data = found;
    result.columns.push_back(std::move(column));
    return out(result);
  }

  void require_partner(const Batch& in, int64_t row, bool has_partner) const {
    if (!attrs_.join.strict || has_partner) return;
    std::string label;
    for (const int64_t key : attrs_.join.left_keys) {
      label += label.empty() ? "" : ", ";
      label += memory::scalar_at(in.columns[key], row).text();
    }
    fail(ErrorCode::kColumnNotFound, "no row has the label {}", label);
  }

  // Each row has at most one partner.
  Flow one_to_one(const Batch& in, const uint64_t* codes, Worker& worker, Emit& out) const {
    Pairs pairs{worker.arena.take_as<uint32_t>(in.rows), worker.arena.take_as<uint32_t>(in.rows)};
    table_->find_one(codes, in.rows, pairs.right);
    for (int64_t i = 0; attrs_.join.strict && i < in.rows; ++i)
      require_partner(in, i, pairs.right[i] != kNoRow);
    if (how() == JoinHow::kLeft) {
      pairs.count = in.rows;
      pairs.every_row = true;
      return emit(in, pairs, worker, out);
    }
    const bool wanted = how() != JoinHow::kAnti;
    for (int64_t i = 0; i < in.rows; ++i) {
      const uint32_t row = pairs.right[i];
      pairs.left[pairs.count] = static_cast<uint32_t>(i);
      pairs.right[pairs.count] = row;
      pairs.count += (row != kNoRow) == wanted;
    }
    pairs.every_row = pairs.count == in.rows;
    return emit(in, pairs, worker, out);
  }

  Flow runs(const Batch& in, const uint64_t* codes, Worker& worker, Emit& out) const {
    auto* begins = worker.arena.take_as<uint32_t>(in.rows);
    auto* ends = worker.arena.take_as<uint32_t>(in.rows);
    table_->find(codes, in.rows, begins, ends);
    const int64_t room = std::max(in.rows, kBatchRows);
    Pairs pairs{worker.arena.take_as<uint32_t>(room), worker.arena.take_as<uint32_t>(room)};
    const auto add = [&](int64_t row, uint32_t other) {
      pairs.left[pairs.count] = static_cast<uint32_t>(row);
      pairs.right[pairs.count++] = other;
    };
    const uint32_t* rows = table_->rows();
    const bool expands = how() == JoinHow::kInner || how() == JoinHow::kLeft;
    for (int64_t i = 0; i < in.rows; ++i) {
      if (pairs.count == room && hand_on(in, pairs, worker, out) == Flow::kEnough)
        return Flow::kEnough;
      if (!expands) {
        if ((begins[i] < ends[i]) == (how() == JoinHow::kSemi)) add(i, kNoRow);
        continue;
      }
      require_partner(in, i, begins[i] < ends[i]);
      if (begins[i] == ends[i] && how() == JoinHow::kLeft) add(i, kNoRow);
      for (uint32_t at = begins[i]; at < ends[i]; ++at) {
        if (pairs.count == room && hand_on(in, pairs, worker, out) == Flow::kEnough)
          return Flow::kEnough;
        add(i, rows[at]);
      }
    }
    return emit(in, pairs, worker, out);
  }

  Flow hand_on(const Batch& in, Pairs& pairs, Worker& worker, Emit& out) const {
    worker.cancel.throw_if_cancelled();
    const Flow flow = emit(in, pairs, worker, out);
    pairs.count = 0;
    return flow;
  }

  Flow emit(const Batch& in, const Pairs& pairs, Worker& worker, Emit& out) const {
    if (pairs.count == 0) return Flow::kMore;
    const memory::ArenaScope scope(worker.arena);
    const bool gaps = how() == JoinHow::kLeft || how() == JoinHow::kAnti;
    const std::span<const uint32_t> left{pairs.left, static_cast<size_t>(pairs.count)};
    Batch result;
    result.rows = pairs.count;
    result.columns.reserve(fields_.size());
    for (size_t i = 0; i < fields_.size(); ++i) {
      if (!fields_[i].left) {
        result.columns.push_back(columns_[i]->gather(pairs.right, pairs.count, gaps, worker.arena));
        continue;
      }
      const Column& column = in.columns[fields_[i].field];
      Column picked = pairs.every_row ? column : gather(column, left, worker.arena);
      if (attrs_.left_gaps) picked = with_gaps(picked, pairs.count, worker.arena);
      result.columns.push_back(std::move(picked));
    }
    return out(result);
  }

  const ProbeAttrs attrs_;
  const std::vector<JoinField> fields_;
  const std::shared_ptr<const JoinTable> table_;
  std::vector<memory::Pin> pins_;
  std::vector<std::unique_ptr<StoredColumn>> columns_;  // per output field of the right side
};

class Probe final : public OpOf<ProbeAttrs> {
 public:
  std::string_view name() const override { return "join_probe"; }
  Traits traits(const Call&) const override { return {.way = Traits::kRowwise, .streamed = 1}; }
  std::vector<Meta> infer(const Call& call) const override {
    const ProbeAttrs& attrs = of(call);
    const bool gaps = attrs.join.how == JoinHow::kLeft || attrs.join.how == JoinHow::kAnti;
    const Meta& right = call.in.size() > 2 ? *call.in[2] : *call.in[0];
    return {join_meta(attrs.join, *call.in[0], right, attrs.left_gaps, gaps)};
  }
  Run run(const Call& call, std::span<const Ref<Value>> side) const override {
    return Ref<Step>(std::make_shared<ProbeStep>(of(call), side));
  }
};

class MakeTable final : public OpOf<JoinTableAttrs> {
 public:
  std::string_view name() const override { return "join_table"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole}; }
  std::vector<Meta> infer(const Call&) const override {
    Meta out;
    out.kind = Kind::kObject;
    return {out};
  }
  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    const JoinTableAttrs& attrs = of(call);
    auto out = std::make_shared<Value>();
    out->meta = infer(call)[0];
    out->store = &driver.store();
    out->object = std::make_shared<JoinTable>(*inputs[0], attrs.keys, attrs.dtypes,
                                              attrs.nulls_equal, driver);
    return {out};
  }
};

}  // namespace

std::vector<JoinField> join_fields(const JoinAttrs& attrs) {
  std::vector<JoinField> all;
  for (const int64_t field : attrs.left) all.push_back({true, field, attrs.labels[all.size()]});
  for (const int64_t field : attrs.right) all.push_back({false, field, attrs.labels[all.size()]});
  if (attrs.order.empty() || attrs.how == JoinHow::kMark) return all;
  std::vector<JoinField> ordered;
  for (const int64_t i : attrs.order) ordered.push_back(all[i]);
  return ordered;
}

Meta join_meta(const JoinAttrs& attrs, const Meta& left, const Meta& right, bool left_gaps,
               bool right_gaps) {
  Schema schema;
  for (const JoinField& field : join_fields(attrs)) {
    const DType& dtype = (field.left ? left : right).field(field.field).dtype;
    const bool gaps = field.left ? left_gaps : right_gaps;
    schema.push_back({field.label, gaps ? with_gaps(dtype) : dtype});
  }
  const auto levels = static_cast<uint16_t>(attrs.index_levels);
  if (attrs.how != JoinHow::kMark) return frame_meta(std::move(schema), levels, Dim{}, Key{});
  schema.push_back({attrs.labels.back(), TypeId::kBool});
  Meta out = frame_meta(std::move(schema), levels, left.rows(), left.row_space);
  out.labels = left.labels;
  return out;
}

const Op& join_table_op() {
  static const MakeTable op;
  return op;
}

const Op& join_probe_op() {
  static const Probe op;
  return op;
}

}  // namespace tharsis::ops

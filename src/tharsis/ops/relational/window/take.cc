#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/memory/batch_builder.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/gather.h"
#include "tharsis/ops/relational/join/stored_column.h"
#include "tharsis/ops/relational/window/table.h"
#include "tharsis/ops/window.h"

namespace tharsis::ops {
namespace {

class Take final : public OpOf<TakeAttrs> {
 public:
  std::string_view name() const override { return "take"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole, .asks_order = true}; }

  // Rows take their labels with them.
  Expr build(Attrs attrs, std::vector<Expr> inputs) const override {
    if (inputs[0].meta().index_levels == 0) inputs[0] = row_labels(inputs[0]);
    return call(*this, std::move(attrs), std::move(inputs));
  }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& positions = *call.in[1];
    const DType& dtype = positions.field(positions.num_fields() - 1).dtype;
    require(dtype.is_integer(), ErrorCode::kDType, "take: positions are whole numbers, not {}",
            dtype.name());
    Meta out = *call.in[0];
    out.row_space = Key{};
    out.shape = {positions.rows()};
    out.labels = {};
    return {out};
  }

  std::vector<Fieldset> demand_fields(const Call& call, const Fieldset& needed) const override {
    Fieldset positions(call.in[1]->num_fields(), false);
    positions.back() = true;
    return {needed, positions};
  }
  Narrowed narrow(const Call& call, const Fieldset&,
                  std::span<const std::vector<uint32_t>> inputs) const override {
    return {call.attrs, inputs[0]};
  }

  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    const Value& in = *inputs[0];
    const Value& positions = *inputs[1];
    const RowNumbers numbers(in);
    std::vector<memory::Pin> pins;
    for (const auto& chunk : in.chunks) pins.push_back(chunk->store().pin(chunk));
    std::vector<StoredColumn> columns;
    for (size_t i = 0; i < in.meta.num_fields(); ++i) columns.emplace_back(in, pins, i, numbers);
    std::vector<std::vector<Ref<memory::Chunk>>> made(positions.chunks.size());
    driver.parallel(static_cast<int64_t>(positions.chunks.size()), [&](int64_t c, Worker& worker) {
      const memory::Pin pin = positions.chunks[c]->store().pin(positions.chunks[c]);
      memory::BatchBuilder builder;
      for (int64_t begin = 0; begin < pin->rows; begin += kBatchRows) {
        const memory::ArenaScope scope(worker.arena);
        const int64_t n = std::min(kBatchRows, pin->rows - begin);
        const uint32_t* rows =
            numbered(in, numbers, pin->columns.back().from(begin), n, worker.arena);
        Batch batch;
        batch.rows = n;
        for (const StoredColumn& column : columns)
          batch.columns.push_back(column.gather(rows, n, false, worker.arena));
        builder.append(batch);
        if (builder.bytes() > kChunkBytes) made[c].push_back(worker.store.put(builder.take()));
      }
      if (builder.rows() > 0) made[c].push_back(worker.store.put(builder.take()));
    });
    auto out = std::make_shared<Value>();
    out->meta = infer(call)[0];
    out->store = &driver.store();
    out->starts = {0};
    for (auto& chunks : made) {
      for (auto& chunk : chunks) out->add(std::move(chunk));
    }
    out->meta.shape = {Dim{out->rows()}};
    return {out};
  }

 private:
  static constexpr int64_t kChunkBytes = int64_t{8} << 20;

  static const uint32_t* numbered(const Value& in, const RowNumbers& numbers,
                                  const Column& positions, int64_t n, memory::Arena& arena) {
    auto* rows = arena.take_as<uint32_t>(n);
    const Column values = flat(positions, n, arena);
    auto* wanted = arena.take_as<int64_t>(n);
    to_int64(values, n, wanted);
    for (int64_t i = 0; i < n; ++i) {
      require(values.valid(i), ErrorCode::kIndex, "take: a position is missing");
      const int64_t given = wanted[i];
      const int64_t row = given < 0 ? given + in.rows() : given;
      require(row >= 0 && row < in.rows(), ErrorCode::kIndex,
              "take: position {} is out of range for {} rows", given, in.rows());
      const auto chunk = static_cast<size_t>(
          std::upper_bound(in.starts.begin(), in.starts.end(), row) - in.starts.begin() - 1);
      rows[i] = numbers.of(chunk, row - in.starts[chunk]);
    }
    return rows;
  }
};

}  // namespace

const Op& take_op() {
  static const Take op;
  return op;
}

Expr take(const Expr& frame, const Expr& positions) {
  return take_op().build(TakeAttrs{}, {frame, positions});
}

}  // namespace tharsis::ops

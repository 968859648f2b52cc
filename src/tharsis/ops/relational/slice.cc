#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/graph/op.h"
#include "tharsis/memory/batch_builder.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/gather.h"
#include "tharsis/ops/relational/table.h"

namespace tharsis::ops {
namespace {

struct Rows {
  int64_t begin, end, step, count;
};

// As Python's slice.indices.
Rows rows_of(const SliceAttrs& attrs, int64_t n) {
  const int64_t low = attrs.step < 0 ? -1 : 0;
  const auto clamp = [&](int64_t at) {
    if (at < 0 && at != INT64_MIN) at += n;
    return std::clamp(at, low, attrs.step < 0 ? n - 1 : n);
  };
  const Rows rows{clamp(attrs.start), clamp(attrs.stop), attrs.step, 0};
  const int64_t span = rows.step > 0 ? rows.end - rows.begin : rows.begin - rows.end;
  const int64_t step = std::abs(rows.step);
  return {rows.begin, rows.end, rows.step, std::max<int64_t>(0, (span + step - 1) / step)};
}

class Slice final : public OpOf<SliceAttrs> {
 public:
  std::string_view name() const override { return "slice"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole, .asks_order = true}; }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& in = *call.in[0];
    const SliceAttrs& attrs = of(call);
    require(attrs.step != 0, ErrorCode::kInvalidArgument, "slice: the step must not be 0");
    const Dim length = in.rows();
    Meta out = in;
    out.row_space = Key{};
    out.shape = {Dim{}};
    if (length.known()) {
      const Rows rows = rows_of(attrs, length.size);
      out.shape = {Dim{rows.count}};
      out.labels = {in.labels.start + in.labels.step * rows.begin, in.labels.step * rows.step};
    } else if (attrs.start > 0 && attrs.step > 0) {
      out.labels = {in.labels.start + in.labels.step * attrs.start, in.labels.step * attrs.step};
    } else if (attrs.start < 0 || attrs.step < 0) {
      require(in.index_levels > 0, ErrorCode::kInternal,
              "slice: counting from the end needs labels of its own or a known length");
    } else {
      out.labels.step *= attrs.step;
    }
    return {out};
  }

  std::vector<Fieldset> demand_fields(const Call& call, const Fieldset& needed) const override {
    const SliceAttrs& attrs = of(call);
    Fieldset in = needed;
    // Rows counted from the end have no labels but their own.
    const bool own = (attrs.start < 0 || attrs.step < 0) && !call.in[0]->rows().known();
    for (size_t i = 0; own && i < call.in[0]->index_levels; ++i) in[i] = true;
    return {in};
  }
  Narrowed narrow(const Call& call, const Fieldset&,
                  std::span<const std::vector<uint32_t>> inputs) const override {
    return {call.attrs, inputs[0]};
  }

  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    const Value& in = *inputs[0];
    const Rows rows = rows_of(of(call), in.rows());
    auto out = std::make_shared<Value>();
    out->meta = infer(call)[0];
    out->store = in.store;
    out->starts = {0};
    if (rows.step == 1) {
      views(in, rows, *out);
    } else {
      steps(in, rows, driver, *out);
    }
    out->meta.shape = {Dim{out->rows()}};
    return {out};
  }

 private:
  // Consecutive rows are views of the chunks.
  static void views(const Value& in, const Rows& rows, Value& out) {
    for (size_t i = 0; i < in.chunks.size(); ++i) {
      const int64_t begin = std::max(rows.begin, in.starts[i]);
      const int64_t end = std::min(rows.begin + rows.count, in.starts[i + 1]);
      if (begin >= end) continue;
      if (end - begin == in.chunks[i]->rows()) {
        out.add(in.chunks[i]);
        continue;
      }
      memory::Store& store = in.chunks[i]->store();
      Batch batch = *store.pin(in.chunks[i]);
      for (Column& column : batch.columns) column = column.from(begin - in.starts[i]);
      batch.rows = static_cast<int64_t>(end - begin);
      out.add(store.put(std::move(batch)));
    }
  }

  static void steps(const Value& in, const Rows& rows, Driver& driver, Value& out) {
    memory::Arena arena(driver.store().budget());
    memory::BatchBuilder builder;
    std::vector<uint32_t> at;
    const auto flush = [&](size_t chunk) {
      if (at.empty()) return;
      const memory::ArenaScope scope(arena);
      const memory::Pin pin = in.chunks[chunk]->store().pin(in.chunks[chunk]);
      Batch picked;
      picked.rows = static_cast<int64_t>(at.size());
      for (const Column& column : pin->columns) picked.columns.push_back(gather(column, at, arena));
      builder.append(picked);
      at.clear();
      if (builder.rows() > 64 * kBatchRows) out.add(driver.store().put(builder.take()));
    };
    size_t chunk = 0;
    for (int64_t i = 0; i < rows.count; ++i) {
      const int64_t row = rows.begin + i * rows.step;
      if (row < in.starts[chunk] || row >= in.starts[chunk + 1] || at.size() == kBatchRows) {
        flush(chunk);
        chunk = std::upper_bound(in.starts.begin(), in.starts.end(), row) - in.starts.begin() - 1;
      }
      at.push_back(static_cast<uint32_t>(row - in.starts[chunk]));
    }
    flush(chunk);
    if (builder.rows() > 0) out.add(driver.store().put(builder.take()));
  }
};

}  // namespace

const Op& slice_op() {
  static const Slice op;
  return op;
}

Expr slice(const Expr& frame, SliceAttrs attrs) { return call(slice_op(), attrs, {frame}); }

}  // namespace tharsis::ops

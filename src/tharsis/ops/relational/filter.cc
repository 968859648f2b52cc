#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/base/string_ref.h"
#include "tharsis/graph/op.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/gather.h"
#include "tharsis/ops/relational/table.h"

namespace tharsis::ops {
namespace {

// Input columns: the fields of the frame, then those of the mask; the last one is the mask.
class FilterStep final : public Step {
 public:
  explicit FilterStep(size_t fields) : fields_(fields) {}

  Flow apply(Batch& in, State*, Worker& worker, Emit& out) const override {
    const memory::ArenaScope scope(worker.arena);
    const Column& mask = in.columns.back();
    auto* rows = worker.arena.take_as<uint32_t>(in.rows);
    const int32_t count = true_rows(mask, in.rows, rows);
    if (count == 0) return Flow::kMore;
    Batch result;
    result.split = in.split;
    result.rows = count;
    result.columns.reserve(fields_);
    for (size_t i = 0; i < fields_; ++i) {
      result.columns.push_back(
          count == in.rows
              ? in.columns[i]
              : gather(in.columns[i], {rows, static_cast<size_t>(count)}, worker.arena));
    }
    return out(result);
  }

 private:
  const size_t fields_;
};

class Filter final : public OpOf<FilterAttrs> {
 public:
  std::string_view name() const override { return "filter"; }
  Traits traits(const Call&) const override { return {.way = Traits::kRowwise}; }

  Expr build(Attrs, std::vector<Expr> inputs) const override {
    KeyMixer space;
    space.key(inputs[0].meta().row_space);
    space.key(inputs[1].node_key());
    const Key key = space.finish();
    return call(*this, FilterAttrs{static_cast<int64_t>(key.high), static_cast<int64_t>(key.low)},
                std::move(inputs));
  }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& frame = *call.in[0];
    const Meta& mask = *call.in[1];
    check(frame.row_space == mask.row_space, "filter: a mask of another row space");
    const DType& dtype = mask.field(mask.num_fields() - 1).dtype;
    require(dtype.is_bool(), ErrorCode::kDType, "filter: the mask must be bool, got {}",
            dtype.name());
    Meta out = frame_meta(
        *frame.schema, frame.index_levels, Dim{},
        Key{static_cast<uint64_t>(of(call).space_high), static_cast<uint64_t>(of(call).space_low)});
    out.series = frame.series;
    out.columns_name = frame.columns_name;
    return {out};
  }

  std::vector<Fieldset> demand_fields(const Call& call, const Fieldset& needed) const override {
    Fieldset mask(call.in[1]->num_fields(), false);
    mask.back() = true;
    return {needed, mask};
  }

  Narrowed narrow(const Call& call, const Fieldset&,
                  std::span<const std::vector<uint32_t>> inputs) const override {
    return {call.attrs, inputs[0]};
  }

  Run run(const Call& call, std::span<const Ref<Value>>) const override {
    return Ref<Step>(std::make_shared<FilterStep>(call.in[0]->num_fields()));
  }
};

}  // namespace

const Op& filter_op() {
  static const Filter op;
  return op;
}

Expr filter(const Expr& frame, const Expr& mask) {
  return filter_op().build(FilterAttrs{}, {frame, mask});
}

}  // namespace tharsis::ops

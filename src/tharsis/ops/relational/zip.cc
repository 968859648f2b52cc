#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/graph/op.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/table.h"

namespace tharsis::ops {
namespace {

// Calls visit(input, field) for each output field in order.
template <class Visit>
void each_field(const Call& call, Visit visit) {
  for (size_t input = 0; input < call.in.size(); ++input) {
    const Meta& meta = *call.in[input];
    for (size_t field = input == 0 ? 0 : meta.index_levels; field < meta.num_fields(); ++field)
      visit(input, field);
  }
}

class Zip final : public OpOf<ZipAttrs> {
 public:
  std::string_view name() const override { return "zip"; }
  Traits traits(const Call&) const override { return {.way = Traits::kView}; }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& first = *call.in[0];
    Schema schema;
    each_field(call,
               [&](size_t input, size_t field) { schema.push_back(call.in[input]->field(field)); });
    for (const auto& in : call.in)
      check(in->row_space == first.row_space, "zip: frames of different row spaces");
    Meta out = frame_meta(std::move(schema), first.index_levels, first.rows(), first.row_space);
    out.labels = first.labels;
    out.columns_name = first.columns_name;
    return {out};
  }

  std::vector<Fieldset> demand_fields(const Call& call, const Fieldset& needed) const override {
    std::vector<Fieldset> in;
    for (const auto& meta : call.in) in.emplace_back(meta->num_fields(), false);
    size_t i = 0;
    each_field(call, [&](size_t input, size_t field) {
      if (needed[i++]) in[input][field] = true;
    });
    return in;
  }

  // What is left of the inputs may be more than what was asked of this node: other consumers asked
  // too.
  Narrowed narrow(const Call& call, const Fieldset&,
                  std::span<const std::vector<uint32_t>> inputs) const override {
    Narrowed result{call.attrs, {}};
    uint32_t i = 0;
    each_field(call, [&](size_t input, size_t field) {
      const auto& kept = inputs[input];
      if (std::binary_search(kept.begin(), kept.end(), static_cast<uint32_t>(field)))
        result.kept.push_back(i);
      ++i;
    });
    return result;
  }

  std::vector<uint32_t> emit(const Call& call, std::span<const std::vector<uint32_t>> in,
                             Program&) const override {
    std::vector<uint32_t> out;
    each_field(call, [&](size_t input, size_t field) { out.push_back(in[input][field]); });
    return out;
  }
};

}  // namespace

const Op& zip_op() {
  static const Zip op;
  return op;
}

Expr zip(std::vector<Expr> frames) {
  if (frames.size() == 1) return frames[0];
  return call(zip_op(), ZipAttrs{}, std::move(frames));
}

}  // namespace tharsis::ops

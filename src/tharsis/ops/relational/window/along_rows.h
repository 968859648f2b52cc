#pragma once

#include <algorithm>

#include "tharsis/ops/relational/table.h"
#include "tharsis/ops/relational/window/whole_rows.h"

namespace tharsis::ops {

/// What operators with `columns` and `keys` share: which fields they read, and how they shrink to
/// the columns that somebody needs.
template <class A>
class AlongRows : public OpOf<A> {
 public:
  Traits traits(const Call&) const override { return {.way = Traits::kWhole, .asks_order = true}; }

  std::vector<Fieldset> demand_fields(const Call& call, const Fieldset& needed) const override {
    const A& attrs = OpOf<A>::of(call);
    Fieldset fields = with_index(*call.in[0], attrs.keys);
    for (size_t i = 0; i < attrs.columns.size(); ++i) {
      if (needed[call.in[0]->index_levels + i]) fields[attrs.columns[i]] = true;
    }
    return {fields};
  }

  Narrowed narrow(const Call& call, const Fieldset& needed,
                  std::span<const std::vector<uint32_t>> inputs) const override {
    A attrs = OpOf<A>::of(call);
    const auto levels = static_cast<uint32_t>(call.in[0]->index_levels);
    std::vector<uint32_t> kept;
    for (uint32_t i = 0; i < levels; ++i) kept.push_back(i);
    if (attrs.columns.empty()) kept.push_back(levels);  // a count
    std::vector<int64_t> columns;
    for (uint32_t i = 0; i < attrs.columns.size(); ++i) {
      if (!needed[levels + i]) continue;
      columns.push_back(new_position(inputs[0], attrs.columns[i]));
      kept.push_back(levels + i);
    }
    for (int64_t& key : attrs.keys) key = new_position(inputs[0], key);
    attrs.columns = std::move(columns);
    return {std::move(attrs), std::move(kept)};
  }
};

}  // namespace tharsis::ops

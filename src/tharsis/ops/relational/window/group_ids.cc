#include "tharsis/ops/relational/window/group_ids.h"

#include <algorithm>

namespace tharsis::ops {

GroupIds::GroupIds(const Value& in, std::span<const int64_t> keys, bool dropna,
                   memory::Arena& arena) {
  if (keys.empty()) {
    for (const auto& chunk : in.chunks) {
      chunks_.emplace_back(chunk->rows() * 4);
      std::fill_n(chunks_.back().as<uint32_t>(), chunk->rows(), 0u);
    }
    return;
  }
  std::vector<DType> dtypes;
  for (const int64_t key : keys) dtypes.push_back(in.meta.field(key).dtype);
  KeyTable table(std::move(dtypes));
  for (const auto& chunk : in.chunks) {
    const memory::Pin pin = chunk->store().pin(chunk);
    chunks_.emplace_back(pin->rows * 4);
    for (int64_t begin = 0; begin < pin->rows; begin += kBatchRows) {
      const memory::ArenaScope scope(arena);
      std::vector<Column> columns;
      for (const int64_t key : keys) columns.push_back(pin->columns[key].from(begin));
      table.groups(columns, std::min(kBatchRows, pin->rows - begin), dropna, arena,
                   chunks_.back().as<uint32_t>() + begin);
    }
  }
  groups_ = table.size();
}

}  // namespace tharsis::ops

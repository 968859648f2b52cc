#pragma once

#include <span>
#include <vector>

#include "tharsis/graph/op.h"
#include "tharsis/ops/relational/groupby/key_table.h"

namespace tharsis::ops {

/// The group of every row of a stored frame, chunk by chunk: by first appearance,
/// KeyTable::kNoGroup for rows of none. Without keys all rows are of one group.
class GroupIds {
 public:
  GroupIds(const Value& in, std::span<const int64_t> keys, bool dropna, memory::Arena& arena);

  const uint32_t* of(size_t chunk) const { return chunks_[chunk].as<uint32_t>(); }
  int64_t groups() const { return groups_; }

 private:
  std::vector<memory::Buffer> chunks_;  // u32
  int64_t groups_ = 1;
};

}  // namespace tharsis::ops
